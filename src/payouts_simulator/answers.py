"""How the bank words a refusal."""

from __future__ import annotations

from aiohttp import web


def error(status: int, code: str, message: str, **extra: str) -> web.Response:
    """An answer that is no payment: ``{"error": {"code", "message", …}}``."""
    return web.json_response({"error": {"code": code, "message": message, **extra}}, status=status)
