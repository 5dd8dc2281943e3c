"""The questions about persons, within one tenant but for those about whoever signs in. No writes."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from payouts_service.http.pages import Position
from payouts_service.http.problems import NotFound
from payouts_service.kit import ids
from payouts_service.people.models import Membership, Person
from payouts_service.people.wire import MEMBER_PREFIX, PERSON_PREFIX, member_id_text, person_id_text


class MemberNotFound(NotFound):
    """The tenant has no such member (404)."""

    def __init__(self) -> None:
        super().__init__("There is no such user; check the address of the page.")


def of_tenant(tenant_id: UUID) -> QuerySet[Membership]:
    """All memberships in one tenant: the start of every other question within it."""
    return Membership.objects.filter(tenant_id=tenant_id).select_related("person")


def find(*, tenant_id: UUID, text: str) -> Membership:
    """The tenant's member with this id on the wire; raises MemberNotFound."""
    membership_id = ids.from_text(MEMBER_PREFIX, text)
    found = of_tenant(tenant_id).filter(id=membership_id).first() if membership_id else None
    if found is None:
        raise MemberNotFound
    return found


def page(*, tenant_id: UUID, after: Position | None, limit: int) -> tuple[list[Membership], Position | None]:
    """At most ``limit`` members after the position, newest first, and the position of the next page if there is one."""
    rows = of_tenant(tenant_id)
    if after is not None:
        older = Q(created_at__lt=after.created_at) | Q(created_at=after.created_at, id__lt=after.id)
        rows = rows.filter(older, created_at__lte=after.created_at)
    found = list(rows.order_by("-created_at", "-id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return found, Position(found[-1].created_at, found[-1].id) if more else None


def names(*, tenant_id: UUID, person_ids: Iterable[str]) -> dict[str, str]:
    """The names of those of these persons (ids on the wire) who are, or were, members of the tenant."""
    known = [found for text in person_ids if (found := ids.from_text(PERSON_PREFIX, text)) is not None]
    rows = of_tenant(tenant_id).filter(person_id__in=known)
    return {person_id_text(member.person_id): member.person.name for member in rows}


def active_memberships(person_id: UUID) -> list[Membership]:
    """Where the person has access now, with the tenants, by the tenants' names."""
    rows = Membership.objects.filter(person_id=person_id, ended_at=None)
    return list(rows.select_related("tenant").order_by("tenant__name"))


def belongs_elsewhere(person_id: UUID, *, tenant_id: UUID) -> bool:
    """Whether the person is, or was, a member of another tenant too."""
    return Membership.objects.filter(person_id=person_id).exclude(tenant_id=tenant_id).exists()


def lock_active(person_id: UUID) -> list[Membership]:
    """The same under their row locks, to the end of the caller's transaction."""
    rows = Membership.objects.filter(person_id=person_id, ended_at=None)
    return list(rows.select_for_update(no_key=True).order_by("id"))


def person(person_id: UUID) -> Person | None:
    """The person with this id."""
    return Person.objects.filter(id=person_id).first()


def person_named(email: str) -> Person | None:
    """The person who signs in with this address."""
    if "\0" in email:
        return None  # PostgreSQL keeps no such text.
    return Person.objects.filter(email=email.strip().lower()).first()


def person_who_signs_in(email: str) -> Person:
    """The same, for those who operate; raises NotFound."""
    found = person_named(email)
    if found is None:
        raise NotFound("Nobody signs in with this e-mail address; check it, or make the person.")
    return found


def member_who_signs_in(*, tenant_id: UUID, email: str) -> str:
    """The id on the wire of the tenant's member with this address; raises NotFound."""
    found = of_tenant(tenant_id).filter(person=person_who_signs_in(email)).first()
    if found is None:
        raise NotFound("This person has never had access to this tenant.")
    return member_id_text(found.id)
