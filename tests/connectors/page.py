"""The connector of docs/how-to/write-a-connector.md, as whoever follows the page has it."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

from payouts_service import connectors
from tests.prose.markdown import ROOT, blocks

NAME = "example_bank"
PAGE = ROOT / "docs" / "how-to" / "write-a-connector.md"


def files() -> dict[str, str]:
    """The page's Python by its place in the checkout, which the first line of each block names."""
    code = [block.text for block in blocks(PAGE.read_text()) if block.language == "python"]
    return {text.partition("\n")[0].removeprefix("# "): text for text in code}


def learn() -> None:
    """From now on the connector can be imported, under the name that it has where the files stand in their places."""
    with tempfile.TemporaryDirectory() as checkout:
        for name, text in files().items():
            path = Path(checkout, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        connectors.__path__.append(str(Path(checkout, "src", "payouts_service", "connectors")))
        try:
            importlib.import_module(f"payouts_service.connectors.{NAME}.connector")
        finally:
            connectors.__path__.pop()
