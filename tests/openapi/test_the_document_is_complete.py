"""The document names every refusal, and its examples are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import payouts_service.urls  # noqa: F401 - the views, and with them every refusal.
from payouts_service.accounts.responses import AccountList, AccountObject, EntryPage, TopUpObject
from payouts_service.events.responses import EventPage
from payouts_service.http.openapi import Problem
from payouts_service.http.problem_pages import kinds_of_problem
from payouts_service.payouts.pausing_wire import ConnectorList, ConnectorObject, TenantObject
from payouts_service.payouts.responses import AttemptList, PayoutExplanation, PayoutObject, PayoutPage, PayoutReturn
from payouts_service.tenants.responses import KeyObject, KeyPage, KeySecretObject
from payouts_service.tenants.scopes import Scope
from tests.client import PAYOUTS, Client

Document = dict[str, Any]
MODELS = {
    model.__name__: model
    for model in (
        AccountList,
        AccountObject,
        AttemptList,
        ConnectorList,
        ConnectorObject,
        EntryPage,
        EventPage,
        KeyObject,
        KeyPage,
        KeySecretObject,
        PayoutExplanation,
        PayoutObject,
        PayoutPage,
        PayoutReturn,
        Problem,
        TenantObject,
        TopUpObject,
    )
}
# Refusals of no operation: of a method that an address lacks, of none that a client can cause, of the command line, and
# those that providers get at the door for callbacks, which is in no client's document, and of the console's people.
OF_NO_OPERATION = {
    "adjustment-exists",
    "method-not-allowed",
    "internal-error",
    "balance-below-limit",
    "ledger-behind",
    "callback-unverified",
    "callback-unreadable",
    "email-taken",
    "exceeds-own-role",
    "for-another-tenant",
    "of-several-tenants",
    "own-access",
    "wrong-credentials",
}


def test_it_has_an_example_of_every_refusal(document: Document) -> None:
    told = {example["code"] for _, model, example in answers(document) if model == "Problem"}

    assert told == {kind.code for kind in kinds_of_problem()} - OF_NO_OPERATION


def test_each_answers_example_is_of_its_schema_and_status(document: Document) -> None:
    examples = list(answers(document))

    assert examples
    for status, model, example in examples:
        MODELS[model].model_validate_json(json.dumps(example))
        if model == "Problem":
            assert example["status"] == status


def test_each_example_of_a_create_is_accepted_as_it_stands(document: Document, acme: Client) -> None:
    body = document["paths"][PAYOUTS]["post"]["requestBody"]["content"]["application/json"]

    for example in [entry["value"] for entry in body["examples"].values()]:
        assert acme.create(**example)["status"] == "created"


def test_each_operation_needs_a_key_and_tells_the_scope(document: Document) -> None:
    needed = [operation["security"] for operation in operations(document)]

    assert needed
    told = [scope for [security] in needed for scope in security["apiKey"]]
    assert len(told) == len(needed)
    assert set(told) <= set(Scope)


def operations(document: Document) -> Iterator[Document]:
    """Every operation of the document."""
    for methods in document["paths"].values():
        yield from methods.values()


def answers(document: Document) -> Iterator[tuple[int, str, Document]]:
    """The status, the name of the schema and the value of each example of an answer."""
    for operation in operations(document):
        for status, answer in operation["responses"].items():
            for media_type, content in answer.get("content", {}).items():
                if media_type == "text/csv":
                    continue  # Lines, not a model.
                model = content["schema"]["$ref"].rpartition("/")[2]
                for example in content["examples"].values():
                    yield int(status), model, example["value"]
