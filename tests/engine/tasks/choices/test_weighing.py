from __future__ import annotations

import math

import pytest

from engine.errors import PromptTooLong
from engine.tasks.choices.severity import worst
from engine.tasks.choices.weighing import Asking, View, Weighed, combined, together, weighed
from engine.tasks.pieces import PIECE_CHARACTERS, Piece
from engine.tasks.recipe import Choice, Label
from engine.values import Message
from tests.fakes.tasks import ScriptedTaskModel, never

INSULT = Choice("insult", (Label("none"), Label("mild"), Label("severe")))


def said(none: float, mild: float, severe: float, length: int = 100, covered: float = 1.0) -> Weighed:
    shares = {"none": none, "mild": mild, "severe": severe}
    return Weighed(Piece(0, length, "x" * length), shares, covered)


def test_every_piece_of_a_long_text_is_weighed() -> None:
    model = ScriptedTaskModel(weights=lambda messages, labels: "a" if "needle" in messages[-1].text else "b")
    asking = Asking(model, never)
    text = "hay " * PIECE_CHARACTERS + "needle"
    pieces = weighed(text, lambda piece: asking.weigh([Message("user", piece)], ["a", "b"]))
    assert pieces is not None
    assert "".join(piece.piece.text for piece in pieces) == text
    assert [piece.shares["a"] > 0.5 for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert asking.asked == len(pieces) > 3
    assert asking.tokens.prompt > 0


def test_what_does_not_fit_is_asked_more_simply() -> None:
    asking = Asking(ScriptedTaskModel(context_tokens=10), never)
    long, short = [Message("user", "word " * 20)], [Message("user", "word")]
    assert asking.weigh(long, ["a", "b"], short) is not None
    with pytest.raises(PromptTooLong):
        asking.weigh(long, ["a", "b"])
    assert asking.asked == 1


def test_cancelled_is_none_and_counts_nothing() -> None:
    asking = Asking(ScriptedTaskModel(), lambda: True)
    assert weighed("text", lambda piece: asking.weigh([Message("user", piece)], ["a", "b"])) is None
    assert (asking.asked, asking.used) == (0, "")


def test_pieces_count_by_their_length_and_by_how_much_they_meant_a_label() -> None:
    shares, covered = together([said(1, 0, 0, length=300), said(0, 0, 1, length=100)])
    assert (shares["none"], shares["severe"], covered) == pytest.approx((0.75, 0.25, 1.0))
    shares, covered = together([said(1, 0, 0, covered=0.01), said(0, 0, 1)])
    assert shares["severe"] > 0.98
    assert covered == pytest.approx(0.505)


def test_a_text_is_as_severe_as_its_worst_piece() -> None:
    shares, covered = worst(INSULT, [said(0.9, 0.1, 0), said(0.2, 0.5, 0.3, covered=0.6), said(0.9, 0, 0.1)])
    assert (shares["none"], shares["mild"], shares["severe"]) == pytest.approx((0.2, 0.5, 0.3))
    assert covered == 0.6
    assert sum(shares.values()) == pytest.approx(1)


def test_views_and_votes_are_multiplied() -> None:
    shares = {"a": 0.6, "b": 0.4}
    assert combined([View(shares, 1, 1)]) == pytest.approx(shares)
    votes = {"a": math.log(0.1), "b": math.log(0.9)}
    mixed = combined([View(shares, 1, 1), View(shares, 1, 1)], votes)
    assert mixed["b"] == pytest.approx(0.144 / (0.144 + 0.036))
    assert combined([View(shares, 1, 0)], votes, 2)["b"] == pytest.approx(0.81 / 0.82)
    assert combined([View({"a": 1.0, "b": 0.0}, 1, 1)], votes)["b"] < 0.001
