"""Whom a session belongs to. It ends with the person's password, and with their access to the last tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from payouts_service.kit import ids
from payouts_service.kit.clock import utc_now
from payouts_service.kit.errors import ServiceError
from payouts_service.people import queries
from payouts_service.people.models import Membership, Person
from payouts_service.people.roles import Role, scopes_of
from payouts_service.people.wire import person_id_text
from payouts_service.tenants.scopes import BY_AN_OPERATOR_ONLY

_PERSON: Final = "person"
_PROOF: Final = "proof"
_TENANT: Final = "tenant"


class ForAnotherTenant(ServiceError):
    """The page was shown for another tenant than the person acts for now (409)."""

    status = 409
    code = "for-another-tenant"
    title = "You act for another tenant now"


@dataclass(frozen=True, slots=True)
class Access:
    """A person who has signed in, the tenant that they act for now, and what they may do there."""

    person: Person
    tenant_id: UUID
    tenant_name: str
    role: Role
    runs_service: bool
    scopes: frozenset[str]
    tenants: Sequence[tuple[str, str]]
    """Id on the wire and name of each tenant that they may act for."""

    @property
    def hands_on(self) -> frozenset[str]:
        """What a key that they make may do: where an operator must give it by name, they must run the service."""
        return self.scopes if self.runs_service else self.scopes - BY_AN_OPERATOR_ONLY

    @property
    def tenant(self) -> str:
        """The tenant's id on the wire."""
        return ids.to_text("te", self.tenant_id)

    def check_tenant(self, shown: str) -> None:
        """Raises ForAnotherTenant where it is not the one shown: another tab may have chosen another since."""
        if shown != self.tenant:
            raise ForAnotherTenant("The page was shown for another tenant than you act for now; open it again.")

    @property
    def person_id(self) -> str:
        """The person's id on the wire, by which events name them."""
        return person_id_text(self.person.id)


def begin(session: SessionBase, person: Person) -> None:
    """Let the session be this person's, under a key that nobody knew before; whatever they do, its end stays."""
    session.flush()
    session.set_expiry(utc_now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    session[_PERSON] = str(person.id)
    session[_PROOF] = person.get_session_auth_hash()


def keep(session: SessionBase, person: Person) -> None:
    """Let the session outlive the change of the person's own password, under another key."""
    session[_PROOF] = person.get_session_auth_hash()
    session.cycle_key()


def end(session: SessionBase) -> None:
    """Forget whose it was."""
    session.flush()


def choose_tenant(session: SessionBase, tenant: str) -> None:
    """Act for this tenant from now on; ``access`` looks whether the person may."""
    session[_TENANT] = tenant


def access(session: SessionBase) -> Access | None:
    """Who it is and what they may do at this moment; None where nobody is signed in, or has access to nothing."""
    person = _person(session)
    memberships = queries.active_memberships(person.id) if person is not None else []
    if person is None or not memberships:
        return None
    tenants = [(ids.to_text("te", each.tenant_id), each.tenant.name) for each in memberships]
    chosen = _chosen(session.get(_TENANT), memberships)
    role = Role(chosen.role)
    return Access(
        person=person,
        tenant_id=chosen.tenant_id,
        tenant_name=chosen.tenant.name,
        role=role,
        runs_service=chosen.runs_service,
        scopes=scopes_of(role, runs_service=chosen.runs_service),
        tenants=tenants,
    )


def _person(session: SessionBase) -> Person | None:
    person_id, proof = session.get(_PERSON), session.get(_PROOF)
    if person_id is None or proof is None:
        return None
    person = queries.person(UUID(person_id))
    if person is None or not constant_time_compare(proof, person.get_session_auth_hash()):
        return None
    return person


def _chosen(tenant: str | None, memberships: Sequence[Membership]) -> Membership:
    for each in memberships:
        if ids.to_text("te", each.tenant_id) == tenant:
            return each
    return memberships[0]
