"""How far the last periodic audit came."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                (
                    "cluster",
                    models.BigIntegerField(
                        help_text="PostgreSQL's system identifier: a restored dump is another cluster."
                    ),
                ),
                (
                    "transaction_id",
                    models.BigIntegerField(help_text="Every transaction below it had ended, and was judged."),
                ),
                ("judged_at", models.DateTimeField(help_text="PostgreSQL's time.")),
                ("full_at", models.DateTimeField(help_text="The time of the last one that judged everything.")),
            ],
        ),
    ]
