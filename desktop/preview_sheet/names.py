"""How providers' models, prices and times are called on the screen. Qt-free."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import PureWindowsPath

from desktop.theme.foreign import plain
from engine.frontier.values import Provider
from engine.masking.values import MaskKind
from engine.usage.money import shown
from engine.usage.values import Currency, Estimate, Money

_FAMILIES = {
    "claude": "Claude",
    "gpt": "GPT",
    "gemini": "Gemini",
    "gemma": "Gemma",
    "mistral": "Mistral",
    "deepseek": "DeepSeek",
    "llama": "Llama",
    "qwen": "Qwen",
}
_DATE = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_VERSION = re.compile(r"\d+(?:\.\d+)*")

KINDS: dict[MaskKind, str] = {
    "PERSON": "Name",
    "EMAIL": "E-mail",
    "PHONE": "Phone",
    "ADDRESS": "Address",
    "IBAN": "IBAN",
    "CARD": "Card",
    "ID": "ID number",
}


def family(model: str) -> str:
    """“Claude” for “claude-sonnet-4-5”; empty where it is none that people call by name."""
    word = re.split(r"[-:_.]", _bare(model).lower())[0]
    return next((name for start, name in _FAMILIES.items() if word.startswith(start)), "")


def model_name(model: str) -> str:
    """“Claude Sonnet 4.5” for “claude-sonnet-4-5-20250929”; one of no known family as it is written, and a
    file, by which servers of one's own name what they loaded, without its folder and ending."""
    known = family(model)
    if not known:
        return plain(_bare(model) if _is_file(model) else model, 60)
    words: list[str] = []
    for word in _DATE.sub("", _bare(model)).split("-"):
        if _VERSION.fullmatch(word) and words and _VERSION.fullmatch(words[-1]):
            words[-1] += f".{word}"
        elif word.lower() == known.lower():
            words.append(known)
        else:
            words.append(word[:1].upper() + word[1:])
    return plain(" ".join(words), 60)


def whom(provider: Provider | None, model: str) -> str:
    """Who is asked, in a word: “Claude”, else the provider's name."""
    return family(model) or plain(provider.name if provider is not None else model, 40)


def called(provider: str, model: str) -> str:
    """Who answers, as a title names them: “Claude Sonnet 4.5”, else the provider's name."""
    return model_name(model) if family(model) else plain(provider, 40)


def _bare(model: str) -> str:
    """Without the maker's name before it (“anthropic/claude-sonnet-4-5”), or a file's folder and ending."""
    if _is_file(model):
        return PureWindowsPath(model).stem  # which parts folders by either stroke
    return model.rpartition("/")[2]


def _is_file(model: str) -> bool:
    return model.lower().endswith(".gguf")


def about(estimate: Estimate | None, currency: Currency) -> str:
    """“about €0.02”; “free” on servers of one's own; “price not known”."""
    if estimate is None or estimate.amount is None:
        return "price not known"
    return "free" if estimate.amount == 0 else f"about {shown(estimate.amount, currency)}"


def price(amount: Money | None, currency: Currency, *, exact: bool = True) -> str:
    if amount == 0:
        return "free"
    words = shown(amount, currency)
    return words if exact or amount is None else f"about {words}"


def tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count:,} tokens"


def clock(when: float, now: float) -> str:
    """“14:02” today, “22 Nov, 14:02” before."""
    then = time.localtime(when)
    hour = time.strftime("%H:%M", then)
    if time.localtime(now)[:3] == then[:3]:
        return hour
    return f"{then.tm_mday} {time.strftime('%b', then)}, {hour}"


def joined(parts: Iterable[str]) -> str:
    return "  ·  ".join(part for part in parts if part)


def sentence(clause: str) -> str:
    """“The key is wrong.” for “the key is wrong”: what errors of providers say, to stand alone."""
    said = clause.strip()
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"
