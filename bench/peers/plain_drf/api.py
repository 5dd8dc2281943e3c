"""The endpoint."""

from decimal import Decimal
from functools import partial

from django.db import transaction
from rest_framework import serializers, viewsets
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from bench.peers.plain_drf.models import Payout
from bench.peers.plain_drf.tasks import pay

CURRENCIES = ["EUR", "GBP", "KGS", "KZT", "RUB", "USD"]


class PayoutSerializer(serializers.ModelSerializer[Payout]):
    """A payout on the wire."""

    amount = serializers.DecimalField(max_digits=19, decimal_places=2, min_value=Decimal("0.01"))
    currency = serializers.ChoiceField(choices=CURRENCIES)

    class Meta:
        """All fields; those that the service itself sets are read only."""

        model = Payout
        fields = (
            *("id", "amount", "currency", "name", "iban", "comment"),
            *("status", "started_at", "finished_at", "created_at"),
        )
        read_only_fields = ("status", "started_at", "finished_at")

    def validate_iban(self, value: str) -> str:
        """The IBAN's form and check digits (ISO 13616)."""
        try:
            return str(IBAN(value))
        except SchwiftyException as error:
            raise serializers.ValidationError("Correct the IBAN.") from error


class PayoutViewSet(viewsets.ModelViewSet[Payout]):
    """Everything at /api/payouts/."""

    queryset = Payout.objects.order_by("-created_at")
    serializer_class = PayoutSerializer

    def perform_create(self, serializer: serializers.BaseSerializer[Payout]) -> None:
        """Save, and give the task to Celery once it is committed."""
        with transaction.atomic():
            payout = serializer.save()
            transaction.on_commit(partial(pay.delay, str(payout.id)))
