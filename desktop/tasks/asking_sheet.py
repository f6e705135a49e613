"""What the person sees before a provider is asked about lines of a run: how many, for how much, and the first
question word for word."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.documents.rows import counted
from desktop.preview_sheet.names import model_name
from desktop.preview_sheet.sent_text import SentText
from desktop.theme.controls import Icon, card, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.layouts import boxed, column, row, scrolled
from desktop.theme.theme import Theme
from desktop.window.ports import EscalationPlan
from engine.frontier.values import Draft
from engine.usage.values import Money
from engine.values import Role

WIDTH, HEIGHT = 620, 250
LONGEST = 12_000
"""Characters of a message that are shown; the rest is counted."""

ROLES: dict[Role, str] = {"system": "Instructions", "user": "Text", "assistant": "Answer, as an example"}

Words = Callable[[Money], str]


def title_of(plan: EscalationPlan) -> str:
    if plan.blocked:
        return f"{plan.provider} cannot be asked" if plan.provider else "Nobody can be asked"
    return f"Ask {plan.provider} about {counted(plan.cells, 'cell')}?"


def parts_of(plan: EscalationPlan, theme: Theme, words: Words) -> list[QWidget]:
    """The content of the sheet."""
    if plan.blocked:
        return [label(breakable(plan.blocked), tone="muted", wrap=True)]
    parts: list[QWidget] = [label(amount_words(plan, words), wrap=True)]
    parts += [_warning(theme, said) for said in warnings_of(plan)]
    if plan.first is not None:
        head = "The first question, word for word. Text on blue stands for what was masked."
        parts += [label(head, tone="muted", size="label", wrap=True), _question(plan.first, theme)]
    return parts


def amount_words(plan: EscalationPlan, words: Words) -> str:
    """“37 cells in 30 lines, in about 30 questions to gpt-x. That costs about €0.21; …”"""
    questions = "one question" if plan.calls == 1 else f"about {plan.calls:,} questions"
    lines = counted(len(plan.lines), "line")
    said = f"{counted(plan.cells, 'cell')} in {lines}, in {questions} to {model_name(plan.model)}."
    amount = plan.estimate.amount
    if amount == 0:
        said += " It costs nothing: the server is your own."
    elif amount is not None:
        said += f" That costs about {words(amount)}"
        said += f"; {words(plan.left)} of the budget is left." if plan.left is not None else "."
    return said


def warnings_of(plan: EscalationPlan) -> list[str]:
    said = []
    if plan.fits < plan.calls:
        said.append(
            f"The budget is enough for about {plan.fits:,} of them. The rest waits, and can go on later."
        )
    if plan.left_out:
        why = "; ".join(plan.reasons[:3])
        said.append(f"About {counted(plan.left_out, 'input')} will not be sent: {plain(why, 300)}.")
    return said


def _warning(theme: Theme, words: str) -> QWidget:
    told = label(breakable(words), tone="warning", size="label", wrap=True)
    shown = row(Icon(theme, "triangle-alert", "warning", 14), told, spacing=8)
    shown.setStretch(1, 1)
    return boxed(shown)


def _question(draft: Draft, theme: Theme) -> QWidget:
    """Its messages below one another, as they stand in the request."""
    messages = column(spacing=10, margins=(12, 10, 12, 10))
    for message in draft.sent:
        role = ROLES.get(message.role, message.role)
        shown = SentText(theme, role)
        shown.show_message(_cut(message.text), draft.masks)
        messages.addWidget(label(role, tone="muted", size="small", weight="medium"))
        messages.addWidget(shown)
    messages.addStretch(1)
    inside = QWidget()
    inside.setLayout(messages)
    area = scrolled(inside)
    area.setFixedHeight(round(HEIGHT * theme.scale))
    area.setMinimumWidth(round(WIDTH * theme.scale))
    area.setAccessibleName("The first question")
    framed = card()
    framed.setLayout(column(area, margins=(1, 1, 1, 1)))
    return framed


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n… and {len(text) - LONGEST:,} more characters"
