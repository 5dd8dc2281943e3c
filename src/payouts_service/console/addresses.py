"""Addresses that a form may send a browser to: the console's own."""

from __future__ import annotations

from typing import Final

from django.utils.http import url_has_allowed_host_and_scheme

HOME: Final = "/"


def inner_address(wanted: str) -> str:
    """The path where it leads to this host, else home: no link of others sends a signed-in person elsewhere."""
    within = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if within else HOME
