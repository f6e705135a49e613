"""States of a hard question, to be drawn (`preview.py`) and walked through by tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEventLoop, QTimer

from desktop.preview_sheet.sheet import RAW
from desktop.window.ports import ProviderRow
from desktop.window.window import Window
from engine.answering import Answered
from engine.chats.store import Scope
from engine.errors import ProviderUnreachable
from engine.masking.values import Mask
from engine.values import Answer, Seconds, Sentence, SentenceState, TextDelta, Tokens
from tests.fakes.application import CLAUSE, FakeApplication, FakeStatus, sources
from tests.fakes.cloud import ANTHROPIC, BLOCKED, OFFER, OLLAMA, OPENAI, UNASKED
from tests.fakes.scripts import Gate

QUESTION = (
    "May Marie Dupont end the Brightwave agreement before 2027, and who has to be told? "
    "(m.dupont@nordlicht.example)"
)
LOCAL_TEXT = "The first term runs until 30 June 2027. During it, termination without cause is excluded."
CLOUD_TEXT = (
    "Not without cause: during the first term, **until 30 June 2027**, only termination for good cause is "
    "possible. Either party may terminate by giving ninety (90) days’ written notice after that.\n\n"
    "Marie Dupont would have to write to the address named in section 20. More on such terms: "
    "[a guide](https://contracts.example/notice-periods)."
)
MASKS = [
    Mask("⟨PERSON_1⟩", "PERSON", "Marie Dupont"),
    Mask("⟨EMAIL_1⟩", "EMAIL", "m.dupont@nordlicht.example"),
    Mask("⟨PERSON_2⟩", "PERSON", "Brightwave"),
]


def local_answer() -> Answer:
    found = sources()
    quote = "This Agreement enters into force on 1 July 2024 and has a first term until 30 June 2027."
    return _answer(
        LOCAL_TEXT, found, [("The first", "found", 0, quote), ("During it", "not_found", None, "")]
    )


def cloud_answer() -> Answer:
    parts: list[tuple[str, SentenceState, int | None, str]] = [
        ("Not without", "supported", 0, "During the first term termination without cause is excluded."),
        ("Either party", "found", 0, CLAUSE),
        ("Marie Dupont", "not_found", None, ""),
    ]
    made = _answer(CLOUD_TEXT, sources(), parts)
    return replace(
        made,
        model="claude-sonnet-4-5",
        tier="frontier",
        tokens=Tokens(980, 0, 260),
        seconds=Seconds(0, 0.9, 3.4),
    )


def _answer(text: str, found: tuple, parts: list) -> Answer:  # type: ignore[type-arg]
    starts = [text.index(opening) for opening, *_ in parts]
    ends = [*starts[1:], len(text)]
    made = []
    for start, end, (_, state, source, quote) in zip(starts, ends, parts, strict=True):
        said = text[start:end].rstrip()
        if source is None:
            made.append(Sentence(said, start, start + len(said), state))
            continue
        at = found[source].text.index(quote)
        made.append(Sentence(said, start, start + len(said), state, (source,), ((at, at + len(quote)),)))
    return Answer(
        text, False, True, tuple(made), found, "qwen", "local", Tokens(1500, 300, 40), Seconds(0.2, 2.2, 5.1)
    )


def hard(app: FakeApplication) -> int:
    """A chat whose only question has an answer of this computer that looks hard."""
    import time

    app.now = time.time()
    for title in ("Reply to the Brightwave complaint", "Which invoices are overdue?"):
        app.add_chat(title, updated=app.now - 90_000)
    chat = app.add_chat("Ending the Brightwave agreement", updated=app.now, scope=Scope("all"))
    app.settings["window.chat"] = chat
    app.add_message(chat, "user", QUESTION)
    app.add_message(chat, "assistant", LOCAL_TEXT, answer=local_answer())
    app.cloud.routes = [OFFER]
    app.cloud.masks = list(MASKS)
    app.state = FakeStatus(connections=1, offline=False)
    return chat


def locked(app: FakeApplication) -> None:
    hard(app)
    app.cloud.kept_here = ((1, "Prices"),)
    app.cloud.unsought = "the finder of names is not installed."


def no_key(app: FakeApplication) -> None:
    hard(app)
    app.cloud.rows = [ProviderRow(ANTHROPIC, used=True), ProviderRow(OPENAI), ProviderRow(OLLAMA)]


def offline(app: FakeApplication) -> None:
    hard(app)
    app.cloud.is_online = False
    app.state = FakeStatus()


def blocked(app: FakeApplication) -> None:
    hard(app)
    app.cloud.routes = [BLOCKED]


def sending(app: FakeApplication) -> None:
    hard(app)
    app.cloud.replies = [[Gate()]]


def streaming(app: FakeApplication) -> None:
    hard(app)
    app.cloud.replies = [[TextDelta(CLOUD_TEXT[:190]), Gate()]]


def answered(app: FakeApplication) -> None:
    hard(app)
    app.cloud.replies = [[TextDelta(CLOUD_TEXT[:40]), Answered(cloud_answer())]]


def failing(app: FakeApplication) -> None:
    hard(app)
    app.cloud.replies = [[ProviderUnreachable("Anthropic", "the name could not be looked up")]]


def cut(app: FakeApplication) -> None:
    from engine.errors import ReplyBroken

    hard(app)
    app.cloud.replies = [[TextDelta(CLOUD_TEXT[:150]), ReplyBroken("Anthropic")]]


def automatic(app: FakeApplication) -> None:
    chat = hard(app)
    app._messages[chat].clear()
    app.cloud.routes = [UNASKED]
    app.answers = [[TextDelta("The"), Answered(local_answer())]]
    app.cloud.replies = [[TextDelta("Not"), Answered(cloud_answer())]]


def settle(milliseconds: int = 120) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def see(window: Window) -> None:
    window.conversation.ask_cloud()
    settle()


def see_raw(window: Window) -> None:
    see(window)
    window.asking.sheet.choose_view(RAW)


def let_through(window: Window) -> None:
    see(window)
    window.asking.sheet.masks.switches[0].click()


def send(window: Window) -> None:
    see(window)
    window.asking.sheet._press()


def receipt(window: Window) -> None:
    send(window)
    settle(250)
    window.chat.transcript.cloud_answers[-1].receipt_asked.emit()


def receipt_sent(window: Window) -> None:
    receipt(window)
    window.asking.receipt.choose("What was sent")


def link(window: Window) -> None:
    window.conversation.link_asked.emit("https://www.bank.com@аpple.com/login?q=" + "notice%20" * 9)


def ask(window: Window) -> None:
    window.conversation.ask(QUESTION)
    settle(250)


def nothing(_: Window) -> None:
    pass


def never_answered(app: FakeApplication) -> None:
    hard(app)
    app.cloud.drafts = [[Gate()]]


def refused(app: FakeApplication) -> None:
    from engine.errors import KeptHere

    hard(app)
    app.cloud.drafts = [[KeptHere("Contracts")]]


STATES: dict[str, tuple[Callable[[FakeApplication], object], Callable[[Window], None]]] = {
    "cloud-offer": (hard, nothing),
    "cloud-blocked": (blocked, nothing),
    "cloud-drafting": (never_answered, see),
    "cloud-refused": (refused, see),
    "cloud-preview": (hard, see),
    "cloud-let-through": (locked, let_through),
    "cloud-raw": (hard, see_raw),
    "cloud-no-key": (no_key, see),
    "cloud-offline": (offline, see),
    "cloud-sending": (sending, send),
    "cloud-streaming": (streaming, send),
    "cloud-answer": (answered, send),
    "cloud-failure": (failing, send),
    "cloud-cut": (cut, send),
    "cloud-automatic": (automatic, ask),
    "cloud-receipt": (answered, receipt),
    "cloud-receipt-sent": (answered, receipt_sent),
    "cloud-link": (hard, link),
}
