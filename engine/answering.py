"""A question becomes an answer: search, read, write, check. The one way to all answers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from engine import abstention
from engine.errors import PromptTooLong
from engine.language import differ
from engine.ports import Bearing, Bears, Checker, Evidence, Model, Retriever, Tell, Tiered
from engine.prompts import (
    FOR_SMALL,
    Instructions,
    Turn,
    as_it_stands,
    document_messages,
    plain_messages,
    turns,
)
from engine.routing import confidence
from engine.sources import as_sources
from engine.values import (
    Answer,
    AnswerState,
    FinishReason,
    Generated,
    GenerationEvent,
    Message,
    ModelLoading,
    PromptProgress,
    Sampling,
    Seconds,
    Sentence,
    Source,
    TextDelta,
    Tier,
    Tokens,
)

# A long conversation loses its oldest turns by the block: what remains then begins the same for the
# next turns, and is not read anew for each.
TURNS_DROPPED = 8
# A number, or a word with a capital.
_BROUGHT = re.compile(
    r"\d+(?:[.,:]\d+)*|\b[^\W\d_a-z]\w+"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)\b"
)
_STATES: dict[FinishReason, AnswerState] = {
    "cancelled": "stopped",
    "timeout": "stopped",
    "length": "length",
    "stop": "complete",
}
_YES_OR_NO = re.compile(r"(?:yes|no|ja|nein|sí|oui|non|sì)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Searching:
    """The documents are being searched."""


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The passages that the model will read; shown while it reads."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The end. `answer.text` is what counts: it may differ from the deltas that were shown."""

    answer: Answer


AnswerEvent = Searching | SourcesFound | ModelLoading | PromptProgress | TextDelta | Answered


def answer(
    question: str,
    history: Sequence[Message],
    *,
    model: Model,
    retrieve: Retriever | None,
    check: Checker,
    sampling: Sampling,
    cancelled: Callable[[], bool],
    bears: Bears | None = None,
    tell: Tell = as_it_stands,
    instructions: Instructions = FOR_SMALL,
) -> Iterator[AnswerEvent]:
    """The events of one answer, Answered last; without `retrieve` a conversation without documents.

    Nothing found means no model is asked. An answer of which no sentence rests on a passage is not
    given: its text is the abstention, its state “unsupported”. That of a provider's model, which was paid for
    and knows more than a small one, is given as it is, with its sentences marked.

    Raises:
        ModelError, PromptTooLong: from the model; whatever `retrieve` raises.
    """
    running = _Running(question, model, confidence.heard(sampling), cancelled)
    earlier = _told(history)
    if retrieve is None:
        yield from running.write(
            [plain_messages(question, rest, instructions) for rest in _shortened(earlier)]
        )
        yield Answered(running.plain(earlier))
        return
    yield Searching()
    evidence = running.search(retrieve, [asked.text for asked, _ in turns(history)])
    yield SourcesFound(as_sources(evidence))
    if evidence:
        running.gate = abstention.Gate()
        running.sampling = abstention.watched(running.sampling, question)
        yield from running.write(_document_prompts(question, evidence, earlier, tell, instructions))
        yield from running.quote_instead(evidence, bears)
    yield Answered(running.checked(evidence, check, bears))


def whole_prompt(
    question: str,
    history: Sequence[Message],
    evidence: Sequence[Evidence],
    *,
    tell: Tell = as_it_stands,
    instructions: Instructions = FOR_SMALL,
) -> list[Message]:
    """The first prompt that `answer` tries: with this evidence, or without documents where there is none."""
    if not evidence:
        return plain_messages(question, _told(history), instructions)
    return document_messages(question, evidence, _told(history), tell, instructions)


def opening(history: Sequence[Message], *, grounded: bool) -> list[Message]:
    """What the prompt for the chat's next question will begin with, whatever is asked.

    The longest that `answer` tries first; with documents their passages come after it.
    """
    earlier = _told(history)
    with_question = document_messages("", (), earlier) if grounded else plain_messages("", earlier)
    return with_question[:-1]


def _told(history: Sequence[Message]) -> list[Turn]:
    """The turns that are told again: a question that was not answered tells nothing."""
    return [turn for turn in turns(history) if turn[1].text != abstention.TEXT]


def _shortened(earlier: list[Turn]) -> Iterator[list[Turn]]:
    for dropped in range(0, len(earlier) + TURNS_DROPPED, TURNS_DROPPED):
        yield earlier[dropped:]


