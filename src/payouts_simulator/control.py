"""How the bank behaves towards payments that ask for nothing, and how that is changed while it runs."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError, model_validator

from payouts_simulator import answers, personality
from payouts_simulator.bookkeeper import BOOKS
from payouts_simulator.books import Books

_Rate = Annotated[float, Field(ge=0, le=1)]
_Seconds = Annotated[float, Field(ge=0, le=99999)]
_ALMOST: Final = 1e-9
_URL: Final = TypeAdapter(HttpUrl)


class Control(BaseModel):
    """What can be set at run time. Raises ValidationError where a word is unknown or rates do not fit together.

    ``personality``: the name whose rates were the start. ``rates``: how often each word is said, from 0 to 1.
    ``seconds``: behind the words that take some. ``latency_seconds``: before each answer about payments.
    ``outage``: the fault that every request about payments meets, none of which is booked, counted or looked up.
    ``callback_url``: where events are posted. None: nowhere.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    personality: Literal["calm", "lossy", "wild"]
    seed: int
    rates: dict[str, _Rate]
    seconds: dict[str, _Seconds]
    latency_seconds: Annotated[float, Field(ge=0, le=60)] = 0
    outage: Literal["error", "throttle", "lose", "hang"] | None = None
    callback_url: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Control:
        strange = (self.rates.keys() - personality.WORDS) | (self.seconds.keys() ^ personality.SECONDS.keys())
        if strange:
            raise ValueError(f"no such word: {', '.join(sorted(strange))}")
        for words in personality.EXCLUSIVE:
            if sum(self.rates.get(word, 0) for word in words) > 1 + _ALMOST:
                raise ValueError(f"these rates add up to more than 1: {', '.join(words)}")
        if self.callback_url is not None:
            _URL.validate_python(self.callback_url)
        return self

    def draw(self, number: int) -> str:
        """The text of the scenario of the reference with this number."""
        return personality.draw(self.seed, number, self.rates, self.seconds)


def start_with(name: str, *, seed: int, latency_seconds: float = 0, callback_url: str | None = None) -> Control:
    """The control at the start. Raises ValidationError as :class:`Control` does."""
    return Control.model_validate(
        {
            "personality": name,
            "seed": seed,
            "rates": dict(personality.PERSONALITIES[name]),
            "seconds": dict(personality.SECONDS),
            "latency_seconds": latency_seconds,
            "callback_url": callback_url,
        }
    )


class Desk:
    """Where the present control lies, and the secret that signs callbacks, which nobody can read or change."""

    def __init__(self, control: Control, secret: str | None) -> None:
        self.control = control
        self.secret = secret


DESK: Final = web.AppKey("desk", Desk)


async def get_control(request: web.Request) -> web.Response:
    """The present control."""
    return web.json_response(request.app[DESK].control.model_dump())


async def post_control(request: web.Request) -> web.Response:
    """Change what the body names, and answer with the whole. Lasts until the process ends."""
    desk = request.app[DESK]
    try:
        changes = TypeAdapter(dict[str, Any]).validate_json(await request.read())
        control = Control.model_validate(_changed(desk.control, changes))
    except ValidationError as error:
        sentences = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        return answers.error(400, "invalid_request", "; ".join(sentences))
    if control.callback_url is not None and desk.secret is None:
        return answers.error(400, "no_secret", "Start the bank with a callback secret, then name the URL.")
    await request.app[BOOKS].do(Books.call_back, control.callback_url is not None)
    desk.control = control
    return web.json_response(control.model_dump())


def _changed(control: Control, changes: dict[str, Any]) -> dict[str, Any]:
    """A personality brings its rates; rates and seconds that are named are set beside those that are not."""
    merged = control.model_dump() | changes
    named = personality.PERSONALITIES.get(str(changes.get("personality")), control.rates)
    for field, old in (("rates", named), ("seconds", control.seconds)):
        new = changes.get(field, {})
        merged[field] = {**old, **new} if isinstance(new, dict) else new
    return merged
