"""``python -m payouts_service.cli.embedded``: the same verbs as ``payouts local``."""

from payouts_service.cli.embedded.commands import local

local()
