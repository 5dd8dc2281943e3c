"""The web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.peers.plain_drf.settings")
application = get_wsgi_application()

import bench.peers.plain_drf.celery  # noqa: E402, F401 - the app that `delay` publishes through.
