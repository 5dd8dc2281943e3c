"""The tenant's own id is that of one object: PostgreSQL refuses a second, and here that refusal is told from others."""

from __future__ import annotations

from django.db.utils import IntegrityError
from psycopg import errors as postgres


def is_taken(error: IntegrityError, *, constraint: str) -> bool:
    """Whether it was the unique constraint or index of this name that refused."""
    cause = error.__cause__
    return isinstance(cause, postgres.UniqueViolation) and cause.diag.constraint_name == constraint
