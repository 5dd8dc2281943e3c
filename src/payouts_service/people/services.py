"""The verbs about persons and their memberships. Each owns its transaction.

Each leaves an event, without anything personal, in each tenant that it concerns.

Nobody gives access that they lack themselves, or have lost by then, and nobody changes their own: so a tenant's last
admin stays.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from payouts_service.events.log import Fact, append
from payouts_service.http.problems import MissingScope
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError
from payouts_service.people import queries
from payouts_service.people.models import Membership, Person
from payouts_service.people.roles import PEOPLE_WRITE, Role, scopes_of
from payouts_service.people.signing_in import proves
from payouts_service.people.wire import present

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
_LONGEST_NAME: Final = 100
_PASSWORD_BYTES: Final = 15  # 120 bits, in 20 characters.


class EmailTaken(ServiceError):
    """Another person signs in with this address (409)."""

    status = 409
    code = "email-taken"
    title = "Another person has this e-mail address"


class OwnAccess(ServiceError):
    """Nobody changes what they may do themselves (409)."""

    status = 409
    code = "own-access"
    title = "Another admin must change your own access"


class ExceedsOwnRole(ServiceError):
    """The role may do more than whoever gives it (403)."""

    status = 403
    code = "exceeds-own-role"
    title = "Nobody gives more access than they have"


class OfSeveralTenants(ServiceError):
    """The person has access to another tenant too, whose admins have not been asked (409)."""

    status = 409
    code = "of-several-tenants"
    title = "The person belongs to several tenants"


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives access: which person of the tenant, and what they may do. None instead: an operator at the terminal."""

    person_id: UUID
    scopes: frozenset[str]


def new_password() -> str:
    """A password that nobody guesses, to be shown once."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def create_person(
    *,
    tenant_id: UUID,
    email: str,
    name: str,
    role: Role,
    runs_service: bool,
    password: str,
    giver: Giver | None,
    at: datetime,
) -> Membership:
    """Make a person with a first membership. Raises InvalidFields, EmailTaken, ExceedsOwnRole or MissingScope."""
    _check_words(email, name)
    _check_password(password)
    _check_may_give(giver, role, runs_service=runs_service)
    person = Person(email=email.strip().lower(), name=name.strip(), created_at=at)
    person.set_password(password)
    try:
        with transaction.atomic():
            _lock_persons(tenant_id, giver)
            person.save(force_insert=True)
            return _join(person, tenant_id, role, runs_service=runs_service, at=at)
    except IntegrityError as error:
        raise EmailTaken("Use another e-mail address, or ask whoever runs the service to add the person.") from error


def join(*, person: Person, tenant_id: UUID, role: Role, runs_service: bool, at: datetime) -> Membership:
    """Give a person access to a further tenant, or again to one, for an operator at the terminal."""
    with transaction.atomic():
        earlier = queries.of_tenant(tenant_id).select_for_update(of=("self",)).filter(person=person).first()
        if earlier is None:
            return _join(person, tenant_id, role, runs_service=runs_service, at=at)
        earlier.role, earlier.runs_service, earlier.ended_at = role, runs_service, None
        _change(earlier, "role", "runs_service", "ended_at", event="member.reactivated", at=at)
        return earlier


def change_role(
    *, tenant_id: UUID, member: str, role: Role, runs_service: bool, giver: Giver | None, at: datetime
) -> Membership:
    """Give the member another role. Raises MemberNotFound, OwnAccess or ExceedsOwnRole."""
    _check_may_give(giver, role, runs_service=runs_service)
    with transaction.atomic():
        found = _lock(tenant_id, member, giver)
        if (found.role, found.runs_service) != (role, runs_service):
            found.role, found.runs_service = role, runs_service
            _change(found, "role", "runs_service", event="member.role_changed", at=at)
    return found


def deactivate(*, tenant_id: UUID, member: str, giver: Giver | None, at: datetime) -> Membership:
    """End the member's access to the tenant, in open sessions too.

    Raises MemberNotFound, OwnAccess or ExceedsOwnRole.
    """
    with transaction.atomic():
        found = _lock(tenant_id, member, giver)
        if found.ended_at is None:
            found.ended_at = at
            _change(found, "ended_at", event="member.deactivated", at=at)
    return found


def reactivate(*, tenant_id: UUID, member: str, giver: Giver | None, at: datetime) -> Membership:
    """Give the access back as it was. Raises MemberNotFound, OwnAccess or ExceedsOwnRole."""
    with transaction.atomic():
        found = _lock(tenant_id, member, giver)
        if found.ended_at is not None:
            found.ended_at = None
            _change(found, "ended_at", event="member.reactivated", at=at)
    return found


def reset_password(*, tenant_id: UUID, member: str, password: str, giver: Giver | None, at: datetime) -> None:
    """Give the member another password, which ends their sessions.

    Raises MemberNotFound, OwnAccess, ExceedsOwnRole, InvalidFields, or OfSeveralTenants where the person belongs to
    another tenant too, or may again one day: then only an operator at the terminal may.
    """
    _check_password(password)
    with transaction.atomic():
        found = _lock(tenant_id, member, giver)
        if giver is not None and queries.belongs_elsewhere(found.person_id, tenant_id=tenant_id):
            raise OfSeveralTenants("Ask whoever runs the service to set the password.")
        _set_password(found.person, password, at=at)


def set_password(*, person: Person, password: str, at: datetime) -> None:
    """Give the person another password, which ends their sessions, for an operator at the terminal.

    Raises InvalidFields.
    """
    _check_password(password)
    with transaction.atomic():
        _set_password(person, password, at=at)


def change_own_password(*, person: Person, current: str, new: str, at: datetime) -> None:
    """Change one's own password, which ends one's other sessions. Raises InvalidFields or TooManyRequests."""
    if not proves(person, current):
        raise InvalidFields(FieldError("current", "wrong-password", "Enter the password that you signed in with."))
    _check_password(new)
    with transaction.atomic():
        _set_password(person, new, at=at)


def _set_password(person: Person, password: str, *, at: datetime) -> None:
    person.set_password(password)
    person.save(update_fields=["password"])
    for membership in queries.lock_active(person.id):
        _change(membership, event="member.password_changed", at=at)


def _join(person: Person, tenant_id: UUID, role: Role, *, runs_service: bool, at: datetime) -> Membership:
    member = Membership.objects.create(
        person=person, tenant_id=tenant_id, role=role, runs_service=runs_service, created_at=at
    )
    _record("member.added", member, at=at)
    return member


def _lock(tenant_id: UUID, member: str, giver: Giver | None) -> Membership:
    """The member's row, and the giver's, who may do as much: of two admins who end each other's access one stays."""
    found = queries.find(tenant_id=tenant_id, text=member)
    if giver is not None and giver.person_id == found.person_id:
        raise OwnAccess("Ask another admin to change it.")
    locked = _lock_persons(tenant_id, giver, found.person_id)[found.person_id]
    _check_may_give(giver, Role(locked.role), runs_service=locked.runs_service)
    return locked


