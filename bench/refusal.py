"""Why there is no figure."""

from __future__ import annotations


class BenchmarkRefused(Exception):
    """The benchmark cannot be run, or its outcome cannot be believed; the text says why, in a sentence."""
