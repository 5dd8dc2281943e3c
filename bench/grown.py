"""Databases that have grown: filled once with finished payouts (``bench/growth.py``), and with ready ones beside."""

from __future__ import annotations

from functools import cache
from typing import Final

from bench.rig import EMPTY, Database, Rig, run

TENANT: Final = "growth"
# A copy of one payout but for its id and its times; what the connector would be sent is never opened.
_READY: Final = """
INSERT INTO payouts_payout
SELECT (jsonb_populate_record(p, jsonb_build_object(
           'id', gen_random_uuid(), 'ready_at', p.ready_at - n * interval '1 millisecond'))).*
  FROM payouts_payout AS p, generate_series(1, {payouts}) AS n
 WHERE p.id = (SELECT id FROM payouts_payout WHERE status = 'created' LIMIT 1)
"""


@cache
def grown(rig: Rig, payouts: int) -> Database:
    """A database with so many finished payouts of the tenant ``growth``, made at the first call."""
    database = rig.make_database(f"payouts_grown_{payouts}", EMPTY)
    url = rig.superuser_url_of(f"payouts_grown_{payouts}")
    run(["python", "-m", "bench.growth", str(payouts), "--url", url], rig.service_environment(database))
    return database


def add_ready(rig: Rig, database: Database, payouts: int) -> None:
    """So many ready payouts more. Their creates are in no event, so such a database is none for the audit."""
    run(["python", "-m", "bench.seeding", "1"], rig.service_environment(database))
    database.rows(_READY.format(payouts=payouts))
    database.rows("VACUUM (ANALYZE) payouts_payout")
