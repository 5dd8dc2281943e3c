"""`python -m payouts_service.cli` is the `payouts` command."""

from __future__ import annotations

from payouts_service.cli import main

main(prog_name="payouts")
