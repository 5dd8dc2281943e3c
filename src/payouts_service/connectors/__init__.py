"""One folder for each provider, one contract for all. Knows nothing of our statuses, tenants or ledger.

A new connector is a package ``connectors/<name>/`` with a module ``connector.py`` that offers ``build(settings)``;
``contract.py`` says what it must do, and ``tests/connectors/test_every_connector.py`` checks that it does.
"""
