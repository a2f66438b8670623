"""A prediction is written down before the run, and the run scores it."""

import made
import pytest

from helpers.study import predictions


def test_right_and_wrong(tmp_path):
    book = tmp_path / "predictions.jsonl"
    predictions.commit(book, "prefetch", {"lost": 1, "charged": 7})
    lost, charged = predictions.score(book, "prefetch", made.report("lost"))
    assert (lost.said, lost.found, lost.right) == (1, 17, False) and charged.right
    assert len(book.read_text().splitlines()) == 2


def test_the_last_one_counts_and_none_is_no_guess(tmp_path):
    book = tmp_path / "predictions.jsonl"
    predictions.commit(book, "a", {"lost": 1})
    predictions.commit(book, "a", {"lost": None})
    (score,) = predictions.score(book, "a", made.report("lost"))
    assert score.said is None and not score.right
    assert predictions.score(book, "never made", made.report("lost")) == []


@pytest.mark.parametrize("said", [{"luck": 1}, {"lost": "many"}, {"lost": -1}, {"lost": True}])
def test_what_cannot_be_predicted_is_said(tmp_path, said):
    with pytest.raises(ValueError):
        predictions.commit(tmp_path / "b", "a", said)
