"""One file holds solution and starter; whatever cannot be read is named with its line."""

from pathlib import Path

import pytest

from helpers.bench.regions import BadRegion, parse

GOOD = """import shop


def work(order, channel, tag):
    # region task: acknowledge after the charge, so that a kill in between brings the order again
    shop.charge(order)

    channel.basic_ack(tag)
    # starter:
    #| channel.basic_ack(tag)
    #|
    #| shop.charge(order)
    # endregion
"""


def read(text, name="consumer.py"):
    return parse(text, Path(name))


def test_the_starter_holds_the_starters_lines_and_no_marks():
    assert read(GOOD).starter() == (
        "import shop\n\n\ndef work(order, channel, tag):\n"
        "    channel.basic_ack(tag)\n\n    shop.charge(order)\n"
    )


def test_the_solution_keeps_the_reason_as_a_comment():
    assert read(GOOD).solution() == (
        "import shop\n\n\ndef work(order, channel, tag):\n"
        "    # acknowledge after the charge, so that a kill in between brings the order again\n"
        "    shop.charge(order)\n\n    channel.basic_ack(tag)\n"
    )


def test_a_starter_may_lack_what_the_solution_adds():
    text = "x = 1\n# region task: because\ny = 2\n# starter:\n# endregion\n"
    assert read(text).starter() == "x = 1\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# region task: a\nx = 1\n# starter:\n#| x = 2\n", 1, "never closed"),
        ("x = 1\n# endregion\n", 2, "without a region"),
        ("# region task: a\nx = 1\n# endregion\n", 3, "no «# starter:»"),
        ("# region task: a\n# region task: b\n", 2, "inside the region that opens in line 1"),
        ("# region task:\n", 1, "title is not empty"),
        ("# region note: a\n", 1, "# region task: WHY"),
        ("x = 1\n# starter:\n", 2, "outside a region"),
        ("#| x = 1\n", 1, "outside the starter"),
        ("# region task: a\n#| x = 1\n", 2, "outside the starter"),
        ("# region task: a\nx = 1\n# starter:\nx = 2\n# endregion\n", 4, "each line begins with"),
        ("# region task: a\nx = 1\n# starter:\n# starter:\n", 4, "a second"),
        ("# region task: a\nx = 1\n# starter: x = 2\n", 3, "in the next line"),
        ("# region task: a\nx = 1\n# starter:\n#| y = 1\n# endregion now\n", 5, "nothing may follow"),
        ("if 1:\n    # region task: a\n    x = 1\n# starter:\n", 4, "indented otherwise"),
        ("# region task: a\n# starter:\n# endregion\n", 3, "is empty"),
        ("x = 1\n# region task: a\nx = 2\n# starter:\n#| x = = 3\n# endregion\n", 5, "the starter is not Python"),
        ("# region task: a\nx = (\n# starter:\n#| x = 3\n# endregion\n", 2, "the solution is not Python"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_and_line(text, line, said):
    with pytest.raises(BadRegion) as caught:
        read(text)
    assert str(caught.value).startswith(f"consumer.py:{line}: ")
    assert said in str(caught.value)


def test_javascript_has_the_same_regions_behind_its_own_mark():
    program = read("// region task: charge first\ncharge();\n// starter:\n//| ack();\n// endregion\n", "consumer.js")
    assert program.starter() == "ack();\n"
    assert program.solution() == "// charge first\ncharge();\n"
