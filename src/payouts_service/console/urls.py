"""Every address of the console."""

from __future__ import annotations

from django.urls import path

from payouts_service.console import accounts, connectors, events, integrity, keys, overview, people, signing_in

urlpatterns = [
    path("", overview.overview),
    path("sign-in/", signing_in.sign_in),
    path("sign-out/", signing_in.sign_out),
    path("preferences/", signing_in.choose_preferences),
    path("tenant/", signing_in.choose_tenant),
    path("password/", signing_in.own_password),
    path("accounts/", accounts.accounts),
    path("accounts/top-up/", accounts.top_up),
    path("accounts/<str:id>/", accounts.account),
    path("accounts/<str:id>/export/", accounts.export),
    path("connectors/", connectors.connectors),
    path("connectors/<str:name>/pause/", connectors.pause_connector),
    path("connectors/<str:name>/resume/", connectors.resume_connector),
    path("tenant/pause/", connectors.pause_tenant),
    path("tenant/resume/", connectors.resume_tenant),
    path("simulator/", integrity.simulator),
    path("keys/", keys.keys),
    path("keys/new/", keys.create),
    path("keys/<str:id>/", keys.key),
    path("keys/<str:id>/rotate/", keys.rotate),
    path("keys/<str:id>/revoke/", keys.revoke),
    path("people/", people.people),
    path("people/new/", people.create),
    path("people/<str:id>/", people.member),
    path("people/<str:id>/role/", people.change_role),
    path("people/<str:id>/deactivate/", people.deactivate),
    path("people/<str:id>/reactivate/", people.reactivate),
    path("people/<str:id>/password/", people.reset_password),
    path("events/", events.events),
    path("integrity/", integrity.integrity),
]
