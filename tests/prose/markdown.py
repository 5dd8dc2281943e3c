"""What a Markdown file is made of, as far as our tests ask: headings, fenced blocks, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NOT_IN_A_SLUG = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks, in order."""
    return [Block(found["language"], found["text"]) for found in _FENCED.finditer(text)]


def headings(text: str) -> list[tuple[int, str]]:
    """Level and text of each heading, in order."""
    return [(len(marks), title) for marks, title in _HEADING.findall(_FENCED.sub("", text))]


def links(text: str) -> Iterator[str]:
    """The targets of all links that lead to no other site."""
    for target in _LINK.findall(_FENCED.sub("", text)):
        if not target.startswith(("https://", "http://", "mailto:")):
            yield target


def slugs(text: str) -> set[str]:
    """The anchors that Git hosts give to the headings."""
    return {_NOT_IN_A_SLUG.sub("", title.lower()).replace(" ", "-") for _, title in headings(text)}
