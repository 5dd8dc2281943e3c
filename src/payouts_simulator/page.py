"""The books as one page of HTML that loads nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 2rem; }
th, td { border-bottom: 1px solid #ddd; padding: .2rem 1rem .2rem 0; text-align: left; }
td.money { font-variant-numeric: tabular-nums; text-align: right; }
.double { background: #fdd; color: #900; font-weight: bold; }
code { white-space: pre-wrap; }
"""


def render(
    *,
    summary: Mapping[str, Any],
    doubles: Sequence[Mapping[str, Any]],
    latest: Sequence[Mapping[str, Any]],
    control: Mapping[str, Any],
) -> str:
    """The whole page. Whatever came from outside is escaped."""
    extra = summary["effects"] - summary["distinct_references"]
    verdict = f'<p class="double">Paid twice or more: {extra} payments too many.</p>' if extra else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The simulated provider</title>'
        f"<style>{_STYLE}</style>"
        f"<h1>The simulated provider</h1>{verdict}"
        f"<h2>Totals</h2>{_totals(summary)}"
        f"{'<h2>Paid more than once</h2>' + _effects(doubles) if doubles else ''}"
        f"<h2>Latest payments</h2>{_effects(latest) if latest else '<p>No money has left yet.</p>'}"
        f"<h2>How it behaves</h2><code>{escape(json.dumps(control, indent=2))}</code></html>"
    )


def _totals(summary: Mapping[str, Any]) -> str:
    rows = {
        "Payments made": summary["effects"],
        "References paid": summary["distinct_references"],
        "Money out": _money(summary["sums"]),
        "Payments returned": summary["returns"],
        "Money back": _money(summary["returned"]),
        "Submits received": summary["submits"],
        "Inquiries received": summary["inquiries"],
        "Callbacks": ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in summary["callbacks"].items()),
    }
    cells = (f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows.items())
    return f"<table>{''.join(cells)}</table>"


def _money(sums: Mapping[str, str]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in sums.items()) or "none"


def _effects(effects: Sequence[Mapping[str, Any]]) -> str:
    heads = "".join(f"<th>{head}</th>" for head in ("Booked (UTC)", "Reference", "Ours", "Amount", "", "Times paid"))
    return f"<table><tr>{heads}</tr>{''.join(map(_effect, effects))}</table>"


def _effect(effect: Mapping[str, Any]) -> str:
    booked_at = datetime.fromtimestamp(effect["booked_at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
    row = '<tr class="double">' if effect["times"] > 1 else "<tr>"
    return (
        f"{row}<td>{booked_at}</td><td>{escape(effect['reference'])}</td>"
        f'<td>{escape(effect["provider_reference"])}</td><td class="money">{escape(effect["amount"])}</td>'
        f"<td>{escape(effect['currency'])}</td><td>{effect['times']}</td></tr>"
    )
