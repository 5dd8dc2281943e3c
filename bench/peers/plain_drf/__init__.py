"""A payouts service of Django REST Framework and Celery, by the book: a ModelViewSet, and a task for each payout.

It has no API keys, no idempotency, no events and no ledger; so it does less than ours for each payout.
"""
