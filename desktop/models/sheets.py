"""What is asked and shown over the Models place. Each function presents one sheet; nothing is kept here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.models import words
from desktop.theme.controls import ElidedLabel, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.tokens import Space
from desktop.window.sheet import Action, Sheet
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel
from engine.models.values import CatalogueModel, Offer, Quickened

Then = Callable[[], None]
SHORT = 40  # characters of a model's name in a title


def host_of(url: str) -> str:
    return urlsplit(url).hostname or "the server"


def ask_to_download(sheet: Sheet, offer: Offer, *, free_bytes: int, download: Then) -> None:
    """Before the first byte leaves an offline Carrel: whom it calls, for how much, and what stays."""
    model = offer.model
    said = (
        f"Carrel is offline. For this download alone it connects to {host_of(model.url)}"
        f"{_handed_on(model)} and fetches {words.size(model.size_bytes)}; {words.size(free_bytes)} are free "
        "on this disk.",
        "Everything else stays offline: none of your documents, questions or answers leave this computer.",
        f"Its licence: {model.licence} ({model.licence_url.removeprefix('https://')}).",
    )
    yes: Action = (f"Download {words.size(model.size_bytes)}", "primary", download)
    no: Action = ("Not now", "quiet", None)
    sheet.present(f"Download {words.model_name(model, SHORT)}?", _paragraphs(*said), [yes, no])


def say_no_room(sheet: Sheet, offer: Offer, *, free_bytes: int) -> None:
    missing = offer.model.size_bytes - offer.partial_bytes
    said = (
        f"{words.model_name(offer.model, SHORT)} needs {words.size(missing)} on this disk; "
        f"{words.size(free_bytes)} are free. Make some room, then try again."
    )
    sheet.ask("There is not enough room on the disk", said, [("Close", "primary", None)])


def ask_to_discard(sheet: Sheet, offer: Offer, kept_bytes: int, discard: Then) -> None:
    said = (
        f"{words.size(kept_bytes)} of {words.size(offer.model.size_bytes)} have come. Cancelling deletes "
        "them. To go on later from here, choose Pause instead."
    )
    keep: Action = ("Keep it", "primary", None)
    cancel: Action = ("Cancel the download", "danger", discard)
    sheet.ask(f"Cancel the download of {words.model_name(offer.model, SHORT)}?", said, [keep, cancel])


def ask_to_import(sheet: Sheet, files: Sequence[Path], *, free_bytes: int, copy: Then, refer: Then) -> None:
    """Whether files are copied into Carrel or used where they are."""
    total = sum(_size_of(path) for path in files)
    one = len(files) == 1
    title = f"Add “{plain(files[0].name, SHORT)}”?" if one else f"Add {len(files)} model files?"
    use: Action = ("Use it where it is" if one else "Use them where they are", "secondary", refer)
    no: Action = ("Cancel", "quiet", None)
    if total > free_bytes:
        said = (
            f"There is no room for a copy: it needs {words.size(total)}, and {words.size(free_bytes)} "
            "are free on this disk."
        )
        sheet.present(title, _paragraphs(said, _where_it_is(one)), [use, no])
        return
    copied = (
        f"{'A copy in Carrel takes' if one else 'Copies in Carrel take'} {words.size(total)} of the "
        f"{words.size(free_bytes)} that are free, and work{'s' if one else ''} whatever happens to the "
        f"{'original' if one else 'originals'}. That is what we recommend."
    )
    into: Action = ("Copy into Carrel", "primary", copy)
    sheet.present(title, _paragraphs(copied, _where_it_is(one)), [into, use, no])


def _where_it_is(one: bool) -> str:
    if one:
        return "Used where it is, it takes no more room, and stops working when the file is moved."
    return "Used where they are, they take no more room, and stop working when a file is moved."


def ask_to_remove(sheet: Sheet, model: InstalledModel, *, in_use: bool, remove: Then) -> None:
    if model.referenced:
        said = "Carrel forgets this model. Its file stays where it is."
    else:
        said = (
            f"This deletes its file and frees {words.size(model.size_bytes)} on this computer. To have it "
            "again you would have to fetch or add it anew."
        )
    if in_use:
        said += " It is the one that answers now; another one takes its place."
    keep: Action = ("Keep it", "primary", None)
    gone: Action = ("Remove", "danger", remove)
    sheet.ask(f"Remove {words.model_name(model, SHORT)}?", said, [keep, gone])


def ask_to_quicken(sheet: Sheet, model: InstalledModel, start: Then) -> None:
    said = (
        "Carrel tries another way of loading this model and, where that does not help, a second form of it "
        "that suits this computer's processor. It tries both with the same texts, and shows you which is "
        "faster and how alike they answer.",
        f"That takes a few minutes and up to {words.size(model.size_bytes)} of disk space. The model itself "
        "stays as it is until you decide, and you can go on working.",
    )
    title = f"Make {words.model_name(model, SHORT)} faster?"
    sheet.present(title, _paragraphs(*said), [("Start", "primary", start), ("Not now", "quiet", None)])


def show_quickened(sheet: Sheet, model: InstalledModel, found: Quickened, *, use: Then, keep: Then) -> None:
    """Both ways side by side, and the choice; or, plainly, that nothing was gained."""
    name = words.model_name(model, SHORT)
    if not found.worthwhile:
        _say_no_gain(sheet, name, found, keep)
        return
    alike = words.agreement(found.agreement)
    if found.kind == "layout":
        gains = words.gains(found.before, found.after)
        same = "It is the same model, only loaded in another way. You can go back at any time."
        content = [_comparison(found, "the faster way"), *_paragraphs(gains, alike, same)]
        choice: list[Action] = [
            ("Use the faster way", "primary", use),
            ("Leave it as it is", "secondary", keep),
        ]
    else:
        stays = (
            "With the faster one in use the old one stays here too; keeping the old one deletes the faster "
            "one."
        )
        content = [_comparison(found, "the faster one"), *_paragraphs(alike, stays)]
        choice = [("Use the faster one", "primary", use), ("Keep the old one", "secondary", keep)]
    title = f"{name} can read {words.times_faster(found.before, found.after)}"
    sheet.present(title, content, choice)


def _say_no_gain(sheet: Sheet, name: str, found: Quickened, close: Then) -> None:
    if found.kind == "layout":
        said, other = "The other way of loading it is not faster by enough to matter.", "the other way"
    elif not found.is_alike:
        said = "The faster form that Carrel tried answers too differently, so it has been deleted."
        other = "the other form"
    else:
        said = (
            "The other form that Carrel tried is not faster by enough to be worth keeping, so it has been "
            "deleted."
        )
        other = "the other form"
    content = [*_paragraphs(f"{said} Nothing has changed."), _comparison(found, other)]
    title = "is already as fast as it gets here" if found.is_alike else "stays as it is"
    sheet.present(f"{name} {title}", content, [("Close", "primary", close)])


def show_details(sheet: Sheet, model: InstalledModel, header: GgufHeader) -> None:
    """What stands in the file: the place for the words of the trade."""
    facts = (
        ("Name in the file", header.name),
        ("Architecture", header.architecture),
        ("Parameters", _parameters(header.parameters)),
        ("Quantization", header.quantization or "not said"),
        ("Size", f"{words.size(model.size_bytes)} ({model.size_bytes:,} bytes)"),
        ("Reads at once", _context(model.context_tokens, header.context_tokens)),
        ("Holds conversations", "yes" if header.chat_template else "no: it has no chat template"),
        ("Licence", model.licence or header.licence or "not said"),
        ("File", str(model.path)),
    )

    def show_folder() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(model.path.parent)))

    actions: list[Action] = [("Close", "primary", None), ("Show in folder", "quiet", show_folder)]
    sheet.present(words.model_name(model, SHORT), [_table(facts)], actions)


# Parts


def _handed_on(model: CatalogueModel) -> str:
    """“, which may hand it on to hf.co,”: the other places a download may come from."""
    hosts = dict.fromkeys(host.removeprefix("*.") for host in model.redirect_hosts)
    others = [host for host in hosts if host != host_of(model.url)]
    return f", which may hand it on to {' or '.join(others)}," if others else ""


def _paragraphs(*texts: str) -> list[QWidget]:
    return [label(breakable(text), tone="muted", wrap=True) for text in texts]


def _comparison(found: Quickened, other: str) -> QWidget:
    before, after = found.before, found.after
    rows = (
        ("", "as it is", other),
        (
            "Reads a page in",
            words.reading(before.reads_per_second),
            words.reading(after.reads_per_second),
        ),
        ("Writes", words.writing(before.writes_per_second), words.writing(after.writes_per_second)),
    )
    holder, grid = _grid()
    for number, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            head = not number or not place
            made = label(cell, tone="muted" if head else "", size="label", wrap=bool(place))
            grid.addWidget(made, number, place)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(2, 1)
    return holder


def _table(facts: Sequence[tuple[str, str]]) -> QWidget:
    holder, grid = _grid()
    for number, (name, value) in enumerate(facts):
        grid.addWidget(label(name, tone="muted", size="label"), number, 0)
        shown = ElidedLabel(plain(value, 400), size="label", middle=name == "File")
        grid.addWidget(shown, number, 1)
    grid.setColumnStretch(1, 1)
    return holder


def _grid() -> tuple[QWidget, QGridLayout]:
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, Space.XS, 0, Space.XS)
    grid.setHorizontalSpacing(Space.L)
    grid.setVerticalSpacing(Space.S)
    return holder, grid


def _parameters(count: int) -> str:
    if count >= 1e9:
        return f"{count / 1e9:.1f} billion"
    return f"{count / 1e6:.0f} million" if count >= 1e6 else f"{count:,}"


def _context(used: int, possible: int) -> str:
    """“8,192 of 32,768 possible tokens”."""
    return f"{used:,} of {possible:,} possible tokens" if possible > used else f"{used:,} tokens"


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone or unreadable: adding it says so
        return 0
