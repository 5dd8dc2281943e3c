"""From a pydantic model's errors to ours: each wrong field with its path, a stable code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from payouts_service.kit.errors import FieldError, InvalidFields

Model = TypeVar("Model", bound=BaseModel)
_CODES: Final = {"missing": "required", "extra_forbidden": "unknown-field"}
_MESSAGES: Final = {"missing": "This field is required.", "extra_forbidden": "There is no such field; remove it."}
_MOST_ERRORS: Final = 50


class StrictModel(BaseModel):
    """What a client sends: no unknown field, no coercion, and no value in errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def validate(model: type[Model], values: Mapping[str, object], *, context: object = None) -> Model:
    """The values as this model; raises InvalidFields naming every wrong field (at most 50).

    ``context`` is what the model's own checks may ask for.
    """
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    raise InvalidFields(*(_field_error(detail) for detail in details[:_MOST_ERRORS])) from None


def _field_error(detail: ErrorDetails) -> FieldError:
    kind = detail["type"]
    # What a client calls its metadata is not repeated: it may be what was refused.
    path = detail["loc"][:1] if detail["loc"][:1] == ("metadata",) else detail["loc"]
    message = _MESSAGES.get(kind) or detail["msg"].removeprefix("Value error, ")
    return FieldError(
        field=".".join(str(part) for part in path) or "body",
        code=_CODES.get(kind, kind.replace("_", "-")),
        message=message if message.endswith(".") else f"{message}.",
    )
