"""Writes docs/mistakes.md from the catalogue."""

from typing import Any

from helpers.bench.lab_notebook import BROKERS

INTRO = """# Mistakes, by name

What the bench can say about a program, and what each name means. A *cause* breaks a guarantee; a *remark* does not, and
never fails a check. The bench reads the connection, never your source: a name is a class of behaviour, and people get
there by different roads (listed as *also*).
"""


def page(catalogue: dict[str, Any]) -> str:
    """`catalogue`: helpers.bench.catalogue.CATALOGUE, class name -> Mistake."""
    parts = [INTRO, "| mistake | | brokers |\n|---|---|---|"]
    parts[-1] += "".join(
        f"\n| [{_capital(m.title)}](#{m.name}) | {m.severity} | {_brokers(m)} |" for m in catalogue.values()
    )
    parts += [_entry(m) for m in catalogue.values()]
    return "\n".join(parts).rstrip("\n") + "\n"


def _entry(m: Any) -> str:
    lines = [f'\n<a id="{m.name}"></a>\n\n## {_capital(m.title)}\n', f"`{m.name}` · {m.severity} · {_brokers(m)}\n", m.tell("an order")]
    if m.why:
        lines += ["", m.why]
    lines += ["", f"**Instead:** {m.fix}", ""]
    if m.exposes:
        lines.append(f"- *Shown by:* {_listed(m.exposes)}")
    if m.aliases:
        lines.append(f"- *Also:* {_listed(m.aliases)}")
    if m.labs:
        lines.append("- *Labs:* " + ", ".join(f"[{lab}](../labs/{lab}/lab.ipynb)" for lab in _many(m.labs)))
    return "\n".join(lines)


def _brokers(m: Any) -> str:
    return ", ".join(BROKERS.get(name, name) for name in _many(m.brokers))


def _many(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _listed(value: Any) -> str:
    return ", ".join(_many(value))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
