"""``submitted_at`` means the latest moment at which it can have gone out. Only its text changes, no row.

The release before this one writes the time of the claim, after which nothing is believed sooner than before.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0012_growth")]

    operations = [
        migrations.AlterField(
            model_name="payoutattempt",
            name="submitted_at",
            field=models.DateTimeField(help_text="By when its last submission had gone out, if it did.", null=True),
        ),
    ]
