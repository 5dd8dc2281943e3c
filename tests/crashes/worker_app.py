"""The service's Celery app, its processes armed."""

from payouts_service.celery import app
from tests.crashes.plans import arm

__all__ = ["app"]

arm()
