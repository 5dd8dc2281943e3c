"""PostgreSQL's time, which the times of rows are compared with."""

from __future__ import annotations

from typing import Final

from django.db.models import DateTimeField, Func

CLOCK: Final = Func(function="statement_timestamp", output_field=DateTimeField())
"""It stands still for a statement, as an index needs it: behind ``clock_timestamp()`` PostgreSQL would read on through
all that is not due yet."""
