"""openapi.yaml is what the code generates, valid and without a warning."""

from __future__ import annotations

from click.testing import CliRunner

from payouts_service.cli import main
from tests.openapi.conftest import DOCUMENT


def test_the_committed_document_is_the_generated_one() -> None:
    printed = CliRunner().invoke(main, ["openapi"], catch_exceptions=False)

    assert printed.exit_code == 0, printed.stderr
    # Compared as truth values: pytest would take minutes to explain two texts of this size.
    same = printed.stdout == DOCUMENT.read_text()
    assert same, "Regenerate openapi.yaml: `payouts openapi > openapi.yaml`."