def _lock_persons(tenant_id: UUID, giver: Giver | None, *others: UUID) -> dict[UUID, Membership]:
    """The rows of these persons and of the giver, whose access may have ended since they asked."""
    persons = {*others} if giver is None else {*others, giver.person_id}
    rows = queries.of_tenant(tenant_id).filter(person_id__in=persons).order_by("id")
    locked = {each.person_id: each for each in rows.select_for_update(no_key=True, of=("self",))}
    if giver is not None and not _may_still_give(locked[giver.person_id]):
        raise MissingScope("Another admin has just changed your own access; reload the page.")
    return locked


def _may_still_give(giver: Membership) -> bool:
    return giver.ended_at is None and PEOPLE_WRITE in scopes_of(Role(giver.role), runs_service=giver.runs_service)


def _check_may_give(giver: Giver | None, role: Role, *, runs_service: bool) -> None:
    if giver is not None and not scopes_of(role, runs_service=runs_service) <= giver.scopes:
        raise ExceedsOwnRole("Choose a role that may do no more than your own, or ask somebody who may do as much.")


def _check_words(email: str, name: str) -> None:
    wrong = []
    if not _EMAIL.fullmatch(email.strip()):
        wrong.append(FieldError("email", "invalid-email", "Enter an e-mail address, for example ada@example.com."))
    if not 1 <= len(name.strip()) <= _LONGEST_NAME or not name.isprintable():
        wrong.append(FieldError("name", "invalid-name", "Enter a name of at most 100 characters."))
    if wrong:
        raise InvalidFields(*wrong)


def _check_password(password: str) -> None:
    try:
        validate_password(password)
    except ValidationError:
        message = "Choose a password of at least 12 characters that is not a common one."
        raise InvalidFields(FieldError("password", "weak-password", message)) from None


def _change(member: Membership, *fields: str, event: str, at: datetime) -> None:
    member.version += 1
    member.save(update_fields=[*fields, "version"])
    _record(event, member, at=at)


def _record(event: str, member: Membership, *, at: datetime) -> None:
    append([Fact(event, member.tenant_id, "member", member.id, member.version, present(member))], at=at)
