"""Every address of the console."""

from __future__ import annotations

from django.urls import path

from payouts_service.console import overview, signing_in

urlpatterns = [
    path("", overview.overview),
    path("sign-in/", signing_in.sign_in),
    path("sign-out/", signing_in.sign_out),
    path("preferences/", signing_in.choose_preferences),
    path("tenant/", signing_in.choose_tenant),
    path("password/", signing_in.own_password),
]
