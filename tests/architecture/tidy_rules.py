"""The tidy rules of CONTRIBUTING.md as functions: source text in, one sentence for each finding out."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator

Rule = Callable[[str, str], Iterator[str]]

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50
NAMES_THAT_SAY_NOTHING = {"common", "helpers", "managers", "misc", "util", "utils"}
WAYS_TO_ENQUEUE = {"apply_async", "apply_async_on_commit", "delay", "delay_on_commit", "send_task"}
WAYS_TO_SKIP = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail", "pytest.skip", "pytest.xfail"}
FEWEST_WORDS_OF_A_REASON = 2
DELAYS_HELD_BY_THE_BROKER = {"countdown", "eta"}

_SUPPRESSION = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?|pragma:\s*no cover)"
)
_WORD = re.compile(r"[A-Za-z]{2,}")
_MACHINE_PATH = re.compile(r"(?<![\w./~}-])/(?:root|work|home|Users)/\w+")
_REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|deb\.debian\.org|security\.debian\.org|registry\.npmjs\.org|docker\.io|proxy\.golang\.org"
)


def short_files(path: str, source: str) -> Iterator[str]:
    lines = source.count("\n")
    if lines >= MOST_LINES_OF_A_FILE:
        yield f"{path} has {lines} lines; split it below {MOST_LINES_OF_A_FILE} by subject"


def short_functions(path: str, source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines >= MOST_LINES_OF_A_FUNCTION:
                yield f"{path}:{node.lineno} {node.name} has {lines} lines; name its steps"


def telling_names(path: str, source: str) -> Iterator[str]:
    del source
    for part in path.removesuffix(".py").split("/"):
        if part in NAMES_THAT_SAY_NOTHING:
            yield f"{path}: name {part} by its subject"


def one_way_to_enqueue(path: str, source: str) -> Iterator[str]:
    """Hints are published by payouts_service.hints alone: any other way can hang for ever on a frozen broker."""
    if not path.startswith("src/payouts_service/") or path.startswith("src/payouts_service/hints/"):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAYS_TO_ENQUEUE:
            yield f"{path}:{node.lineno} calls {node.func.attr}; publish a hint instead"


def no_delays_in_the_broker(path: str, source: str) -> Iterator[str]:
    """Times live in rows: a message with an ETA is held unacknowledged and is redelivered while it waits."""
    if not path.startswith("src/payouts_service/"):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in DELAYS_HELD_BY_THE_BROKER:
            yield f"{path}:{node.value.lineno} passes {node.arg}; write the time into the row instead"


def skips_have_reasons(path: str, source: str) -> Iterator[str]:
    tree = ast.parse(source)
    explained = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _gives_reason(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in WAYS_TO_SKIP and id(node) not in explained:
            yield f"{path}:{node.lineno} {ast.unparse(node)} needs a reason"


def _gives_reason(call: ast.Call) -> bool:
    said_first = isinstance(call.func, ast.Attribute) and call.func.attr == "skip" and bool(call.args)
    return said_first or any(keyword.arg == "reason" for keyword in call.keywords)


def suppressions_have_reasons(path: str, source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and _SUPPRESSION.search(token.string):
            reason = _WORD.findall(_SUPPRESSION.sub("", token.string))
            if len(reason) < FEWEST_WORDS_OF_A_REASON:
                yield f"{path}:{token.start[0]} suppresses a check without saying why on the same line"


def no_machine_of_ours(path: str, source: str) -> Iterator[str]:
    """Neither the paths of one machine nor the hosts of a package registry belong in the repository."""
    for number, line in enumerate(source.splitlines(), start=1):
        for match in (*_MACHINE_PATH.finditer(line), *_REGISTRY_HOST.finditer(line)):
            yield f"{path}:{number} names {match[0]}"


RULES_OF_PYTHON: tuple[Rule, ...] = (
    short_files,
    short_functions,
    telling_names,
    one_way_to_enqueue,
    no_delays_in_the_broker,
    skips_have_reasons,
    suppressions_have_reasons,
)
