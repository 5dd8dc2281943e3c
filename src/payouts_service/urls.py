"""Every public URL."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerView

from payouts_service.accounts import api as accounts
from payouts_service.events import api as events
from payouts_service.http.document import Document
from payouts_service.http.problem_pages import ProblemPage
from payouts_service.observability import health
from payouts_service.payouts import api as payouts, pausing_api as pausing
from payouts_service.payouts.callbacks_api import ConnectorCallback
from payouts_service.tenants import api as keys

# Their OPTIONS would describe a page in HTML; it is refused like everywhere else.
_READ = ("get", "head")

urlpatterns = [
    path("api/payouts/", payouts.PayoutList.as_view()),
    path("api/payouts/search/", payouts.PayoutSearch.as_view()),
    path("api/payouts/<str:id>/", payouts.PayoutDetail.as_view()),
    path("api/payouts/<str:id>/attempts/", payouts.PayoutAttempts.as_view()),
    path("api/payouts/<str:id>/explain/", payouts.PayoutExplanation.as_view()),
    path("api/payouts/<str:id>/cancel/", payouts.PayoutCancel.as_view()),
    path("api/payouts/<str:id>/returns/", payouts.PayoutReturns.as_view()),
    path("api/accounts/", accounts.AccountCollection.as_view()),
    path("api/accounts/<str:id>/", accounts.AccountDetail.as_view()),
    path("api/accounts/<str:id>/entries/", accounts.AccountEntries.as_view()),
    path("api/top-ups/", accounts.TopUpCollection.as_view()),
    path("api/top-ups/<str:id>/", accounts.TopUpDetail.as_view()),
    path("api/events/", events.EventList.as_view()),
    path("api/connectors/", pausing.ConnectorCollection.as_view()),
    path("api/connectors/<str:name>/pause/", pausing.ConnectorPause.as_view()),
    path("api/connectors/<str:name>/resume/", pausing.ConnectorResume.as_view()),
    path("api/keys/", keys.KeyList.as_view()),
    path("api/keys/<str:id>/", keys.KeyDetail.as_view()),
    path("api/keys/<str:id>/rotate/", keys.KeyRotate.as_view()),
    path("api/keys/<str:id>/revoke/", keys.KeyRevoke.as_view()),
    path("api/tenant/", pausing.TenantDetail.as_view()),
    path("api/tenant/pause/", pausing.TenantPause.as_view()),
    path("api/tenant/resume/", pausing.TenantResume.as_view()),
    path("api/callbacks/<str:connector>/", ConnectorCallback.as_view()),
    path("api/schema/", Document.as_view(http_method_names=_READ), name="schema"),
    path("api/docs/swagger/", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=_READ)),
    path("api/docs/redoc/", SpectacularRedocView.as_view(url_name="schema", http_method_names=_READ)),
    path("problems/<str:code>/", ProblemPage.as_view()),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("", include("payouts_service.console.urls")),  # Last: the API's addresses are looked up before.
]

handler400 = "payouts_service.http.problems.bad_request"
handler404 = "payouts_service.console.errors.not_found"
handler500 = "payouts_service.console.errors.server_error"
