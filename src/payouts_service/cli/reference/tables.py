"""The pages that are one table: settings, events, problem types."""

from __future__ import annotations

import inspect
import types
from typing import Any, Final, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from payouts_service.cli.reference.markdown import code, head, table
from payouts_service.environment import Environment

_KINDS: Final[dict[Any, str]] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    list: "names, comma separated",
    SecretStr: "secret",
}


def settings() -> str:
    """Every variable of the environment."""
    rows = [
        (code(name.upper()), _kind(field), _default(field), field.description or "")
        for name, field in Environment.model_fields.items()
    ]
    told = head(
        "Settings",
        "Read from the environment when a process starts, and refused by name if wrong. `NAME_FILE=/run/secrets/name` "
        "reads `NAME` from a file; an empty value is none.",
    )
    return told + table(("Setting", "Kind", "Default", "What it is"), rows)


def events() -> str:
    """Every type of event."""
    from payouts_service.subscriptions import MEANINGS

    told = head(
        "Events",
        "The facts that `GET /api/events/` tells, in order. Each has the object as it was then; those of one object "
        "are numbered by its versions.",
    )
    return told + table(("Type", "What happened"), [(code(type_), means) for type_, means in MEANINGS.items()])


def problems() -> str:
    """Every code of a refusal."""
    import payouts_service.urls  # noqa: F401 - brings in every package that refuses something.
    from payouts_service.http.problem_pages import kinds_of_problem

    ours = [kind for kind in kinds_of_problem() if kind.__module__.startswith("payouts_service.")]
    rows = [
        (
            code(kind.code),
            str(kind.status),
            "yes" if kind.retryable else "no",
            kind.title,
            (inspect.getdoc(kind) or "").replace("``", "`"),
        )
        for kind in sorted(ours, key=lambda kind: kind.code)
    ]
    told = head(
        "Problem types",
        "Refusals are problem documents (RFC 9457): `code` is for programs and stays, `detail` says what to do. "
        "`/problems/CODE/` of the running service shows the same. Retryable: the same request may be sent again.",
    )
    return told + table(("Code", "Status", "Retryable", "Title", "Meaning"), rows)


def _kind(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_origin(annotation) in (types.UnionType, Union):  # An optional one, beside None.
        annotation = get_args(annotation)[0]
    while hasattr(annotation, "__metadata__"):  # Annotated, which pydantic unwraps only on the outside.
        annotation = get_args(annotation)[0]
    return _KINDS.get(get_origin(annotation) or annotation, "path")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.default
    if value is None or value in ("", []):
        return "none"
    if isinstance(value, bool):
        return code(str(value).lower())
    return code(",".join(value) if isinstance(value, list) else str(value))
