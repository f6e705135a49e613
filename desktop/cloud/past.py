"""What the person's own answers so far say about a threshold."""

from __future__ import annotations

from desktop.cloud.choices import CloudChoices
from engine.chats.store import ChatStore
from engine.routing.values import PastAnswer
from engine.usage.prices import Prices, amount


def past_answers(chats: ChatStore, prices: Prices, choices: CloudChoices) -> list[PastAnswer]:
    """Each answer with how sure it was, and what its tokens would have cost with the model chosen now."""
    price = prices.price(*choices.chosen())
    return [
        PastAnswer(past.confidence, amount(price, past.prompt_tokens, past.completion_tokens))
        for past in chats.confidences()
    ]
