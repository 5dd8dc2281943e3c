"""Every address of the console."""

from __future__ import annotations

from django.urls import path

from payouts_service.console import new_payout, overview, payout, payouts, signing_in

urlpatterns = [
    path("", overview.overview),
    path("overview/needs/", overview.what_needs_a_person),
    path("overview/figures/", overview.how_it_goes),
    path("sign-in/", signing_in.sign_in),
    path("sign-out/", signing_in.sign_out),
    path("preferences/", signing_in.choose_preferences),
    path("tenant/", signing_in.choose_tenant),
    path("password/", signing_in.own_password),
    path("payouts/", payouts.payouts),
    path("payouts/search/", payouts.find),
    path("payouts/export/", payouts.export),
    path("payouts/new/", new_payout.new_payout),
    path("payouts/<str:id>/", payout.payout),
    path("payouts/<str:id>/reveal/", payout.reveal),
    path("payouts/<str:id>/cancel/", payout.cancel),
    path("payouts/<str:id>/delete/", payout.delete),
    path("payouts/<str:id>/take/", payout.take),
    path("payouts/<str:id>/complete/", payout.complete),
    path("payouts/<str:id>/fail/", payout.fail),
    path("payouts/<str:id>/tell_return/", payout.tell_return),
]
