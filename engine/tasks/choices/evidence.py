"""The words of a text that a label rests on: found by what they have in common, without a model."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.tasks.choices.sentences import Span, sentences
from engine.tasks.choices.similar import Similar, labels_of, spoken
from engine.tasks.quotes import quote
from engine.tasks.recipe import Choice
from engine.tasks.values import Quote, TaskText

# Words begin alike in most of their forms (card, cards; Rechnung, Rechnungen). Shorter ones mean little.
STEM_CHARACTERS = 5
LEAST_CHARACTERS = 4
# One word in common with an example may be any (“have”, “with”); two, or one of the label itself, are few.
LEAST_WEIGHT = 2


def telling_sentence(text: TaskText, choice: Choice, label: str, near: Similar) -> tuple[Quote, ...]:
    """The sentence that has most in common with what the label says of itself, or with its examples.

    Words count only where they tell: those that the other labels or their examples have too do not. Of no
    such word there is no evidence: none is better than a wrong one. The label's own words count twice.
    """
    own = _stems(spoken(one) for one in near.candidates if one.name == label)
    others = _stems(spoken(one) for one in near.candidates if one.name != label)
    like = _stems(one.input for one in near.shown if label in labels_of(one.output[choice.name]))
    unlike = _stems(one.input for one in near.shown if label not in labels_of(one.output[choice.name]))
    telling = dict.fromkeys(like - unlike - others, 1) | dict.fromkeys(own - others, 2)
    best = max(
        ((_weight(text.text, span, telling), -span[0], span) for span in sentences(text)),
        default=(0, 0, (0, 0)),
    )
    return (quote(text, *best[2]),) if best[0] >= LEAST_WEIGHT else ()


def _weight(text: str, span: Span, telling: dict[str, int]) -> int:
    return sum(telling.get(stem, 0) for stem in _stems([text[slice(*span)]]))


def _stems(texts: Iterable[str]) -> set[str]:
    words = (word.casefold() for text in texts for word in re.findall(r"[^\W\d_]+", text))
    return {word[:STEM_CHARACTERS] for word in words if len(word) >= LEAST_CHARACTERS}
