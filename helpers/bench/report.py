"""The report of a check: what happened, in a form that the terminal, the card, tests and files share."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

SCHEMA = 1
Verdict = Literal["pass", "fail", "unknown", "error"]
EXIT_CODES = {"pass": 0, "fail": 1, "unknown": 2, "error": 3}
BENCH_FAILED = 4
"""Exit code where the bench or a broker failed; the verdict is then `unknown`."""


@dataclass
class Moment:
    """One line of a proof. `at`: seconds since the scenario began; None: it never happened."""

    at: float | None
    text: str
    order: str | None = None
    seq: int | None = None


@dataclass
class Finding:
    """A mistake or a remark, by its class (see helpers/bench/catalogue.py)."""

    name: str
    severity: Literal["cause", "remark"]
    title: str
    sentence: str
    fix: str
    page: str
    orders: list[str] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    proof: list[Moment] = field(default_factory=list)


@dataclass
class FaultRecord:
    """A fault of a scenario. `words`: the same for a reader; `order`: the order that it met, by its `n`, where it met one."""

    spec: str
    fired: bool
    at: float | None = None
    seq: int | None = None
    words: str = ""
    order: int | None = None


@dataclass
class Orders:
    """Ids, each list in the order of `n`. In labs without a consumer `charged` means: found in the broker at the end.
    never_accepted: orders that the shop still holds open (labs with a producer)."""

    accepted: list[str] = field(default_factory=list)
    charged: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dead_lettered: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    never_accepted: list[str] = field(default_factory=list)


@dataclass
class ProgramRecord:
    """What became of a role's process(es). `exit`: last exit status, negative for a signal, None while the bench had to end it."""

    role: str
    file: str
    starts: int = 0
    exit: int | None = None
    error: str | None = None
    error_file: str | None = None
    error_line: int | None = None
    output_tail: str = ""


@dataclass
class ScenarioRecord:
    """fates: the orders (by `n`) that are "dead_lettered", "duplicated", "left_over", "lost"; those that are not, not at all."""

    name: str
    title: str
    verdict: Verdict
    reason: str
    seconds: float
    accepted: int
    charged: int
    lost: int
    duplicated: int
    left_over: int
    dead_lettered: int = 0
    faults: list[FaultRecord] = field(default_factory=list)
    fates: dict[str, list[int]] = field(default_factory=dict)

    def account(self, effect: str) -> str:
        """`15 of 16 charged, 1 among the dead letters, 2 twice`; `effect` is the report's."""
        counts = f"{self.charged} of {self.accepted} {effect}"
        counts += f", {self.dead_lettered} among the dead letters" * bool(self.dead_lettered and self.charged < self.accepted)
        counts += f", {self.lost} lost" * bool(self.lost) + f", {self.duplicated} twice" * bool(self.duplicated)
        return counts + f", {self.left_over} left over" * bool(self.left_over)


@dataclass
class WishRecord:
    """One wish of a lab that examines what was set up. `ok`: None where it could not be examined; `found`: why it does not
    hold; `of`: the role whose file it is about, where there are several."""

    name: str
    title: str
    ok: bool | None
    found: Finding | None = None
    of: str = ""


@dataclass
class Report:
    """`orders`, `findings`, `faults`, `programs` and `numbers` (id -> n) are those of the scenario that is shown:
    the first that did not pass, else the last. effect: the word for what is counted as `charged`."""

    lab: str
    title: str
    seed: int
    guarantee: str
    broker: dict[str, str]
    verdict: Verdict
    reason: str
    evidence: Literal["complete", "incomplete"] = "complete"
    bench_failed: bool = False
    scenario: str = ""
    scenario_title: str = ""
    orders: Orders = field(default_factory=Orders)
    numbers: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    faults: list[FaultRecord] = field(default_factory=list)
    programs: list[ProgramRecord] = field(default_factory=list)
    scenarios: list[ScenarioRecord] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    seconds: float = 0.0
    calm: bool = False
    run_dir: str = ""
    again: str = ""
    effect: Literal["charged", "arrived", "invoiced"] = "charged"
    kind: Literal["orders", "topology", "configure"] = "orders"
    wishes: list[WishRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the bench did otherwise than the learner asked, such as another port because theirs was taken."""
    schema: int = SCHEMA

    @property
    def exit_code(self) -> int:
        return BENCH_FAILED if self.bench_failed else EXIT_CODES[self.verdict]

    @property
    def cause(self) -> Finding | None:
        return next((f for f in self.findings if f.severity == "cause"), None)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_dict(), indent=1) + "\n")

    @classmethod
    def from_dict(cls, d: dict[str, Any]) -> "Report":
        """Raises ValueError on another schema. What this version does not know is passed over: a kernel may be older than the
        bench that it starts, where the workbook was updated under an open notebook."""
        if d.get("schema") != SCHEMA:
            raise ValueError(f"report schema {d.get('schema')!r}, this workbook reads {SCHEMA}")
        return _known(cls, d | {
            "orders": _known(Orders, d["orders"]),
            "findings": [_finding(f) for f in d["findings"]],
            "wishes": [_known(WishRecord, w | {"found": w["found"] and _finding(w["found"])}) for w in d.get("wishes", ())],
            "faults": [_known(FaultRecord, f) for f in d["faults"]],
            "programs": [_known(ProgramRecord, p) for p in d["programs"]],
            "scenarios": [_known(ScenarioRecord, s | {"faults": [_known(FaultRecord, f) for f in s.get("faults", ())]})
                          for s in d["scenarios"]],
        })

    @classmethod
    def load(cls, path: Path) -> "Report":
        return cls.from_dict(json.loads(Path(path).read_text()))


def _finding(d: dict[str, Any]) -> Finding:
    return _known(Finding, d | {"proof": [_known(Moment, m) for m in d["proof"]]})


def _known(kind: type, d: dict[str, Any]) -> Any:
    """A `kind` of those of the values that it has a field for."""
    return kind(**{each.name: d[each.name] for each in fields(kind) if each.name in d})
