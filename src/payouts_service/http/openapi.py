"""How pydantic models, refusals and API keys appear in the OpenAPI document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.contrib.pydantic import PydanticExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, model_json_schema
from pydantic_core import core_schema

from payouts_service.http import problems
from payouts_service.kit.errors import FieldError, InvalidFields, ServiceError

JSON: Final = "application/json"
_REQUEST_ID: Final = "req_01kb13tc1mfg4v3x2xv5pn2a4r"
_EVERY_OPERATION: Final = (
    problems.MalformedRequest("Correct the request; its headers or its address cannot be read."),
    problems.Unauthenticated("Send a valid API key as `Authorization: Bearer <key>`."),
    problems.TooManyRequests(
        "Send at most 30000 requests in 60 seconds; wait as Retry-After says.", retry_after_seconds=42, headers={}
    ),
    problems.NotAcceptable("Send `Accept: application/json`, or no Accept header."),
    problems.Unavailable("Wait a little and send the same request again, with the same Idempotency-Key."),
)
_WITH_BODY: Final = (
    InvalidFields(FieldError("amount", "required", "This field is required.")),
    problems.BodyTooLarge("Send at most 1048576 bytes."),
    problems.UnsupportedMediaType("Send `Content-Type: application/json`; its charset, where given, is utf-8."),
)


class WrongField(BaseModel):
    """One wrong field of a request."""

    field: str = Field(description="Its path, with dots.")
    code: str = Field(description="Stable, in kebab-case.")
    message: str = Field(description="A sentence that says what to do.")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457); some kinds carry further members, as their examples show."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A URL path that documents this kind of problem.")
    title: str = Field(description="The kind of problem, in words.")
    status: int = Field(description="The HTTP status once more.")
    detail: str = Field(description="A sentence that says what to do.")
    code: str = Field(description="The kind of problem for programs: stable, in kebab-case.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    request_id: str = Field(description="Tell it when you ask for help; the service's logs have it.")
    errors: list[WrongField] = Field(default=[], description="With 400: each wrong field.")


class _PlainJsonSchema(GenerateJsonSchema):
    """JSON Schema without what says nothing: titles that repeat the name, and null as the default of what is absent."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never: the title would be the field's name once more."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """The default, unless it is null: that only says that the field may be absent, and null may be refused."""
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described


class ModelExtension(PydanticExtension):  # type: ignore[no-untyped-call]  # The library types a part of itself.
    """Requests as they are validated, answers as they are written: the two differ in what is required."""

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """The model's JSON Schema, its parts among the components."""
        schema = _json_schema(self.target, "validation" if direction == "request" else "serialization")
        for name, part in schema.pop("$defs", {}).items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(name, ResolvedComponent.SCHEMA, part, name)  # type: ignore[no-untyped-call]  # As above.
            )
        return schema


class ApiKeyExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # As above.
    """Swagger's "Authorize" takes the key and sends it as a bearer token."""

    target_class = "payouts_service.tenants.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The scheme (RFC 6750)."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of your tenant, `psk_…`."}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        """The scope that the operation needs; OpenAPI 3.1 lets every scheme name such roles."""
        return {self.name: [str(auto_schema.view.scopes[auto_schema.method])]}


class ProblemSchema(AutoSchema):
    """Every operation takes and answers JSON, carries the request id, and answers it."""

    def get_override_parameters(self) -> list[Any]:
        """Headers that all operations share."""
        return [
            OpenApiParameter(
                "X-Request-Id",
                str,
                OpenApiParameter.HEADER,
                description="Your id of this request: up to 128 letters, digits, dots, underscores and dashes. "
                "It comes back, and stands in logs and events. Any other value is replaced.",
            ),
            answer_header("X-Request-Id", "The request's id: yours, or a new one.", pattern="^[A-Za-z0-9._-]{1,128}$"),
            answer_header("WWW-Authenticate", "How to authenticate.", 401, const="Bearer"),
            _quota_header("RateLimit-Policy", "What may be sent: the quota `q` in a window of `w` seconds.", "q"),
            _quota_header("RateLimit", "What is left of it: `r` requests until it begins anew in `t` seconds.", "r"),
            OpenApiParameter(
                "Retry-After",
                {"type": "integer", "minimum": 0},
                OpenApiParameter.HEADER,
                response=[409, 429, 503],
                description="Seconds to wait, where `retryable` is true.",
            ),
        ]

    def map_parsers(self) -> list[str]:
        """``http.json_body`` reads the bodies, not a parser of the framework."""
        return [JSON]

    def get_operation(self, *arguments: Any) -> dict[str, Any] | None:
        """The operation; a body is never optional, even where all its fields are."""
        operation: dict[str, Any] | None = super().get_operation(*arguments)
        if operation is not None and "requestBody" in operation:
            operation["requestBody"]["required"] = True
        return operation


def _quota_header(name: str, description: str, parameter: str) -> OpenApiParameter:
    # One item for each policy (draft-ietf-httpapi-ratelimit-headers); absent where no limit is set.
    return OpenApiParameter(
        name,
        {"type": "string", "pattern": f'^"(address|key)";{parameter}='},
        OpenApiParameter.HEADER,
        response=[200, 201, 204, 429],
        description=description,
    )


def answer_header(name: str, description: str, *statuses: int, **schema: object) -> OpenApiParameter:
    """A header that each answer with one of these statuses carries; with any status where none is named."""
    return OpenApiParameter(
        name,
        {"type": "string", **schema},
        OpenApiParameter.HEADER,
        required=True,
        response=list(statuses) or True,
        description=description,
    )


def refusals(*own: ServiceError, scope: str, with_body: bool = False) -> dict[tuple[int, str], OpenApiResponse]:
    """Every refusal of one operation, for ``extend_schema(responses=…)``: its own, and those that all share."""
    by_status: defaultdict[int, list[ServiceError]] = defaultdict(list)
    missing_scope = problems.MissingScope(f"Use a key with the scope {scope}.", extra={"scope": scope})
    for refusal in (*_EVERY_OPERATION, missing_scope, *(_WITH_BODY if with_body else ()), *own):
        by_status[refusal.status].append(refusal)
    return {
        (status, problems.MEDIA_TYPE): OpenApiResponse(
            Problem,
            description="\n".join(f"- `{kind.code}`: {_meaning(kind)}" for kind in kinds),
            examples=[
                OpenApiExample(
                    type(kind).__name__, value=problems.document(kind, request_id=_REQUEST_ID), summary=kind.title
                )
                for kind in kinds
            ],
        )
        for status, kinds in sorted(by_status.items())
    }


def query_parameters(model: type[BaseModel]) -> list[OpenApiParameter]:
    """The fields of a model of query values, one parameter each."""
    fields = _json_schema(model, "validation")["properties"]
    return [_query_parameter(name, schema) for name, schema in fields.items()]


def parameter_order(parameter: Mapping[str, Any]) -> tuple[int, bool]:
    """The address first, then its query, then the headers; the one that all operations share comes last."""
    return ("path", "query", "header").index(parameter["in"]), parameter["name"] == "X-Request-Id"


def _json_schema(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    schema = model_json_schema(
        model, ref_template="#/components/schemas/{model}", schema_generator=_PlainJsonSchema, mode=mode
    )
    for part in schema.get("$defs", {}).values():
        if "enum" in part:
            # The docstring of an enum speaks to readers of the code; the fields that hold it speak to clients.
            part.pop("description", None)
    return schema


def _query_parameter(name: str, schema: Mapping[str, Any]) -> OpenApiParameter:
    # A query has no null: what may be null may be left out.
    [kept] = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    described = {key: value for key, value in kept.items() if key not in {"description", "examples"}}
    if "default" in schema:
        described["default"] = schema["default"]
    return OpenApiParameter(name, described, OpenApiParameter.QUERY, description=schema["description"])


def _meaning(refusal: ServiceError) -> str:
    first_line = (refusal.__doc__ or refusal.title).strip().splitlines()[0]
    return first_line.replace(f" ({refusal.status})", "").replace("``", "`")
