"""The least that can be called a create: FastAPI, a validated body, an insert by asyncpg. No key, no event, no task."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import asyncpg
from fastapi import FastAPI, Request
from pydantic import AfterValidator, BaseModel, Field
from schwifty import IBAN

TABLE = """
CREATE TABLE IF NOT EXISTS payout (
    id uuid PRIMARY KEY,
    amount numeric(19, 4) NOT NULL,
    currency text NOT NULL,
    name text NOT NULL,
    iban text NOT NULL,
    comment text NOT NULL,
    status text NOT NULL DEFAULT 'created',
    created_at timestamptz NOT NULL DEFAULT now()
)
"""
INSERT = """
INSERT INTO payout (id, amount, currency, name, iban, comment) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id, amount, currency, name, iban, comment, status, created_at
"""


def _iban(text: str) -> str:
    return str(IBAN(text))  # A SchwiftyException is a ValueError, which pydantic reports.


class NewPayout(BaseModel):
    """The body of a create."""

    amount: Annotated[Decimal, Field(gt=0, max_digits=17, decimal_places=2)]
    currency: Literal["EUR", "GBP", "KGS", "KZT", "RUB", "USD"]
    name: Annotated[str, Field(min_length=1, max_length=140)]
    iban: Annotated[str, AfterValidator(_iban)]
    comment: Annotated[str, Field(max_length=1000)] = ""


class Payout(NewPayout):
    """The answer."""

    id: uuid.UUID
    status: str
    created_at: datetime


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PEER_DATABASE_URL"], min_size=8, max_size=8) as pool:
        await pool.execute(TABLE)
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)


@app.post("/api/payouts/", status_code=201)
async def create(body: NewPayout, request: Request) -> Payout:
    """Insert the payout."""
    row = await request.app.state.pool.fetchrow(
        INSERT, uuid.uuid4(), body.amount, body.currency, body.name, body.iban, body.comment
    )
    return Payout.model_construct(**row)
