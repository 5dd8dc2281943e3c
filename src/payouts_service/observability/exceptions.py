"""An exception as text that can be kept: where it happened, of which kind, and nothing that a client sent.

Many exceptions quote the value that upset them: PostgreSQL's DETAIL shows the row, a validator its input, ``int()`` its
argument. So the text is withheld unless the kind is known to speak of the program or of the network alone.
"""

from __future__ import annotations

import traceback

import psycopg
from django.core.exceptions import ImproperlyConfigured

QUOTE_NOTHING = (
    OSError,
    ImportError,
    NameError,
    AttributeError,
    TypeError,
    MemoryError,
    ImproperlyConfigured,
    psycopg.OperationalError,  # Without a SQLSTATE it is the connection's own, and names a host, a port and a role.
)
WITHHELD = "(text withheld, it may quote a request)"


def describe(error: BaseException) -> str:
    """The traceback of ``error`` and of its causes, oldest first, without local variables and quoted values."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        parts.append("".join(traceback.format_tb(current.__traceback__)) + _headline(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n\nwhich led to\n\n".join(reversed(parts))


def _headline(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, BaseExceptionGroup):
        return f"{kind} of:\n\n" + "\n\nand of\n\n".join(describe(part) for part in error.exceptions)
    return f"{kind}: {_text(error)}"


def _text(error: BaseException) -> str:
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        constraint = error.diag.constraint_name
        return f"SQLSTATE {error.sqlstate}" + (f", constraint {constraint}" if constraint else "")
    return str(error) if isinstance(error, QUOTE_NOTHING) else WITHHELD