def _document_prompts(
    question: str,
    evidence: Sequence[Evidence],
    earlier: list[Turn],
    tell: Tell,
    instructions: Instructions,
) -> list[list[Message]]:
    """The prompt, and shorter ones: without the conversation, then without the last passages."""
    prompts = [document_messages(question, evidence, earlier, tell, instructions)] if earlier else []
    return prompts + [
        document_messages(question, evidence[:count], [], tell, instructions)
        for count in range(len(evidence), 0, -1)
    ]


def _check(text: str, question: str, evidence: Sequence[Evidence], check: Checker) -> tuple[Sentence, ...]:
    """The answer's sentences, each with what it rests on. `text` may be blanked, see `_own_words`."""
    return tuple(
        Sentence(item.text, item.start, item.end, item.state, item.sources, item.quotes)
        for item in check(text, [item.text for item in evidence], _titles(evidence), question)
    )


def _titles(evidence: Sequence[Evidence]) -> list[str]:
    return [f"{item.document} {item.heading}" for item in evidence]


def _rests(
    text: str, question: str, evidence: Sequence[Evidence], check: Checker, checks: Sequence[Sentence]
) -> bool:
    """Whether something of the answer rests on a passage, as it is or but for what the question brought.

    Two kinds of answer cannot be held against the passages, and are given with the sentences marked as
    not found: a mere “Yes.”, and one in another language than all passages.
    """
    if any(sentence.state != "not_found" for sentence in checks):
        return True
    sentences = _check(_own_words(text, question), question, evidence, check)
    if not sentences:
        return bool(_YES_OR_NO.match(text))
    if any(sentence.state != "not_found" for sentence in sentences):
        return True
    return all(differ(text, item.text) for item in evidence)


def _own_words(text: str, question: str) -> str:
    """The answer without the numbers and names that the question brought (“Does Acme repair for 250 euros?”).

    They need not stand in a passage for the answer to be worth giving; whether they do, the marks on its
    sentences say. Blanked in place.
    """
    brought = set(_BROUGHT.findall(question))
    return _BROUGHT.sub(lambda found: " " * len(found[0]) if found[0] in brought else found[0], text)


def _quote(question: str, bearing: Bearing, evidence: Sequence[Evidence]) -> str:
    """What answers instead of a model that declined; empty where nothing does."""
    if bearing.cell or not (abstention.asks_yes_or_no(question) and abstention.settles(bearing)):
        return bearing.cell
    passage, start, end = bearing.closest
    return evidence[passage].text[start:end]


