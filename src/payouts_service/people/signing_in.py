"""Who comes with this address and password; attempts are counted in PostgreSQL, so for all processes together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from payouts_service.http.problems import Unauthenticated
from payouts_service.kit.keyed_hash import keyed_hash
from payouts_service.people import queries
from payouts_service.people.models import Person
from payouts_service.rate_limits.callers import hidden_address
from payouts_service.rate_limits.counting import Policy, count

WINDOW_SECONDS: Final = 900
PER_ACCOUNT: Final = Policy("sign_in_account", 10, WINDOW_SECONDS)
PER_ADDRESS: Final = Policy("sign_in_address", 50, WINDOW_SECONDS)
"""Attempts, right or wrong, in a quarter of an hour: a person may mistype, a guesser gets nowhere; an office that goes
through one address is not shut out by one colleague."""


class WrongCredentials(Unauthenticated):
    """No person who has access signs in with this address and this password (401); which of the two is not told."""

    code = "wrong-credentials"
    title = "The e-mail address or the password is wrong"


def sign_in(email: str, password: str, meta: Mapping[str, Any], *, at: datetime) -> Person:
    """The person who proves to be theirs this address. ``meta`` tells where the request comes from.

    Raises TooManyRequests, however right the password is, and WrongCredentials.
    """
    count({PER_ACCOUNT: _hidden(email), PER_ADDRESS: hidden_address(meta)})
    person = queries.person_named(email)
    if person is None:
        make_password(password)  # Takes as long as checking one, so that nobody learns which addresses are known.
    elif check_password(password, person.password) and queries.active_memberships(person.id):
        person.last_login = at
        person.save(update_fields=["last_login"])
        return person
    raise WrongCredentials("Check the e-mail address and the password, and try again.")


def proves(person: Person, password: str) -> bool:
    """Whether somebody in the person's session knows the password. A try counts as one to sign in does.

    Raises TooManyRequests.
    """
    count({PER_ACCOUNT: _hidden(person.email)})
    return check_password(password, person.password)


def _hidden(email: str) -> str:
    return keyed_hash(settings.API_KEY_PEPPER, email.strip().lower()).hex()[:32]
