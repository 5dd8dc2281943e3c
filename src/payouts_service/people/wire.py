"""A membership as events and the console see it. Events have neither the person's name nor their address."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from payouts_service.kit import ids
from payouts_service.kit.clock import wire_time
from payouts_service.people.models import Membership

PERSON_PREFIX: Final = "pe"
MEMBER_PREFIX: Final = "me"


def person_id_text(person_id: UUID) -> str:
    """The person's id on the wire; events name them by it as actor."""
    return ids.to_text(PERSON_PREFIX, person_id)


def member_id_text(membership_id: UUID) -> str:
    """The membership's id on the wire."""
    return ids.to_text(MEMBER_PREFIX, membership_id)


def present(member: Membership) -> dict[str, Any]:
    """The membership without anything personal: what its events carry."""
    return {
        "id": member_id_text(member.id),
        "object": "member",
        "person": person_id_text(member.person_id),
        "role": str(member.role),
        "runs_service": member.runs_service,
        "active": member.ended_at is None,
        "version": member.version,
        "created_at": wire_time(member.created_at),
        "ended_at": _time(member.ended_at),
    }


def present_with_name(member: Membership) -> dict[str, Any]:
    """The same with who it is, for the console."""
    return {
        **present(member),
        "name": member.person.name,
        "email": member.person.email,
        "signed_in_at": _time(member.person.last_login),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else wire_time(moment)
