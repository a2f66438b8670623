"""Every program that belongs to the labs, each through the command line as a learner's would be; and whether the bench was right.

Starters fail with a cause. Solutions pass for their guarantee. Wrong programs fail with exactly the class in their first line.
Unusual programs pass, with exactly the remark in their first line or none.
"""

import json
import shlex
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from helpers import paths
from helpers.bench import lab as labs
from helpers.bench import node
from helpers.bench.programs import Program, listing
from helpers.bench.report import EXIT_CODES, Report

TIMEOUT = 240
"""Seconds: far more than the deadlines of all scenarios of a program that is stopped at the first one that fails."""

KINDS = ("starter", "solution", "wrong", "unusual")


@dataclass
class Result:
    """One program and what the bench said. `amiss`: what it should have said instead; "" where it was right."""

    program: Program
    report: Report | None
    amiss: str
    seconds: float


def name_of(program: Program) -> str:
    """Such as "07-wrong-auto_ack"; unique."""
    role = f"-{program.role}" if program.kind in ("starter", "solution") and program.path.stem != program.role else ""
    node_js = ".js" if program.path.suffix == ".js" else ""
    name = f"{program.lab[:2]}-{program.kind}{role}-{program.path.stem}{node_js}"
    return f"{name}-{program.guarantee}" if program.kind in ("starter", "solution") and program.guarantee else name


def command(program: Program) -> list[str]:
    """The command line of its check; in a lab of several programs the others are the worked solutions."""
    lab = labs.load(program.lab)
    if len(lab.roles) > 1:
        others = {role: program.beside or lab.solution_folder / lab.file(role) for role in lab.roles}
        given = others | {program.role: program.path}
        files = [f"--{role}={path}" for role, path in given.items()]
        if lab.kind == "configure" and program.kind != "solution":
            files += ["--scenario", program.role]
    elif program.path.suffix == ".py":
        files = [str(program.path)]
    else:
        files = ["--run", shlex.join(map(str, program.command))]
    guarantee = ["--guarantee", program.guarantee] if program.guarantee else []
    return [sys.executable, "-m", "helpers", "check", program.lab, *files, *guarantee, "--json"]


def check(program: Program) -> Report:
    """Raises RuntimeError where the command itself failed, node.NoNode where Node.js is missing."""
    if program.path.suffix == ".js":
        node.modules()
    done = subprocess.run(command(program), cwd=paths.ROOT, capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode not in EXIT_CODES.values():
        raise RuntimeError(f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    try:
        report = Report.from_dict(json.loads(done.stdout))
    except ValueError:
        raise RuntimeError(f"no report, exit status {done.returncode}\n{done.stdout}\n{done.stderr}") from None
    if report.exit_code != done.returncode:
        raise RuntimeError(f"exit status {done.returncode} for the verdict {report.verdict}")
    return report


def amiss(program: Program, report: Report) -> str:
    """Where the bench was wrong about it; "" where it was right."""
    causes = [f.name for f in report.findings if f.severity == "cause"]
    remarks = [f.name for f in report.findings if f.severity == "remark"]
    if report.verdict != program.expect:
        return f"{report.verdict}, not {program.expect}"
    if program.expect == "pass":
        wanted = [program.name] if program.name else []
        if causes or remarks != wanted:
            return f"causes {causes}, remarks {remarks}, not {wanted}"
        if (ran := [s.name for s in report.scenarios]) != (asked := _scenarios(program)):
            return f"went through {ran}, not {asked}"
    elif program.kind == "starter":
        if len(causes) != 1:
            return f"causes {causes}, not one"
    elif causes not in ([program.name], [program.also]):
        return f"causes {causes}, not {program.name}"
    return ""


def told(report: Report) -> str:
    """What to look at when a verdict is not the expected one."""
    lines = [f"{report.verdict} in {report.scenario}: {report.reason}", f"again: {report.again}", f"kept:  {report.run_dir}"]
    for finding in report.findings:
        lines.append(f"{finding.severity} {finding.name}: {finding.sentence}")
        lines += [f"    {moment.at} {moment.text}" for moment in finding.proof]
    lines += [f"    | {line}" for p in report.programs for line in p.output_tail.splitlines()[-8:]]
    return "\n".join(lines)


def run(names: Sequence[str], jobs: int, repeat: int, say: Callable[[str], None]) -> Iterator[Result]:
    """Check every program of these labs (all, if none is named), `jobs` side by side; results as they come."""
    programs = [p for name in (names or labs.all_names()) for p in listing(name)] * repeat
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(_one, program) for program in programs]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                result = future.result()
                say(f"{done} of {len(programs)}: {name_of(result.program)} {'as expected' if not result.amiss else result.amiss}")
                yield result
        finally:
            for future in futures:
                future.cancel()


def table(results: Sequence[Result]) -> str:
    """One row a lab: how many programs of each kind the bench was right about; below, those it was wrong about."""
    rows: dict[str, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        rows[result.program.lab][result.program.kind].append(result)
    width = max([len("lab"), *map(len, rows)])
    head = f"{'lab':{width}}" + "".join(f"{kind:>12}" for kind in KINDS) + f"{'longest':>10}"
    lines = [head, "-" * len(head)]
    for lab in sorted(rows):
        cells = [f"{sum(not r.amiss for r in rows[lab][kind])}/{len(rows[lab][kind])}" for kind in KINDS]
        longest = max(r.seconds for kind in KINDS for r in rows[lab][kind])
        lines.append(f"{lab:{width}}" + "".join(f"{cell:>12}" for cell in cells) + f"{longest:>8.1f} s")
    wrong = [r for r in results if r.amiss]
    lines += ["", f"{len(results)} checks, {len(wrong)} wrong verdicts"]
    for r in wrong:
        lines += ["", f"{name_of(r.program)}: {r.amiss}", *("  " + line for line in (told(r.report) if r.report else "").splitlines())]
    return "\n".join(lines)


def _one(program: Program) -> Result:
    started = time.monotonic()
    try:
        report = check(program)
        wrong = amiss(program, report)
    except (RuntimeError, node.NoNode, subprocess.TimeoutExpired) as error:
        report, wrong = None, str(error)
    return Result(program, report, wrong, time.monotonic() - started)


def _scenarios(program: Program) -> list[str]:
    """The scenarios that the program had to go through: those of the guarantee asked."""
    lab = labs.load(program.lab)
    guarantee = program.guarantee or lab.guarantees[0]
    one_file = lab.kind == "configure" and program.kind != "solution"  # a file of one broker: see `command`
    return [s.name for s in lab.scenarios if guarantee in s.guarantees and (not one_file or s.name == program.role)]
