"""The tokens of a prompt, out of the segments of a chat template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.process.llama import NO_TOKEN, LoadedModel
from engine.process.templates import Segment

Run = str | int


def prompt_tokens(model: LoadedModel, segments: Sequence[Segment]) -> list[int]:
    """The tokens of a prompt: control tokens where the template wrote them, none out of a message.

    For ordinary messages they equal those of the whole prompt tokenised at once: a message is tokenised
    together with the template's ordinary text around it, because a token may span both.
    """
    tokens: list[int] = []
    for run in _joined(_runs(model, segments)):
        tokens += [run] if isinstance(run, int) else model.tokenize(run, control=False)
    if model.wants_bos and model.bos != NO_TOKEN and tokens[:1] != [model.bos]:
        tokens.insert(0, model.bos)
    return tokens


def _runs(model: LoadedModel, segments: Sequence[Segment]) -> Iterator[Run]:
    """Texts, and in between the control tokens that the template wrote."""
    controls = _controls(model, segments)
    names = sorted(controls, key=len, reverse=True)
    pattern = re.compile("(" + "|".join(map(re.escape, names)) + ")") if names else None
    for segment in segments:
        if segment.from_template and pattern:
            yield from (controls.get(piece, piece) for piece in pattern.split(segment.text) if piece)
        else:
            yield segment.text


def _controls(model: LoadedModel, segments: Sequence[Segment]) -> dict[str, int]:
    """The control tokens in the template's own text, found by llama.cpp itself."""
    found = {
        token
        for segment in segments
        if segment.from_template
        for token in model.tokenize(segment.text, control=True)
        if model.is_control(token)
    }
    return {name: token for token in found if (name := model.text_of(token))}


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Neighbouring texts as one."""
    text = ""
    for run in runs:
        if isinstance(run, str):
            text += run
            continue
        if text:
            yield text
        text = ""
        yield run
    if text:
        yield text