@dataclass(slots=True)
class _Running:
    """An answer on its way: what has been written and how long it took."""

    question: str
    model: Model
    sampling: Sampling
    cancelled: Callable[[], bool]
    gate: abstention.Gate | None = None
    began: float = field(default_factory=time.perf_counter)
    retrieve_s: float = 0.0
    first_token_s: float = 0.0
    shown: str = ""
    generated: Generated | None = None
    shortened: int = 0  # prompts that were too long
    quoted: bool = False  # what was shown stands in a passage, instead of a reply that declined

    def search(self, retrieve: Retriever, earlier: Sequence[str]) -> Sequence[Evidence]:
        evidence = retrieve(self.question, earlier)
        self.retrieve_s = self._elapsed()
        return evidence

    def write(self, prompts: Sequence[Sequence[Message]]) -> Iterator[AnswerEvent]:
        """Generate from the first prompt that fits; deltas pass the gate where there is one."""
        for event in self._generate(prompts):
            if isinstance(event, Generated):
                self.generated = event
            elif isinstance(event, TextDelta):
                self.first_token_s = self.first_token_s or self._elapsed()
                yield from self._show(self.gate.push(event.text) if self.gate else event.text)
            else:
                yield event
        if self.gate:
            yield from self._show(self.gate.finish())

    def quote_instead(self, evidence: Sequence[Evidence], bears: Bears | None) -> Iterator[TextDelta]:
        """What a passage says on a question that the model declined: the sentence, or the cell of a table.

        On a question for yes or no the model takes the mark for a “no”: it declined “Is email enough?” where
        “Email is not enough.” stands, and went on doing so when it was asked for the sentence that comes
        closest. So that is quoted, if it says the most part; of a table what was asked for by row and column.
        """
        if self.gate is None or not self.gate.abstained or self.cancelled():
            return
        bearing = self._bearing(evidence, bears)
        quote = _quote(self.question, bearing, evidence) if bearing else ""
        if quote:
            self.quoted, self.gate = True, None
            yield from self._show(quote)

    def _generate(self, prompts: Sequence[Sequence[Message]]) -> Iterator[GenerationEvent]:
        for number, messages in enumerate(prompts):
            try:
                yield from self.model.generate(messages, self.sampling, cancelled=self._enough)
                return
            except PromptTooLong:
                self.shortened = number + 1
                if self.shortened == len(prompts):
                    raise

    def _enough(self) -> bool:
        return self.cancelled() or (self.gate is not None and self.gate.abstained)

    def _show(self, text: str) -> Iterator[TextDelta]:
        if not self.shown:
            text = text.lstrip()
        if text:
            self.shown += text
            yield TextDelta(text)

    def plain(self, earlier: Sequence[Turn]) -> Answer:
        """`earlier`: the turns before, of which a prompt that was too long lost the oldest."""
        left_out = 2 * min(len(earlier), self.shortened * TURNS_DROPPED)
        state = self._state()
        sure = None if state == "stopped" else confidence.of_plain(self.question, self.generated)
        return self._answer(self.shown.rstrip(), state, grounded=False, left_out=left_out, sure=sure)

    def checked(self, evidence: Sequence[Evidence], check: Checker, bears: Bears | None) -> Answer:
        """The answer with each sentence held against the passages; an abstention where nothing holds."""
        text, state = self.shown.rstrip(), self._state()
        if state != "stopped" and (not evidence or not text or abstention.abstains(text)):
            return self._abstained(evidence, "complete")
        checks = _check(text, self.question, evidence, check)
        bearing = self._bearing(evidence, bears)
        if (
            state != "stopped"
            and self._tier() != "frontier"
            and (
                self._is_mere_guess(checks, bearing)
                or not _rests(text, self.question, evidence, check, checks)
            )
        ):
            if bearing is None or not bearing.cell:
                return self._abstained(evidence, "unsupported")
            text, self.quoted = bearing.cell, True
            checks = _check(text, self.question, evidence, check)
        sure = None
        if state != "stopped" and not self.quoted:  # what is quoted, the model did not say
            sure = confidence.from_documents(self.question, self.generated, checks)
        return self._answer(
            text, state, grounded=True, sentences=checks, sources=as_sources(evidence, checks), sure=sure
        )

    def _bearing(self, evidence: Sequence[Evidence], bears: Bears | None) -> Bearing | None:
        if bears is None:
            return None
        passages = [item.text for item in evidence]
        return bears(self.question, self.shown.rstrip(), passages, _titles(evidence))

    def _is_mere_guess(self, sentences: Sequence[Sentence], bearing: Bearing | None) -> bool:
        """Whether the model was unsure, or answers another question; see `abstention.doubted`."""
        if self.generated is None or not sentences or self.quoted:
            return False
        exact = any(
            sentence.state == "found" and re.search(r"\d", _own_words(sentence.text, self.question))
            for sentence in sentences
        )
        return abstention.doubted(self.generated.confidence, bearing, exact=exact)

    def _abstained(self, evidence: Sequence[Evidence], state: AnswerState) -> Answer:
        sure = confidence.of_declining(self.generated, said=state == "complete")
        sources = as_sources(evidence)
        return self._answer(abstention.TEXT, state, grounded=True, abstained=True, sources=sources, sure=sure)

    def _state(self) -> AnswerState:
        if self.gate is not None and self.gate.abstained:
            return "complete"  # we stopped the model ourselves
        reason = self.generated.reason if self.generated else "stop"
        return _STATES[reason]

    def _answer(
        self,
        text: str,
        state: AnswerState,
        *,
        grounded: bool,
        abstained: bool = False,
        sentences: tuple[Sentence, ...] = (),
        sources: tuple[Source, ...] = (),
        left_out: int = 0,
        sure: float | None = None,
    ) -> Answer:
        done = self.generated
        return Answer(
            text=text,
            abstained=abstained,
            grounded=grounded,
            sentences=sentences,
            sources=sources,
            model=self.model.id,
            tier=self._tier() if done else "rules",
            tokens=Tokens(done.prompt_tokens, done.cached_tokens, done.completion_tokens)
            if done
            else Tokens(),
            seconds=Seconds(self.retrieve_s, self.first_token_s, self._elapsed()),
            state=state,
            left_out=left_out,
            confidence=sure,
        )

    def _tier(self) -> Tier:
        return self.model.tier if isinstance(self.model, Tiered) else "local"

    def _elapsed(self) -> float:
        return time.perf_counter() - self.began
