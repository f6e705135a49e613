"""How the Models place says things: sizes, speeds and fit in the words of someone who never met a token."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from desktop.documents.activity import time_left
from desktop.theme.foreign import LINE_LENGTH, plain
from engine.models.installed import CONTEXT_TOKENS, InstalledModel
from engine.models.values import CatalogueModel, Copying, Downloading, Speed

# English prose: about three words for four tokens, and some five hundred words on a page.
WORDS_PER_TOKEN = 0.75
TOKENS_PER_PAGE = 500 / WORDS_PER_TOKEN

# Of how much slower or faster it writes: less than the first is not felt, more than the second is no little.
NOTICEABLE = 0.03
LITTLE = 0.75

GAP = "  ·  "
FASTER = ", faster"

PILLS: dict[str, tuple[str, Literal["", "warning"]]] = {
    "fits": ("Fits", ""),
    "slow": ("May be slow", "warning"),
    "too_large": ("Won't fit", "warning"),
}


def model_name(model: InstalledModel | CatalogueModel, limit: int = LINE_LENGTH) -> str:
    """One that was made here carries the same name in its file as what it was made from: that is told."""
    if isinstance(model, InstalledModel) and model.derived_from:
        return plain(model.name or model.id, limit - len(FASTER)) + FASTER
    return plain(model.name, limit) or plain(model.id, limit)


def presentable(model: InstalledModel, limit: int = 40) -> InstalledModel:
    """The model under a name that fits into a chip, a menu or the status strip."""
    return replace(model, name=model_name(model, limit))


def size(size_bytes: float) -> str:
    """“1.1 GB”, “98 MB”, “4 kB”."""
    if size_bytes >= 99.95e9:
        return f"{size_bytes / 1e9:,.0f} GB"
    if size_bytes >= 999.5e6:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes >= 999.5e3 else f"{size_bytes / 1e3:.0f} kB"


def pages(context_tokens: int) -> str:
    """“reads about 12 pages at once”; nothing where it is not known."""
    if not context_tokens:
        return ""
    count = max(1, round(context_tokens / TOKENS_PER_PAGE))
    return f"reads about {count:,} pages at once" if count > 1 else "reads about 1 page at once"


def facts(model: InstalledModel) -> str:
    """“1.1 GB · reads about 12 pages at once · Apache-2.0 · came with Carrel”; the rest is in the details."""
    if model.delivered:
        came = "came with Carrel"
    elif model.derived_from:
        came = "made on this computer"
    else:
        came = "used where it is" if model.referenced else "added by you"
    return joined(
        size(model.size_bytes),
        pages(model.context_tokens),
        plain(model.licence, 40),
        came,
    )


def offer_facts(model: CatalogueModel) -> str:
    """As for one that is here: of a longer context Carrel uses what it gives every model."""
    used = min(model.context_tokens, CONTEXT_TOKENS)
    return joined(size(model.size_bytes), pages(used), model.licence)


def writing(tokens_per_second: float) -> str:
    """“13 words a second”."""
    words = tokens_per_second * WORDS_PER_TOKEN
    if words < 0.75:
        return f"{max(1, round(words * 60))} words a minute"
    return "1 word a second" if round(words) == 1 else f"{words:,.0f} words a second"


def reading(tokens_per_second: float) -> str:
    """How long one page takes: “12 s”."""
    seconds = TOKENS_PER_PAGE / tokens_per_second
    if seconds < 1:
        return "less than 1 s"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def times_faster(before: Speed, after: Speed) -> str:
    """“1.8 times as fast”, of reading: that is what a person waits for."""
    return f"{after.reads_per_second / before.reads_per_second:.1f} times as fast"


def gains(before: Speed, after: Speed) -> str:
    """“Reads 1.4 times as fast: the first word comes sooner. Writes a little slower: 16 words a second
    instead of 19.”"""
    return f"Reads {times_faster(before, after)}: the first word comes sooner. {_writing_gain(before, after)}"


def _writing_gain(before: Speed, after: Speed) -> str:
    now, then = writing(after.writes_per_second), writing(before.writes_per_second)
    share = after.writes_per_second / before.writes_per_second
    if abs(share - 1) < NOTICEABLE or now == then:
        return "Writes as fast as before."
    instead = f"{now} instead of {_without_unit(then, now)}."
    if share > 1:
        return f"Writes faster too: {instead}"
    return f"Writes {'a little ' if share > LITTLE else ''}slower: {instead}"


def _without_unit(said: str, beside: str) -> str:
    """“19” of “19 words a second”, where the unit has been said just before."""
    number, unit = said.split(maxsplit=1)
    return number if beside.endswith(f" {unit}") else said


def agreement(share: float) -> str:
    """“Says the same next word 97 times out of 100.”; never 100 where it once differed."""
    times = 100 if share >= 1 else min(99, round(100 * share))
    return f"Says the same next word {times} times out of 100."


def percent(done: int, total: int) -> int:
    return min(100, 100 * done // total) if total else 0


def download_progress(progress: Downloading | None, host: str) -> str:
    """“43 % · 860 MB of 2.0 GB · 12 MB a second · about 4 min left”."""
    if progress is None:
        return "Waits for the other download"
    done = f"{percent(progress.done_bytes, progress.total_bytes)} %"
    match progress.phase:
        case "connecting":
            return f"Connecting to {host}…"
        case "waiting":
            return joined(plain(progress.words, 160) or "The connection broke. Trying again soon…", done)
        case "verifying":
            return f"{plain(progress.words, 80) or 'Verifying'}… {done}"
        case "fetching":
            rate = f"{size(progress.bytes_per_second)} a second" if progress.bytes_per_second else ""
            amount = f"{size(progress.done_bytes)} of {size(progress.total_bytes)}"
            return joined(done, amount, rate, time_left(progress.seconds_left))


def paused(partial_bytes: int, total_bytes: int) -> str:
    done = percent(partial_bytes, total_bytes)
    return joined(f"Paused at {done} %", f"{size(partial_bytes)} of {size(total_bytes)}")


def copy_progress(name: str, progress: Copying | None, *, copy: bool) -> str:
    """“Copying model.gguf… 43 % · 2.1 GB of 4.9 GB”."""
    if progress is None or not copy:
        return f"Checking {name}…"
    amount = f"{size(progress.done_bytes)} of {size(progress.total_bytes)}"
    return joined(f"Copying {name}… {percent(progress.done_bytes, progress.total_bytes)} %", amount)


def joined(*parts: str) -> str:
    return GAP.join(part for part in parts if part)
