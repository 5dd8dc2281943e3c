"""Times a sweep and an hourly audit, as the workers make them; a process apart, for it sets Django up.

    python -m bench.looking mark       # judges everything, so that the hourly audit has a place to begin at
    python -m bench.looking time 5

The latter prints the milliseconds of each as JSON. Nothing changes in between, so each looks at the same payouts.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter

import click
import django


@click.group()
def main() -> None:
    """What looks at the tables by itself."""
    django.setup()
    import payouts_service.celery  # noqa: F401, PLC0415  # The app whose broker hints go to.


@main.command()
def mark() -> None:
    """Make a full audit, and keep the place that it reached."""
    from payouts_service.audit.services import audit_and_record  # noqa: PLC0415  # Django is set up by now.

    audit_and_record()


@main.command()
@click.argument("times", type=int)
def time(times: int) -> None:
    """Sweep and judge what changed, so many TIMES."""
    from payouts_service.audit.services import judge_changes  # noqa: PLC0415  # Django is set up by now.
    from payouts_service.payouts import tasks  # noqa: PLC0415  # As above.

    taken: dict[str, list[float]] = {"sweep": [], "audit": []}
    for _ in range(times + 1):
        tasks._next_sweep_at = 0.0  # noqa: SLF001 - else a sweep so soon after another does nothing.
        started = perf_counter()
        tasks.sweep()
        swept = perf_counter()
        broken = [finding.invariant.name for finding in judge_changes() if finding.broken]
        if broken:
            sys.exit(f"The audit found broken: {', '.join(broken)}.")
        taken["sweep"].append((swept - started) * 1000)
        taken["audit"].append((perf_counter() - swept) * 1000)
    click.echo(json.dumps({name: every[1:] for name, every in taken.items()}))  # The first opens the connection.


if __name__ == "__main__":
    main()
