"""Django's settings, made of the typed environment. Read elsewhere only through ``django.conf.settings``."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from payouts_service.environment import environment_or_exit, parse_sealing_keys
from payouts_service.kit.limits import parse_limits

_environment = environment_or_exit()


def _database(url: str) -> dict[str, Any]:
    """One entry of DATABASES, with the limits that free a lock held by a frozen or partitioned process."""
    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    limits = {
        "idle_in_transaction_session_timeout": "10s",  # A frozen worker inside a transaction loses its locks.
        "lock_timeout": "1s",  # A request that cannot get a row or its key answers 409 instead of hanging.
        "statement_timeout": "15s",  # Below Gunicorn's timeout, so that PostgreSQL ends a statement first.
        "client_connection_check_interval": "1s",  # A query whose client died is ended.
    }
    return {
        "ENGINE": "payouts_service.database",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user"),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **parts,
            "prepare_threshold": 5,  # Lets database.prepared prepare; Django's own cursors never do.
            "connect_timeout": 5,
            "tcp_user_timeout": 15_000,  # Milliseconds; a vanished PostgreSQL host is noticed.
            "application_name": parts.get("application_name", "payouts"),
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
        },
    }


_url = _environment.database_url.get_secret_value()
RUNTIME_ROLE = str(conninfo_to_dict(_url)["user"])
MIGRATION_DATABASE_URL = (
    _environment.migration_database_url.get_secret_value() if _environment.migration_database_url else None
)
DATABASES = {"default": _database(_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = _environment.broker_url.get_secret_value()
BENCHMARK = _environment.benchmark
INSTANT_SECONDS = _environment.instant_seconds
INSTANT_MAX_IN_FLIGHT = _environment.instant_max_in_flight
SECRET_KEY = _environment.secret_key.get_secret_value()
API_KEY_PEPPER = _environment.api_key_pepper.get_secret_value().encode()
FINGERPRINT_KEY = _environment.fingerprint_key.get_secret_value().encode()
RECIPIENT_INDEX_KEY = _environment.recipient_index_key.get_secret_value().encode()
SEALING_KEYS = parse_sealing_keys(_environment.sealing_keys.get_secret_value())

DEBUG = False
ALLOWED_HOSTS = _environment.allowed_hosts
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "payouts_service.urls"
WSGI_APPLICATION = "payouts_service.wsgi.application"
AUTH_USER_MODEL = "people.Person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # Costs memory too; needs no other package.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 43_200  # Seconds, from signing in: a day's work, and no more.
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # A link in an e-mail to one payout leads there; no other site's form does.
SESSION_COOKIE_SECURE = _environment.https_only
CSRF_COOKIE_HTTPONLY = True  # The forms carry the token; no script needs it.
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _environment.https_only
CSRF_FAILURE_VIEW = "payouts_service.console.errors.csrf_failure"
APPEND_SLASH = False  # A missing slash is a 404 that says so; a redirect would lose the body of a POST.
STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # No other site's pages read from here, not even the documents' assets.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/console/vendor/[a-z]+-[0-9.]+/"  # A new version has a new folder.
WHITENOISE_USE_FINDERS = True  # The documents' assets are served from their package; there is nothing to collect.
DATA_UPLOAD_MAX_MEMORY_SIZE = _environment.max_body_bytes

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "payouts_service.observability",
    "payouts_service.hints",
    "payouts_service.events",
    "payouts_service.idempotency",
    "payouts_service.rate_limits",
    "payouts_service.tenants",
    "payouts_service.people",
    "payouts_service.ledger",
    "payouts_service.payouts",
    "payouts_service.audit",
    "payouts_service.console",
]
MIDDLEWARE = [
    "payouts_service.http.request_id.RequestIdMiddleware",
    "payouts_service.observability.requests.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "payouts_service.http.hardening.HardeningMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "http" / "templates"],  # Before the packages' own, which they extend.
        "APP_DIRS": True,
    }
]

SECURE_SSL_REDIRECT = _environment.https_only
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _environment.https_only else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _environment.https_only
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _environment.https_only else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # No cookie lets anybody into the API; the console's own views check for CSRF (console.doors).
    "security.W021",  # Whether a domain goes on the browsers' preload list is for its owner to say.
]

CURRENCIES = frozenset(_environment.currencies)
CONNECTORS = tuple(_environment.connectors)
DEFAULT_CONNECTOR = _environment.default_connector
REQUIRE_IDEMPOTENCY_KEY = _environment.require_idempotency_key
LIMITS = parse_limits(_environment.limits)
LIMIT_BREACH = _environment.limit_breach
DUPLICATE_WINDOW_SECONDS = _environment.duplicate_window_seconds
MAX_BODY_BYTES = _environment.max_body_bytes
KEY_REQUESTS_PER_MINUTE = _environment.key_requests_per_minute
ADDRESS_REQUESTS_PER_MINUTE = _environment.address_requests_per_minute
TRUSTED_PROXIES = tuple(ip_network(proxy) for proxy in _environment.trusted_proxies)
LEASE_SECONDS = _environment.lease_seconds
SWEEP_SECONDS = _environment.sweep_seconds
WATCHDOG_SECONDS = _environment.watchdog_seconds
CLAIM_SIZE = _environment.claim_size
STRICT_ORDER = _environment.strict_order
INQUIRY_SECONDS = _environment.inquiry_seconds
SIMULATOR_URL = _environment.simulator_url
SIMULATOR_TIMEOUT_SECONDS = _environment.simulator_timeout_seconds
SIMULATOR_CALLBACK_SECRET = (
    _environment.simulator_callback_secret.get_secret_value() if _environment.simulator_callback_secret else None
)
METRICS_DIR = _environment.metrics_dir
METRICS_PORT = _environment.metrics_port
LOG_LEVEL = _environment.log_level
LOGGING_CONFIG = None  # payouts_service.observability configures the logs, for every process alike.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["payouts_service.tenants.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],  # Scopes are checked by http.views.ApiView, in the order the contract promises.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "payouts_service.http.negotiation.Negotiation",
    "DEFAULT_PARSER_CLASSES": [],  # http.json_body reads bodies.
    "DEFAULT_SCHEMA_CLASS": "payouts_service.http.openapi.ProblemSchema",
    "EXCEPTION_HANDLER": "payouts_service.http.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "COMPACT_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Payouts Service",
    "DESCRIPTION": (
        "Payout requests, processed asynchronously: none lost, none paid twice.\n\n"
        "- **Keys.** Send your API key as `Authorization: Bearer <key>`; in Swagger, press Authorize.\n"
        "- **Once.** Send an `Idempotency-Key` with each create, and repeat the request until it is answered.\n"
        "- **Refusals** are problem documents (RFC 9457): `code` is for programs, `detail` says what to do, `errors` "
        "names each wrong field. So is a 405 or a 500, which no operation below lists.\n"
        "- **Changes.** Send the `ETag` you read as `If-Match`, and nobody's change is lost.\n"
        "- **Times** are in UTC (RFC 3339); **amounts** are decimal strings; an unknown field or filter is refused."
    ),
    "VERSION": "0.1.0",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "OAS_VERSION": "3.1.0",
    "TAGS": [
        {"name": "Payouts", "description": "Requests to pay, from creation to their end."},
        {"name": "Money", "description": "Accounts, their entries, and top-ups."},
        {"name": "Events", "description": "Everything that happened, in order."},
        {"name": "Keys", "description": "Who may call, and what each may do."},
        {"name": "Operations", "description": "Connectors and tenants: look, pause, resume."},
    ],
    "POSTPROCESSING_HOOKS": [],  # The hook that names enums is for serializers; pydantic has named them.
    "COMPONENT_SPLIT_PATCH": False,  # The model of a PATCH is declared as such.
    "SORT_OPERATION_PARAMETERS": "payouts_service.http.openapi.parameter_order",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "persistAuthorization": True,
        "displayRequestDuration": True,
        "validatorUrl": None,  # The page sends the document to nobody.
    },
}
EVENT_SUBSCRIPTIONS = "payouts_service.subscriptions.SUBSCRIPTIONS"
