"""How Settings, Cloud, says things."""

from __future__ import annotations

from desktop.explain import explain
from desktop.theme.foreign import plain
from desktop.theme.tokens import Colour
from desktop.window.ports import KeyTested, ProviderRow
from engine.masking.values import MaskKind
from engine.routing.values import Mode, ThresholdEffect
from engine.usage.money import shown
from engine.usage.values import Currency, Limits, Money

FEW = 20
"""With fewer past answers than this the slider says nothing about them."""

SLOW_S = 3.0
"""From so many seconds on a person has noticed that a test took its time."""

MODES: dict[Mode, tuple[str, str]] = {
    "never": (
        "Never",
        "Every answer comes from this computer. Nothing is offered, and nothing is sent.",
    ),
    "ask": (
        "Ask every time",
        "When an answer looks unsure, Carrel offers to ask. You see what would be sent and what it costs; "
        "it goes when you say so.",
    ),
    "automatic": (
        "By itself, within the budget",
        "When an answer looks unsure, Carrel asks without showing it to you first, as long as the budget "
        "below allows it and the price is known.",
    ),
}

TASKS: dict[Mode, tuple[str, str]] = {
    "never": ("Never", "Cells that need review wait for you."),
    "ask": ("Ask every time", "You choose which cells in doubt are asked about, and see what it would cost."),
    "automatic": (
        "By itself",
        "Cells in doubt are asked about while a task runs. It pauses where its budget ends.",
    ),
}

KINDS: dict[MaskKind, str] = {
    "PERSON": "Names of people",
    "EMAIL": "E-mail addresses",
    "PHONE": "Phone numbers",
    "ADDRESS": "Postal addresses",
    "IBAN": "Bank accounts (IBAN)",
    "CARD": "Card numbers",
    "ID": "Identity and tax numbers",
}


def name(row: ProviderRow) -> str:
    return plain(row.provider.name, 60) or row.provider.id


def host(row: ProviderRow) -> str:
    return plain(row.provider.authority, 80) or "no address yet"


def keyring_name(keyring: str | None) -> str:
    """The keyring as people call it: Linux' has a name only for programs."""
    return keyring if keyring and not keyring.startswith("Secret Service") else "the system's keyring"


def kept(row: ProviderRow, keyring: str | None) -> str:
    """Where the key is, and for whom; “” where one is missing."""
    if row.key == "keyring":
        return f"Kept in {keyring_name(keyring)}, for {host(row)} and no other address."
    if row.key == "session":
        return f"Held until Carrel closes, for {host(row)} and no other address."
    return "" if row.provider.needs_key else "This server asks for no key."


def key_state(row: ProviderRow) -> tuple[str, str, Colour]:
    """What to say about the key in two words, an icon, and the colour of both."""
    if row.key == "keyring":
        return "Key kept", "check", "accent"
    if row.key == "session":
        return "Key for this session", "clock", "accent"
    if not row.provider.needs_key:
        return "Needs no key", "check", "muted"
    return "No key yet", "minus", "muted"


def tested(found: KeyTested) -> str:
    """“Works: 43 models to choose from.”; how long it took only where somebody waited for it."""
    count = len(found.models)
    models = f": {count:,} model{'' if count == 1 else 's'} to choose from" if count else ""
    took = f" It took {found.seconds:.0f} s to answer." if found.seconds >= SLOW_S else ""
    return f"Works{models}.{took}"


def failure(error: BaseException) -> str:
    """What went wrong, and what can be done about it."""
    explained = explain(error)
    what = explained.what.strip()
    stop = "" if what.endswith((".", "!", "?", "…")) else "."
    return plain(f"{what[:1].upper()}{what[1:]}{stop} {explained.advice}", 400)


def budget(limits: Limits, currency: Currency) -> str:
    parts = [
        f"{shown(limit, currency)} {words}"
        for limit, words in (
            (limits.day, "a day"),
            (limits.month, "a month"),
            (limits.run, "for one task run"),
        )
        if limit is not None
    ]
    return f"At most {', '.join(parts)}." if parts else "There is no limit."


def effect(step: ThresholdEffect, currency: Currency) -> str:
    """What this threshold would have meant for the person's own past answers."""
    if step.total < FEW:
        so_far = "none so far" if not step.total else f"{step.total} so far"
        return f"There are too few answers of yours to say what that means ({so_far})."
    would = f"{step.asked:,} of your last {step.total:,} answers would have gone"
    if not step.asked:
        would = f"None of your last {step.total:,} answers would have gone"
    elif step.amount is None:
        would += "; what that costs is not known, for the model has no known price"
    else:
        would += f", {_about(step.amount, currency)}"
    return f"{would}.{_caught(step)}"


def _about(money: Money, currency: Currency) -> str:
    if not money:
        return "for nothing"
    said = shown(money, currency)
    return f"for {said.replace('<', 'less than')}" if said.startswith("<") else f"for about {said}"


def _caught(step: ThresholdEffect) -> str:
    if not step.wrong_total:
        return ""
    return f" Of {step.wrong_total:,} that you called wrong, {step.wrong_asked:,} are among them."
