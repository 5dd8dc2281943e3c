"""The task: one payout, in two transactions with the payment between them."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from bench.peers.plain_drf.models import Payout


@shared_task
def pay(payout_id: str) -> None:
    """Take the payout, pay it, and say so."""
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(id=payout_id)
        if payout.status != "created":
            return
        payout.status = "processing"
        payout.started_at = timezone.now()
        payout.save(update_fields=["status", "started_at"])
    # Here the provider would be called; this one, as ours in the benchmark, answers at once.
    with transaction.atomic():
        payout = Payout.objects.select_for_update().get(id=payout_id)
        payout.status = "completed"
        payout.finished_at = timezone.now()
        payout.save(update_fields=["status", "finished_at"])
