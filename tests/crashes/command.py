"""The service's command, its process armed."""

from payouts_service.cli import main
from tests.crashes.plans import arm

arm()
main()
