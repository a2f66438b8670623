"""What a lab's notebook says where nothing is charged: the wishes, what the bench does, what the program or file gets."""

from itertools import groupby

from helpers.bench.lab import Lab

ADDRESSES = {
    "rabbitmq": {
        "AMQP_URL": "where RabbitMQ listens, with user and a virtual host of the run's own",
        "RABBITMQ_API": "its management API, with user; `VHOST` is the virtual host's name",
    },
    "kafka": {"KAFKA_BOOTSTRAP": "where Kafka listens, `host:port`"},
    "redis": {"REDIS_URL": "where a Redis of the run's own listens"},
}
DOES = {
    "rabbitmq": "The bench makes a virtual host for the run, with what others have set up before you. It starts your "
                "program, and when that has ended publishes a probe with each routing key, mandatory and confirmed. It "
                "starts your program a **second time**, publishes once more, and looks at what stands there: queues, "
                "bindings, and in which queue each probe has landed. At last it rejects a message, as a consumer would.",
    "kafka": "The bench starts your program with the morning's events, and when it has ended a **second time** with the "
             "afternoon's. Then it reads back: each topic's partitions and configuration as the broker tells them, and in "
             "which partition each event stands, and in which order.",
    "redis": "The bench starts a Redis for the run, with orders that wait in the stream already. It starts your program, "
             "waits until that listens, and announces orders on several channels. It reads with each group, as a consumer "
             "would, stops your program, starts it a **second time** and announces more. Then it looks at groups and stream.",
    "all": "The bench starts a broker of its own from each of your files, at the address that is asked where that is free, and "
           "stops it afterwards. It logs in, sends, reads back, kills Redis and starts it again. Data folder and log are the "
           "bench's; whatever a file says, the broker listens on this machine only.",
}
NAMES = {"rabbitmq": "RabbitMQ", "kafka": "Kafka", "redis": "Redis", "all": "RabbitMQ, Kafka and Redis"}


def facts(lab: Lab) -> str:
    return f"*{NAMES[lab.broker]}. Usual time: {lab.usual}.*"


def asked(lab: Lab) -> str:
    """The wish list."""
    parts = ["## What is asked"]
    for of, wishes in groupby(lab.wishes, lambda wish: wish.of):
        head = f"**{lab.files.get(of, of)}**\n\n" if of else ""
        parts.append(head + "\n".join(f"- {_marked(wish.title)}" for wish in wishes))
    return "\n\n".join(parts)


def does(lab: Lab) -> str:
    answer = "Each wish is then answered by yes or no, with the broker's own words."
    return f"## What the bench does to it\n\n{DOES[lab.broker]}\n\n{answer}"


def contract(lab: Lab) -> str:
    if lab.kind == "configure":
        files = "\n".join(f"| `{lab.file(role)}` | `%%program {lab.name} {role}` |" for role in lab.roles)
        return (
            "## Your files\n\nEach of the cells below holds a whole file. Running the cell writes it to `work/labs/"
            f"{lab.name}/`; the last cell has all of them examined.\n\n| file | its cell begins with |\n|---|---|\n{files}"
        )
    given = {**ADDRESSES[lab.broker], **lab.given}
    table = "\n".join(f"| `{name}` | {text} |" for name, text in given.items())
    return (
        "## What your program gets\n\nThe cell below is a whole program: it runs in a process of its own and sees none of this "
        "notebook's variables. The bench tells it where things are, and what they are to be called; names are new in every "
        f"run:\n\n| variable | |\n|---|---|\n{table}\n\n" + ENDS[lab.broker]
    )


ENDS = {
    "rabbitmq": "Your program sets up and ends. Nobody consumes or publishes while it runs.",
    "kafka": "Your program sets up, sends, and ends.",
    "redis": "Your program sets up and then listens until the bench stops it (SIGTERM).",
}


def stuck(lab: Lab) -> str:
    return (
        "## Stuck?\n\n| | |\n|---|---|\n"
        "| `hint()` | one of three, from a question to nearly the answer; call it again for the next |\n"
        "| `solution(confirm=True)` | the worked solution with its reasons |\n"
        "| `reset()` | the starter back, in a new cell; yours is kept under a dated name |\n"
        + ("| `%check … --scenario redis` | one file alone |" if lab.kind == "configure"
           else "| `--seed N` | the same run again, with the same names and probes |")
    )


def _marked(title: str) -> str:
    return title.replace("<", "\\<").replace("*", "\\*")
