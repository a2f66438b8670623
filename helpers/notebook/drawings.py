"""The pictures of lessons 3 and 4, drawn from what a run has left; see `plots` for their look."""

from collections.abc import Mapping, Sequence

from helpers.notebook import plots


def partitions(names: Sequence[str], panels: Mapping[str, Sequence[Sequence[int]]]) -> None:
    """Which partition each order went to. `panels`: title -> [name][order] -> partition."""
    words = "; ".join(f"{title}: {sum(len(set(row)) > 1 for row in rows)} of {len(rows)} customers in several partitions"
                      for title, rows in panels.items())
    with plots.figure(words, height=2.8, ncols=len(panels), sharey=True) as (fig, axes):
        for ax, (title, rows) in zip(axes, panels.items(), strict=True):
            for p in sorted({p for row in rows for p in row}):
                points = [(n, c) for c, row in enumerate(rows) for n, q in enumerate(row) if p == q]
                ax.scatter(*zip(*points, strict=True), color=plots.COLOURS[p], marker=plots.MARKERS[p], s=26, label=f"partition {p}")
            ax.set_title(title)
            ax.set_xlabel("order")
        axes[0].set_yticks(range(len(names)), names)
        fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)


def compared(runs: Mapping[str, Sequence[float]], units: Sequence[str]) -> None:
    """Bars side by side: run -> one number for each unit."""
    words = "; ".join(f"{how}: " + ", ".join(f"{n:,.0f} {unit}" for n, unit in zip(run, units, strict=True)) for how, run in runs.items())
    with plots.figure(words, height=2.4, ncols=len(units), sharey=True) as (_, axes):
        for n, (ax, unit) in enumerate(zip(axes, units, strict=True)):
            ax.barh(list(runs), [run[n] for run in runs.values()], color=plots.COLOURS[n])
            plots.label_bars(ax)
            ax.set_xlabel(unit)
        axes[0].invert_yaxis()


def shares(panels: Mapping[str, Sequence[tuple[float, str]]], names: Sequence[str]) -> None:
    """Who did what when. `panels`: title -> [(seconds, name)]."""
    words = "; ".join(f"{title}: " + ", ".join(f"{name} {sum(who == name for _, who in rows)}" for name in names)
                      + f", done after {rows[-1][0]:.1f} s" for title, rows in panels.items())
    with plots.figure(words, height=2.2, ncols=len(panels), sharey=True, sharex=True) as (_, axes):
        for ax, (title, rows) in zip(axes, panels.items(), strict=True):
            for n, name in enumerate(names):
                times = [at for at, who in rows if who == name]
                ax.scatter(times, [n] * len(times), color=plots.COLOURS[n], marker=plots.MARKERS[n], s=14)
            ax.set_title(title)
            ax.set_xlabel("seconds")
            ax.set_yticks(range(len(names)), names)
            ax.set_ylim(-0.6, len(names) - 0.4)


def _spans(lines: Mapping[str, Sequence[str]], ends: Mapping[str, float]) -> list[tuple[int, str, float, float]]:
    """(partition, member, from, to), in seconds, out of lines such as `12.5 owns 0 1`, `13.0 lost 0 1`, `14.0 left`."""
    spans = []
    for name, rows in lines.items():
        held: dict[int, float] = {}
        for at, what, *numbers in (row.split() for row in rows):
            gone = held if what == "left" else [int(n) for n in numbers] if what == "lost" else []
            spans += [(p, name, held.pop(p), float(at)) for p in list(gone) if p in held]
            if what == "owns":
                held |= {int(n): float(at) for n in numbers}
        spans += [(p, name, since, ends[name]) for p, since in held.items()]
    return spans


def owners(lines: Mapping[str, Sequence[str]], killed: tuple[str, float], ended: float) -> None:
    """Who owned each partition of a group: `lines` as members print them, `killed`: name and time, `ended`: time of the end."""
    victim, at = killed
    spans = _spans(lines, {name: at if name == victim else ended for name in lines})
    zero = min(since for _, _, since, _ in spans)
    ghosts = [p for p, name, _, to in spans if name == victim and to == at]
    again = min(since for p, _, since, _ in spans if p in ghosts and since > at)
    words = f"Who owned each partition. After {victim} was killed, partitions {sorted(ghosts)} had no owner for {again - at:.1f} s"
    with plots.figure(words, height=2.6) as (_, ax):
        for n, name in enumerate(lines):
            for p, _, since, to in (s for s in spans if s[1] == name):
                ax.barh(p, to - since, left=since - zero, height=0.7, color=plots.COLOURS[n])
                if to - since > 0.2:
                    ax.text((since + to) / 2 - zero, p, name, ha="center", va="center", color="white", fontsize=8)
        for p in ghosts:
            ax.barh(p, again - at, left=at - zero, height=0.7, color="none", edgecolor=plots.COLOURS[4], hatch="//")
            ax.text((at + again) / 2 - zero, p, "nobody", ha="center", va="center", color=plots.COLOURS[4], fontsize=9)
        ax.axvline(at - zero, color=plots.COLOURS[4], linestyle="--", marker="")
        ax.text(at - zero, max(p for p, *_ in spans) + 0.6, f" {victim} killed", color=plots.COLOURS[4], fontsize=9)
        ax.set_xlabel("seconds")
        ax.set_ylabel("partition")


def lag(points: Sequence[tuple[float, int]], joined: float) -> None:
    """Orders not committed over time, and when a second worker joined."""
    highest = max(size for _, size in points)
    with plots.figure(f"Lag over time: it grows to {highest}, and is {points[-1][1]} at the end", height=2.4) as (_, ax):
        ax.plot(*zip(*points, strict=True), marker="")
        ax.axvline(joined, color=plots.COLOURS[2], linestyle="--", marker="")
        ax.text(joined + 0.05, highest, "second worker joins", color=plots.COLOURS[2], fontsize=9)
        ax.set_xlabel("seconds")
        ax.set_ylabel("orders not committed")


def heard(by: Mapping[str, Sequence[int]], of: int) -> None:
    """Who heard which of the messages 1 to `of`; a cross is one missed."""
    with plots.figure("; ".join(f"{name} heard {len(numbers)} of {of}" for name, numbers in by.items()), height=1.7) as (_, ax):
        for row, numbers in enumerate(by.values()):
            ax.scatter(numbers, [row] * len(numbers), color=plots.COLOURS[row], marker=plots.MARKERS[row], s=28)
            missed = [n for n in range(1, of + 1) if n not in numbers]
            ax.scatter(missed, [row] * len(missed), color=plots.COLOURS[4], marker="x", s=22)
        ax.set_yticks(range(len(by)), list(by))
        ax.set_ylim(-0.6, len(by) - 0.4)
        ax.set_xlabel("message (a cross: missed)")
