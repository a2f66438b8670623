"""A program in Node.js needs nothing of its own: the bench brings the clients' packages."""

import pytest

from helpers import paths
from helpers.bench import node

SOLUTION = paths.SOLUTIONS / "07_rabbitmq_consumer" / "consumer.js"


def test_the_packages_are_installed_once(tmp_path, monkeypatch):
    try:
        first = node.modules()
    except node.NoNode as reason:
        pytest.skip(str(reason))
    said = []
    assert node.modules(said.append) == first and said == []


def test_without_node_the_word_is_clear(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(node.NoNode, match="node is not installed"):
        node.modules()


@pytest.mark.parametrize(("words", "wanted"), [(["node", "a/b.js"], True), (["python", "a.py"], False), (["node", "x.mjs"], True)])
def test_what_runs_javascript(words, wanted):
    assert node.wanted(words) is wanted
