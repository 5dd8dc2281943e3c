"""The blind index of recipients' accounts. Empty for rows of before; `payouts reseal` fills it while payouts flow."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    """Not atomic: an index made concurrently cannot be."""

    atomic = False
    dependencies = [("payouts", "0010_returns")]

    operations = [
        migrations.AddField(
            "payout",
            "recipient_index",
            models.BinaryField(
                help_text="The blind index of the recipient's account; NULL: made before there was one.", null=True
            ),
        ),
        AddIndexConcurrently(
            "payout",
            models.Index(
                F("tenant"),
                F("recipient_index"),
                F("created_at").desc(),
                F("id").desc(),
                condition=models.Q(recipient_index__isnull=False),
                name="payout_by_recipient",
            ),
        ),
    ]
