"""The report of an examination as plain text: each wish with a tick or a cross, and under those that fail, why."""

import textwrap

from helpers.bench.report import Report, WishRecord

SIGNS = {True: "✓ yes", False: "✗ no ", None: "- ?  "}
"""Shape and word. `-`: it could not be examined."""


def render(report: Report, width: int, mark: str) -> str:
    """The whole report. `mark`: the verdict, painted or not."""
    broker = f"{report.broker.get('title', report.broker.get('name', ''))} {report.broker.get('version', '')}".strip()
    lines = [f"{mark}  {report.lab} · {broker} · seed {report.seed}", ""]
    lines += wrap(report.reason, width)
    lines += [line for program in report.programs for line in _program(program, width)]
    of, told = None, set()
    for wish in report.wishes:
        if wish.of != of or of is None:
            lines += ["", *([f"{wish.of}:"] if wish.of else [])]
            of = wish.of
        lines += _wish(wish, width, told)
    for remark in (f for f in report.findings if f.severity == "remark"):
        lines += ["", f"Remark: {remark.title}  [{remark.name}]", *wrap(remark.sentence, width, "  ")]
        lines += wrap(f"Fix:  {remark.fix}", width, "  ", " " * 8)
    lines += [""] * bool(report.notes) + [line for note in report.notes for line in wrap(f"Note: {note}", width, "", " " * 6)]
    lines += [""] + [f"Again: {report.again}"] * bool(report.again) + [f"Kept:  {report.run_dir}"] * bool(report.run_dir)
    return "\n".join(lines).rstrip() + "\n"


def _wish(wish: WishRecord, width: int, told: set[str]) -> list[str]:
    """`told`: the classes whose fix has been given already."""
    lines = wrap(f"{SIGNS[wish.ok]}  {wish.title}", width, "", " " * 7)
    if wish.found is not None:
        found = wish.found
        lines += wrap(f"{found.sentence}  [{found.name}]", width, " " * 7)
        for moment in found.proof:
            lines += wrap(moment.text, width, " " * 7 + "| ", " " * 7 + "|   ")
        if found.fix not in told:
            told.add(found.fix)
            lines += wrap(f"Fix:  {found.fix}", width, " " * 7, " " * 13)
            lines.append(f"       Read: {found.page}")
    return lines


def _program(program, width: int) -> list[str]:
    if not program.error:
        return []
    where = f"{program.error_file}, line {program.error_line}" if program.error_line else program.file
    tail = [line for line in program.output_tail.splitlines() if line.strip()][-8:]
    return ["", *wrap(f"Your {program.role}: {where}", width), *("  | " + line[: width - 4] for line in tail)]


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=first if rest is None else rest,
                         break_long_words=False, break_on_hyphens=False) or [""]
