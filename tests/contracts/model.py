"""What every `engine.ports.Model` does. A subclass gives the fixture `model`.

The model must have more than eight tokens to say to `QUESTION`.
"""

from __future__ import annotations

import pytest

from engine.errors import PromptTooLong
from engine.ports import Model
from engine.values import (
    Generated,
    GenerationEvent,
    Message,
    ModelLoading,
    PromptProgress,
    Sampling,
    TextDelta,
)

QUESTION = [Message("user", "Tell a story about a harbour with many boats.")]
SHORT = Sampling(max_tokens=8)
ORDER = (ModelLoading, PromptProgress, TextDelta, Generated)


def text(events: list[GenerationEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def end(events: list[GenerationEvent]) -> Generated:
    last = events[-1]
    assert isinstance(last, Generated)
    return last


class ModelContract:
    def test_it_says_who_it_is_and_how_much_it_reads(self, model: Model) -> None:
        assert model.id and model.name
        assert model.context_tokens > 0

    def test_events_come_in_order_and_end_once(self, model: Model) -> None:
        events = list(model.generate(QUESTION, SHORT))
        ranks = [ORDER.index(type(event)) for event in events]
        assert ranks == sorted(ranks)
        assert ranks.count(ORDER.index(Generated)) == 1
        assert ranks.count(ORDER.index(PromptProgress)) >= 1

    def test_progress_ends_with_the_whole_prompt(self, model: Model) -> None:
        events = list(model.generate(QUESTION, SHORT))
        *_, last = (event for event in events if isinstance(event, PromptProgress))
        assert last.done == last.total == end(events).prompt_tokens

    def test_no_more_tokens_than_asked_for(self, model: Model) -> None:
        done = end(list(model.generate(QUESTION, SHORT)))
        assert (done.reason, done.completion_tokens) == ("length", 8)

    def test_the_same_question_gets_the_same_words(self, model: Model) -> None:
        first, second = (text(list(model.generate(QUESTION, SHORT))) for _ in range(2))
        assert first == second != ""

    def test_a_stop_string_ends_it_and_is_not_shown(self, model: Model) -> None:
        whole = text(list(model.generate(QUESTION, SHORT)))
        stop = whole.split()[2]
        events = list(model.generate(QUESTION, Sampling(max_tokens=8, stop=(stop,))))
        assert end(events).reason == "stop"
        assert text(events) == whole[: whole.index(stop)]

    def test_cancelled_between_tokens_it_ends_at_once(self, model: Model) -> None:
        events: list[GenerationEvent] = []
        stream = model.generate(QUESTION, SHORT, cancelled=lambda: len(text(events)) > 0)
        for event in stream:
            events.append(event)
        assert end(events).reason == "cancelled"
        assert sum(isinstance(event, TextDelta) for event in events) == 1

    def test_cancelled_from_the_start_it_says_nothing(self, model: Model) -> None:
        events = list(model.generate(QUESTION, SHORT, cancelled=lambda: True))
        assert end(events).reason == "cancelled"
        assert text(events) == ""

    def test_it_goes_on_after_a_cancelled_answer(self, model: Model) -> None:
        whole = text(list(model.generate(QUESTION, SHORT)))
        list(model.generate([Message("user", "Something else")], SHORT, cancelled=lambda: True))
        assert text(list(model.generate(QUESTION, SHORT))) == whole

    def test_a_prompt_beyond_the_context_is_refused_before_it_is_read(self, model: Model) -> None:
        long = [Message("user", "word " * (model.context_tokens + 10))]
        events: list[GenerationEvent] = []
        with pytest.raises(PromptTooLong) as caught:
            events.extend(model.generate(long, SHORT))
        assert caught.value.tokens > caught.value.context_tokens
        assert not any(isinstance(event, PromptProgress) for event in events)
