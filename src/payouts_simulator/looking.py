"""The books as others see them: lists and totals in JSON, one page for people, and health."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from payouts_simulator import answers, page, reports
from payouts_simulator.bookkeeper import BOOKS
from payouts_simulator.callbacks import is_at_work
from payouts_simulator.control import DESK

_MOST_ROWS: Final = 1000
_ROWS_OF_THE_PAGE: Final = 50


async def get_effects(request: web.Request) -> web.Response:
    """Some of the effects."""
    return await _list(request, "effects")


async def get_list(request: web.Request) -> web.Response:
    """Some rows of the list that the path names."""
    return await _list(request, request.match_info["list"])


async def get_summary(request: web.Request) -> web.Response:
    """The totals."""
    return web.json_response(await request.app[BOOKS].do(reports.summary))


async def get_page(request: web.Request) -> web.Response:
    """Totals, double payments, the latest effects, and how the bank behaves now."""
    keeper = request.app[BOOKS]
    text = page.render(
        summary=await keeper.do(reports.summary),
        doubles=await keeper.do(reports.double_effects, _ROWS_OF_THE_PAGE),
        latest=await keeper.do(reports.latest_effects, _ROWS_OF_THE_PAGE),
        control=request.app[DESK].control.model_dump(),
    )
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return web.Response(text=text, content_type="text/html", headers=headers)


async def get_health(request: web.Request) -> web.Response:
    """200 while the books can be read and the courier works."""
    await request.app[BOOKS].do(reports.page, "effects", 0, 1, None)
    if not is_at_work(request.app):
        return answers.error(500, "no_courier", "The courier of the callbacks has died; its last words are in the log.")
    return web.json_response({"status": "ok"})


async def _list(request: web.Request, name: str) -> web.Response:
    try:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", _MOST_ROWS))
    except ValueError:
        return answers.error(400, "invalid_request", "`after` and `limit` must be whole numbers.")
    if not (0 <= after < 2**63 and 1 <= limit <= _MOST_ROWS):
        return answers.error(
            400, "invalid_request", f"`after` must not be negative, `limit` must be 1 to {_MOST_ROWS}."
        )
    rows = await request.app[BOOKS].do(reports.page, name, after, limit, request.query.get("reference"))
    next_after = rows[-1]["id"] if len(rows) == limit else None
    return web.json_response({name: rows, "next_after": next_after})
