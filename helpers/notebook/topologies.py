"""`topology()`: what stands in a broker now, or stood there at the end of a lab's last run, as a drawing and as text."""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from helpers import brokers, paths
from helpers.bench import topology as kept
from helpers.bench.lab import load
from helpers.bench.report import Report
from helpers.bench.topology import Topology
from helpers.notebook.results import NoResult
from helpers.notebook.theme import style
from helpers.notebook.topology_svg import Drawing, lines

TITLES = {"rabbitmq": "RabbitMQ", "kafka": "Kafka", "redis": "Redis"}
KEY = {
    "rabbitmq": "round: exchange · square: queue, with the messages ready in it · dashed line: dead letters, or unroutable",
    "kafka": "left: topics, each partition with its first and next offset · right: groups, with how far they are behind",
    "redis": "left: streams, lists, channels, with their entries · right: groups, with what is pending in them",
}


class Shown:
    """A topology as a cell shows it. `data` is the plain form."""

    def __init__(self, data: Topology, when: str):
        self.data, self.when = data, when

    def facts(self) -> str:
        """One line a node: what it is, how it is set, and where it leads."""
        return "\n".join(lines(self.data))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        title = f"{TITLES.get(self.data['broker'], self.data['broker'])}: {self.data.get('place', '')}"
        return {
            "text/plain": f"{title} ({self.when})\n{self.facts() or 'nothing stands here'}",
            "text/html": f'{style()}<div class="mqw mqw-card mqw-broker" role="group" aria-label="{escape(title)}">'
                         f"<h4>{escape(title)} <small>{escape(self.when)}</small></h4>{drawn(self.data)}</div>",
        }


def topology(what: str, *, vhost: str = "/", prefix: str = "", url: str = "") -> Shown:
    """Exchanges, bindings, queues; topics, partitions, groups; streams, groups, pending entries: with their depths.

        topology("rabbitmq", vhost=place.prefix)    # now
        topology("kafka", prefix=place.prefix)      # topics whose names begin so, and the groups that read them
        topology("redis", prefix=place.prefix)      # `url=` for a Redis of one's own
        topology("07")                              # at the end of the lab's last run

    Raises BrokerError where the broker does not answer, UnknownLab, NoResult.
    """
    if what not in brokers.NAMES:
        return of_last_run(what)
    return Shown(_now(what, vhost, prefix, url), "now")


def of_last_run(name: str) -> Shown:
    """Raises UnknownLab; NoResult where no run of the lab has kept one."""
    lab = load(name)
    if lab.kind == "configure":
        raise NoResult(f"lab {lab.name} starts brokers from your files and stops them again: there is nothing of it to draw")
    for path in sorted((paths.RUNS / lab.name).glob("*/report.json"), reverse=True):
        try:
            report = Report.load(path)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        report.run_dir = str(path.parent)
        if (found := of(report)) is not None:
            scenario = f": {report.scenario_title}" if report.scenario_title else ""
            return Shown(found, f"at the end of the run{scenario}")
    raise NoResult(f"no run of lab {lab.name} has kept how its broker stood: check it first")


def of(report: Report) -> Topology | None:
    """How the broker stood at the end of the scenario that the report shows; None where it was not kept."""
    if not report.run_dir:
        return None
    folder = Path(report.run_dir)
    inside = sorted(folder.glob(f"*-{report.scenario}")) if report.scenario else []
    return next((found for each in (*inside, folder) if (found := kept.load(each)) is not None), None)


def fold(report: Report) -> str:
    """The same for the card, folded away; "" where there is none. What is empty and leads nowhere needs no drawing."""
    found = of(report)
    if found is None or not found["nodes"]:
        return ""
    if found["edges"] or any(node["depth"] for node in found["nodes"]):
        inside = drawn(found)
    else:
        inside = f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines(found))}</ul>"
    return f"<details><summary>The broker at the end of the run</summary>{inside}</details>"


def drawn(data: Topology) -> str:
    key = KEY.get(data["broker"], "")
    drawing = Drawing(data).svg(colours=False)
    return (f'<div style="overflow-x:auto" tabindex="0" role="group" aria-label="drawing">{drawing}</div>'
            f'<p class="soft"><small>{escape(key)}</small></p>')


def _now(what: str, vhost: str, prefix: str, url: str) -> Topology:
    server = brokers.server(what)
    if not server.running() and not url:
        raise brokers.NotRunning(f"{server.title} is not running. Start it, in a terminal: python -m helpers up {what}")

    def wanted(name: str) -> bool:
        return name.startswith(prefix) if prefix else not name.startswith("_")

    try:
        return _READERS[what](server, vhost, wanted, url)
    except brokers.BrokerError:
        raise
    except Exception as fault:  # three client libraries, each with its own families of errors
        raise brokers.BrokerError(f"{server.title} did not answer: {type(fault).__name__} {fault}") from fault


def _rabbitmq(server: Any, vhost: str, wanted: Callable[[str], bool], url: str) -> Topology:
    from helpers.bench.topology import rabbitmq

    return rabbitmq.read(server, vhost)


def _kafka(server: Any, vhost: str, wanted: Callable[[str], bool], url: str) -> Topology:
    from helpers.bench.topology import kafka

    host, _, port = (url or server.url()).rpartition(":")
    return kafka.read(host, int(port), wanted)


def _redis(server: Any, vhost: str, wanted: Callable[[str], bool], url: str) -> Topology:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from helpers.bench.topology import redis as reader

    with redis.Redis.from_url(url or server.url(), protocol=2, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
        return reader.read(client, wanted)


_READERS = {"rabbitmq": _rabbitmq, "kafka": _kafka, "redis": _redis}
