from __future__ import annotations

import subprocess

from tests.prose.markdown import ROOT, links, slugs


def documents() -> list[str]:
    """Every Markdown file that git tracks or would track."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listing.split("\0") if name and (ROOT / name).is_file()})


def is_dead(document: str, target: str) -> bool:
    """Whether a relative link leads to no file, or to no heading of it."""
    path, _, anchor = target.partition("#")
    file = (ROOT / document).parent / path if path else ROOT / document
    return not file.exists() or (bool(anchor) and anchor not in slugs(file.read_text()))


def test_every_relative_link_resolves() -> None:
    assert "README.md" in documents()
    dead = [
        f"{document}: {target}"
        for document in documents()
        for target in links((ROOT / document).read_text())
        if is_dead(document, target)
    ]
    assert dead == []


def test_the_index_names_every_page() -> None:
    named = {
        (ROOT / "docs" / target.partition("#")[0]).resolve() for target in links((ROOT / "docs/README.md").read_text())
    }
    pages = {ROOT / name for name in documents() if name.startswith("docs/") and not name.startswith("docs/decisions/")}

    assert pages - named == {ROOT / "docs/README.md"}


def test_a_dead_link_is_found() -> None:
    assert [is_dead("README.md", target) for target in ("no-such-file.md", "GLOSSARY.md#no-such-heading")] == [True] * 2
