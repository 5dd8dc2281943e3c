"""PostgreSQL's clock as an expression, for queries that ask what is due; ``queries.database_now`` reads it."""

from __future__ import annotations

from typing import Final

from django.db.models import DateTimeField, Func

CLOCK: Final = Func(function="clock_timestamp", output_field=DateTimeField())
