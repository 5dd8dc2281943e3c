"""The web process: ``gunicorn payouts_service.wsgi:application``."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payouts_service.settings")

django.setup(set_prefix=False)

import payouts_service.celery  # noqa: E402 - the app that hints are published through; it needs Django set up.
import payouts_service.urls  # noqa: E402, F401 - all views, for which the first request would wait.
from payouts_service.http.handler import Handler  # noqa: E402 - Django's logging comes first.

application = Handler()
