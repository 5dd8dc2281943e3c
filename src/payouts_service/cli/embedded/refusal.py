"""The one error of the embedded stack."""

from __future__ import annotations

import click


class StackRefused(click.ClickException):
    """The stack cannot do what was asked; the text is one sentence that says what to do. Click exits 1."""
