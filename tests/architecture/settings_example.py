"""Writes .env.example from the typed settings: ``PYTHONPATH=src python -m tests.architecture.settings_example``."""

from __future__ import annotations

from pathlib import Path

from pydantic.fields import FieldInfo

from payouts_service.environment import Environment

EXAMPLE = Path(__file__).parents[2] / ".env.example"
HEAD = """\
# Every setting of the service, made from src/payouts_service/environment.py. Lines without a value must be given one;
# lines behind a # show the default. NAME_FILE=/run/secrets/name reads NAME from a file.
"""


def render() -> str:
    """The text of .env.example: each setting with its description, and its default where it has one."""
    return HEAD + "".join(_entry(name.upper(), field) for name, field in Environment.model_fields.items())


def _entry(name: str, field: FieldInfo) -> str:
    line = f"{name}=" if field.is_required() else f"# {name}={_text(field.default)}"
    return f"\n# {field.description}\n{line}\n"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    EXAMPLE.write_text(render())
