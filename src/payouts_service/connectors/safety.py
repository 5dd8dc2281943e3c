"""Which connectors may be used: those whose unknown outcomes can be cleared up, by the engine or by a person."""

from __future__ import annotations

from payouts_service.connectors.contract import Capabilities, Connector


class UnsafeConnector(Exception):
    """A connector that no engine could make safe; the text says what to change."""


def check(connector: Connector) -> None:
    """Refuse, at start-up, a connector whose unknown outcomes could never be cleared up. Raises UnsafeConnector.

    A payment whose answer was lost is either asked about or submitted again under the same reference. A provider that
    offers neither would leave a choice between losing payments and paying twice.
    """
    can = connector.capabilities
    if can.callbacks and not can.inquiry:
        raise UnsafeConnector(
            f"The connector {connector.name} cannot be used: callbacks bring inquiries forward, and it has none. "
            "Declare `inquiry`, or no `callbacks`."
        )
    if can.submits and not can.inquiry and not can.idempotent_submit:
        raise UnsafeConnector(
            f"The connector {connector.name} cannot be used: after a lost answer it can neither ask what became of the "
            "payment nor submit it again safely. Declare `inquiry` or `idempotent_submit`, or let a person pay."
        )


def left_to_people(can: Capabilities) -> list[str]:
    """What a person will have to do, because the provider offers the engine no safe way; a sentence each."""
    if not can.submits:
        return ["People pay and report the outcome."]
    if not can.idempotent_submit:
        return ["A payment whose answer was lost and that the provider does not have waits for a person's decision."]
    if can.reference_memory is None:
        return []
    hours = can.reference_memory.total_seconds() / 3600
    if can.inquiry:
        return [f"A payment that the provider does not have {hours:g} hours after it was claimed waits for a person."]
    return [f"A payment whose answers were lost for {hours:g} hours waits for a person: the provider cannot be asked."]
