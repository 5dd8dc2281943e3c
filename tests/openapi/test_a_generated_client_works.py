"""A client that openapi-python-client makes of the document creates, lists and reads payouts."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.client import IBAN_PAYOUT, Client
from tests.openapi.conftest import DOCUMENT

PACKAGE = "generated_payouts_client"


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the generated package, ready to be imported."""
    (tmp_path / "generator.yaml").write_text("post_hooks: []\n")  # It need not be pretty.
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--path", str(DOCUMENT)]
    options = ["--meta=none", "--fail-on-warning", "--output-path", PACKAGE, "--config=generator.yaml"]
    subprocess.run([*command, *options], cwd=tmp_path, check=True)
    monkeypatch.syspath_prepend(tmp_path)
    return PACKAGE


def test_it_creates_lists_and_reads_payouts(generated: str, server: str, acme: Client) -> None:
    client = import_module(generated).AuthenticatedClient(
        base_url=server, token=acme.key, httpx_args={"trust_env": False}
    )

    def call(operation: str, *arguments: Any, **options: Any) -> Any:
        return import_module(f"{generated}.api.payouts.{operation}").sync(*arguments, client=client, **options)

    models = import_module(f"{generated}.models")
    request = models.CreatePayout.from_dict(IBAN_PAYOUT)
    first = call("payouts_create", body=request, idempotency_key="first")
    second = call("payouts_create", body=request, idempotency_key="second")
    again = call("payouts_create", body=request, idempotency_key="first")

    assert (first.status, first.amount, first.recipient_details.kind) == (models.Status.CREATED, "150.00", "iban")
    assert again.id == first.id
    assert [payout.id for payout in call("payouts_list", limit=200).data] == [second.id, first.id]
    assert call("payouts_read", first.id) == first
    assert call("payouts_read", first.id.replace("po_0", "po_1")).code == "not-found"
