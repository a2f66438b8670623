"""What a notebook needs: `%load_ext helpers.notebook`, then `%%check`, `hint()`, `solution()`, `reset()`, `last()`."""

from typing import Any

from helpers.notebook.results import NoResult, Result, last

__all__ = ["NoResult", "Result", "brokers", "chooser", "compare", "course", "drill", "hint", "lab", "last", "lesson", "mock",
           "picture", "predict", "reset", "score", "solution", "tally", "topology"]


def __getattr__(name: str) -> Any:
    """The functions, without their imports until they are called for."""
    if name in ("hint", "solution", "reset"):
        from helpers.notebook import help as module
    elif name in ("predict", "score", "tally"):
        from helpers.notebook import predictions as module
    elif name == "lesson":
        from helpers.notebook.place import lesson

        return lesson
    elif name == "chooser":
        from helpers.notebook.choosing import chooser

        return chooser
    elif name == "compare":
        from helpers.notebook.timeline.compare import compare

        return compare
    elif name == "picture":
        from helpers.notebook.timeline.shown import picture

        return picture
    elif name == "brokers":
        from helpers.notebook.panel import brokers

        return brokers
    elif name == "mock":
        from helpers.notebook.mock_card import mock

        return mock
    elif name == "drill":
        from helpers.notebook.drill_card import drill

        return drill
    elif name == "course":
        from helpers.notebook import course_map as module
    elif name == "lab":
        from helpers.notebook import lab_card as module
    elif name == "topology":
        from helpers.notebook import topologies as module
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(module, name)


def register(shell: Any = None) -> None:
    """Put the magics and the functions into a kernel. Doing it twice changes nothing."""
    from IPython.core.getipython import get_ipython

    from helpers.notebook import check, help, magics, reading

    shell = shell or get_ipython()

    def check_magic(line: str, cell: str | None = None):
        return check.check_cell(shell, line, cell)

    shell.register_magic_function(check_magic, "line_cell", "check")
    shell.register_magic_function(check.program_cell, "cell", "program")
    if magics.awaited not in shell.input_transformers_post:
        shell.input_transformers_post.append(magics.awaited)
    reading.watch(shell)
    shell.push({"hint": help.hint, "solution": help.solution, "reset": help.reset}, interactive=False)


def load_ipython_extension(shell: Any) -> None:
    register(shell)
