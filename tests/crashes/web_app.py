"""The service's WSGI application, its processes armed."""

from payouts_service.wsgi import application
from tests.crashes.plans import arm

__all__ = ["application"]

arm()
