"""The operations on payouts as the OpenAPI document tells them: what each takes, answers and refuses.

The refusals are instances of the errors that the code raises, written by the code that answers them.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse, extend_schema
from pydantic import BaseModel

from payouts_service.http.conditional import PreconditionFailed
from payouts_service.http.openapi import answer_header, query_parameters, refusals
from payouts_service.http.problems import Locked
from payouts_service.idempotency.keys import (
    FirstRequestRunning,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
)
from payouts_service.kit.errors import FieldError, InvalidFields
from payouts_service.payouts import services
from payouts_service.payouts.funds import InsufficientFunds
from payouts_service.payouts.requests import (
    CancelPayout,
    CreatePayout,
    ListPayouts,
    ReadPayout,
    SearchPayouts,
    UpdatePayout,
)
from payouts_service.payouts.responses import (
    ATTEMPT_EXAMPLE,
    CREATED_EXAMPLE,
    EXPLANATION_EXAMPLE,
    FAILED_EXAMPLE,
    ID_PATTERN,
    AttemptList,
    PayoutExplanation,
    PayoutObject,
    PayoutPage,
)
from payouts_service.payouts.revealing import DetailsErased
from payouts_service.tenants.scopes import Scope

TAGS: Final = ["Payouts"]
_FIRST_ID: Final = CREATED_EXAMPLE["id"]
ID: Final = OpenApiParameter(
    "id", {"type": "string", "pattern": ID_PATTERN}, OpenApiParameter.PATH, description="The payout's id."
)
IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": '^([!-~]{1,255}|"[!-~]{1,255}")$'},
    OpenApiParameter.HEADER,
    description="The same whenever you repeat the request, another for each new object, for example a UUID: however "
    "often the request arrives, it makes one object. 1 to 255 visible ASCII characters, bare or in quotes.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the payout you read: refuses the change (412) if the payout has changed since.",
)
_ETAG: Final = answer_header(
    "ETag", "The version of the payout, to send as If-Match.", 200, 201, pattern='^"[1-9][0-9]*"$'
)
_LOCATION: Final = answer_header("Location", "The payout's address.", 201)
_REPLAYED: Final = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "const": "true"},
    OpenApiParameter.HEADER,
    response=[201],
    description="An earlier request with the same Idempotency-Key made this payout; it is shown as it is now.",
)

STALE: Final = PreconditionFailed(
    "Read the object again, and repeat the request with its new ETag if you still want it.",
    extra={"current_etag": '"2"'},
)
LOCKED: Final = Locked("Wait a second and send the request again.")


def _page(*payouts: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(payouts), "has_more": False, "next_cursor": None}


def _no_such_move(source: str, target: str, *allowed: str) -> services.InvalidTransition:
    return services.InvalidTransition(
        f"The payout is {source} and cannot become {target}. Choose one of the moves allowed now.",
        extra={"from": source, "to": target, "allowed": list(allowed)},
    )


def _key_reused() -> IdempotencyKeyReused:
    refusal = IdempotencyKeyReused(UUID(int=0))
    refusal.extra["payout_id"] = _FIRST_ID  # As ``create_payout`` names the first payout.
    return refusal


def answer(model: type[BaseModel], description: str, example: dict[str, Any]) -> OpenApiResponse:
    """An answer of this form."""
    return OpenApiResponse(model, description=description, examples=[OpenApiExample("Example", value=example)])


LIST: Final = extend_schema(
    operation_id="payouts_list",
    tags=TAGS,
    summary="List payouts",
    description="The newest first, page by page: while `has_more` is true, send `next_cursor` as `cursor` to read on. "
    "Filters may be combined; one by `connector` or `currency` needs `created_at__gte` beside it.",
    parameters=query_parameters(ListPayouts),
    responses={
        200: answer(PayoutPage, "A page of payouts.", _page(FAILED_EXAMPLE, CREATED_EXAMPLE)),
        **refusals(
            InvalidFields(FieldError("limit", "less-than-equal", "Input should be less than or equal to 200.")),
            scope=Scope.PAYOUTS_READ,
        ),
    },
)

SEARCH: Final = extend_schema(
    operation_id="payouts_search",
    tags=TAGS,
    summary="Find payouts by account",
    description="Your payouts to one account, the newest first, page by page. A POST, so that no account stands in an "
    "address, which proxies write into their logs. Accounts are compared by a keyed hash; nothing is opened.",
    request=OpenApiRequest(
        SearchPayouts,
        examples=[
            OpenApiExample(
                "iban",
                summary="By IBAN",
                value={"recipient_account": {"kind": "iban", "iban": "DE89370400440532013000"}},
            ),
            OpenApiExample(
                "phone",
                summary="By phone number, one payout at most",
                value={"recipient_account": {"kind": "phone", "phone": "+79123456789"}, "limit": 1},
            ),
        ],
    ),
    responses={
        200: answer(PayoutPage, "A page of payouts.", _page(CREATED_EXAMPLE)),
        **refusals(scope=Scope.PAYOUTS_READ, with_body=True),
    },
)

CREATE: Final = extend_schema(
    operation_id="payouts_create",
    tags=TAGS,
    summary="Create a payout",
    description="Accepts a request to pay. The answer comes at once; the payout is paid in the background, and its "
    "`status` tells how far it is. Send an `Idempotency-Key` or an `external_id`, so that a request repeated after a "
    "lost answer does not pay twice.",
    parameters=[IDEMPOTENCY_KEY, _LOCATION, _ETAG, _REPLAYED],
    request=OpenApiRequest(
        CreatePayout,
        examples=[
            OpenApiExample(
                "iban",
                summary="To a bank account",
                value={
                    "amount": "150.00",
                    "currency": "EUR",
                    "recipient_details": {"kind": "iban", "name": "Ada Lovelace", "iban": "DE89370400440532013000"},
                    "comment": "Invoice 42",
                    "metadata": {"invoice": "42"},
                },
            ),
            OpenApiExample(
                "account in Russia",
                summary="To an account in a bank in Russia",
                value={
                    "amount": "1500.00",
                    "currency": "RUB",
                    "recipient_details": {
                        "kind": "ru_account",
                        "name": "Ada Lovelace",
                        "bik": "044525225",
                        "account": "40702810438000060473",
                    },
                },
            ),
            OpenApiExample(
                "phone",
                summary="To an account found by a phone number",
                value={
                    "amount": "1500.00",
                    "currency": "RUB",
                    "recipient_details": {"kind": "phone", "name": "Ada Lovelace", "phone": "+79123456789"},
                },
            ),
            OpenApiExample(
                "card token",
                summary="To a card that the provider knows by a token",
                value={
                    "amount": "20.50",
                    "currency": "USD",
                    "recipient_details": {"kind": "card_token", "token": "tok_1NvHYL2eZvKYlo2C", "last4": "4242"},
                },
            ),
            OpenApiExample(
                "text",
                summary="By hand, to what a text says",
                value={
                    "amount": "100.00",
                    "currency": "USD",
                    "recipient_details": "Card ****1234",
                    "comment": "Test payout",
                    "connector": "manual",
                },
            ),
        ],
    ),
    responses={
        201: answer(PayoutObject, "The payout; a repeated request gets the one made first.", CREATED_EXAMPLE),
        **refusals(
            IdempotencyKeyInvalid("Send 1 to 255 visible ASCII characters as Idempotency-Key, for example a UUID."),
            IdempotencyKeyRequired("Send an Idempotency-Key header that is the same whenever you repeat this request."),
            FirstRequestRunning("Wait a second and send the same request with the same key again."),
            services.ExternalIdTaken(
                "Read the payout that carries it, or send another external_id.", extra={"payout_id": _FIRST_ID}
            ),
            services.PayoutDeleted(
                "Use a new key if you want a new payout; this one was deleted on request.",
                extra={"payout_id": _FIRST_ID},
            ),
            _key_reused(),
            scope=Scope.PAYOUTS_WRITE,
            with_body=True,
        ),
    },
)

READ: Final = extend_schema(
    operation_id="payouts_read",
    tags=TAGS,
    summary="Read a payout",
    description="The payout as it is now. With `reveal=recipient_details`, and the scope `recipients:reveal` besides, "
    "its details are unmasked in this answer; the event `payout.details_revealed` tells who saw them.",
    parameters=[ID, *query_parameters(ReadPayout), _ETAG],
    responses={
        200: answer(PayoutObject, "The payout.", CREATED_EXAMPLE),
        **refusals(
            InvalidFields(FieldError("reveal", "literal-error", "Input should be 'recipient_details'.")),
            services.PayoutNotFound(),
            DetailsErased("Read the payout without reveal; whom it was paid to is no longer known here."),
            scope=Scope.PAYOUTS_READ,
        ),
    },
)

ATTEMPTS: Final = extend_schema(
    operation_id="payouts_attempts",
    tags=TAGS,
    summary="List a payout's attempts",
    description="Every submission to a provider, and what each call about it brought. A call whose worker died left no "
    "outcome: `submitted_at` and `unanswered_claims` tell of it.",
    parameters=[ID],
    responses={
        200: answer(AttemptList, "The attempts, first to last.", {"data": [ATTEMPT_EXAMPLE]}),
        **refusals(services.PayoutNotFound(), scope=Scope.PAYOUTS_READ),
    },
)

EXPLAIN: Final = extend_schema(
    operation_id="payouts_explain",
    tags=TAGS,
    summary="Explain a payout",
    description="In plain words, for people: why it is where it is, what happens next and when, and what a person may "
    "safely do. In English, or in Russian where Accept-Language prefers it.",
    parameters=[
        ID,
        OpenApiParameter("Accept-Language", str, OpenApiParameter.HEADER, description="`en` or `ru`."),
        answer_header("Content-Language", "The language of the answer.", 200),
    ],
    responses={
        200: answer(PayoutExplanation, "The explanation.", EXPLANATION_EXAMPLE),
        **refusals(services.PayoutNotFound(), scope=Scope.PAYOUTS_READ),
    },
)

UPDATE: Final = extend_schema(
    operation_id="payouts_update",
    tags=TAGS,
    summary="Update a payout",
    description="Changes what is sent and leaves the rest; all of it or, when refused, nothing. `comment` and "
    "`metadata` may change at any time. `status` is moved by a person who pays by hand, and needs the scope "
    "`payouts:settle`: `created` → `processing` → `completed` or `failed`, and no other way. The same status again "
    "changes nothing.",
    parameters=[ID, IF_MATCH, _ETAG],
    request=OpenApiRequest(
        UpdatePayout,
        examples=[
            OpenApiExample("comment", summary="Change the comment", value={"comment": "Paid with the morning run"}),
            OpenApiExample("begin", summary="Begin to pay by hand", value={"status": "processing"}),
            OpenApiExample(
                "completed",
                summary="Say that it is paid",
                value={
                    "status": "completed",
                    "reason": "Paid in the bank's own pages",
                    "evidence": {"kind": "bank_statement", "text": "Entry 2026-11-23/0042"},
                },
            ),
            OpenApiExample(
                "failed",
                summary="Say that it failed",
                value={
                    "status": "failed",
                    "reason": "The bank returned it",
                    "failure_code": "recipient_account_closed",
                },
            ),
        ],
    ),
    responses={
        200: answer(PayoutObject, "The payout after the change.", CREATED_EXAMPLE),
        **refusals(
            services.PayoutNotFound(),
            _no_such_move("created", "completed", "processing"),
            services.AttemptInFlight(
                "The connector simulator is paying. Only once its outcome is unknown can a person settle it, with a "
                "reason and evidence."
            ),
            InsufficientFunds(
                "The account lacks 50.00 EUR; top it up, then send the request again.",
                extra={"missing": "50.00", "currency": "EUR"},
            ),
            LOCKED,
            STALE,
            scope=Scope.PAYOUTS_WRITE,
            with_body=True,
        ),
    },
)

DELETE: Final = extend_schema(
    operation_id="payouts_delete",
    tags=TAGS,
    summary="Delete a payout",
    description="Removes a payout that is still `created`; the record of its events stays.",
    parameters=[ID, IF_MATCH],
    responses={
        204: OpenApiResponse(None, description="It is gone."),
        **refusals(
            services.PayoutNotFound(),
            _no_such_move("processing", "deleted", "completed", "failed"),
            LOCKED,
            STALE,
            scope=Scope.PAYOUTS_WRITE,
        ),
    },
)

CANCEL: Final = extend_schema(
    operation_id="payouts_cancel",
    tags=TAGS,
    summary="Cancel a payout",
    description="Gives up a payout that is still `created`: it becomes `failed`, with the failure code `canceled`. "
    "Canceled once more it stays as it is.",
    parameters=[ID, IF_MATCH, _ETAG],
    request=OpenApiRequest(
        CancelPayout, examples=[OpenApiExample("cancel", summary="Cancel", value={"reason": "Ordered twice"})]
    ),
    responses={
        200: answer(PayoutObject, "The payout, now failed.", FAILED_EXAMPLE),
        **refusals(
            services.PayoutNotFound(),
            _no_such_move("processing", "failed", "completed", "failed"),
            LOCKED,
            STALE,
            scope=Scope.PAYOUTS_WRITE,
            with_body=True,
        ),
    },
)
