"""The card of an examination: each wish with a tick or a cross and a word, and under those that fail what was found."""

from collections.abc import Callable
from html import escape
from itertools import groupby

from helpers.bench.report import Finding, Report, WishRecord

SIGNS = {True: ("pass", "✓", "yes"), False: ("fail", "✗", "no"), None: ("soft", "–", "not examined")}
"""Class, shape, word."""


def headline(r: Report) -> str:
    """The verdict in a few words."""
    if r.verdict == "pass":
        return f"All {len(r.wishes)} wishes hold"
    if r.verdict == "error":
        return "The program ended with an error"
    if r.verdict == "unknown":
        return "No verdict"
    failed = sum(w.ok is False for w in r.wishes)
    return f"{failed} of {len(r.wishes)} wishes {'does' if failed == 1 else 'do'} not hold"


def body(r: Report, page: Callable[[str], str]) -> str:
    """What stands below the headline. `page`: a page's address as seen from the notebook; empty where there is none."""
    told: set[str] = set()
    parts = []
    for of, wishes in groupby(r.wishes, lambda w: w.of):
        rows = "".join(_wish(w, page, told) for w in wishes)
        label = f' aria-label="wishes of {escape(of)}"' if of else ' aria-label="wishes"'
        parts.append((f"<h4>{escape(of)}</h4>" if of else "") + f'<ul class="wishes"{label}>{rows}</ul>')
    return "".join(parts) + "".join(f'<p class="note">{escape(note)}</p>' for note in r.notes)


def _wish(wish: WishRecord, page: Callable[[str], str], told: set[str]) -> str:
    tone, sign, word = SIGNS[wish.ok]
    found = _found(wish.found, page, told) if wish.found else ""
    told = f"<span>{escape(wish.title)}</span>{found}"
    return f'<li class="{tone}"><b aria-hidden="true">{sign}</b><i>{word}</i><div>{told}</div></li>'


def _found(finding: Finding, page: Callable[[str], str], told: set[str]) -> str:
    """`told`: fixes that stand further up already."""
    proof = "".join(f"{escape(m.text)}\n" for m in finding.proof)
    proof = f"<pre>{proof.rstrip()}</pre>" if proof else ""
    fix = ""
    if finding.fix not in told:
        told.add(finding.fix)
        link = page(finding.page)
        read = f' <a href="{escape(link)}">Read more</a>' if link else ""
        fix = f"<p><strong>Instead:</strong> {escape(finding.fix)}{read}</p>"
    return f"<p>{escape(finding.sentence)} <code>{escape(finding.name)}</code></p>{proof}{fix}"
