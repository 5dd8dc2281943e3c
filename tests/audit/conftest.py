"""What the audit's tests share."""

from __future__ import annotations

import psycopg
import pytest

from tests.audit.stories import Stories, judge_until_now, tell_stories
from tests.client import Client


@pytest.fixture
def stories(acme: Client, superuser: psycopg.Connection) -> Stories:
    """One payout of acme's in each state, all of it since the last audit."""
    judge_until_now()
    return tell_stories(acme, superuser)
