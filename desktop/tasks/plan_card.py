"""The plan for a question about every document: said in words, and changed where it missed the point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.documents.rows import counted
from desktop.theme.controls import Menu, ThemedButton, button, card, label
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from engine.tasks.recipe import Choice, Field, FieldType, Label, Recipe
from engine.tasks.values import Aggregate, CountQuestion, Operator, QuestionPlan

TYPES: dict[str, str] = {
    "date": "a date",
    "amount": "an amount of money",
    "number": "a number",
    "text": "text",
    "yes_no": "yes or no",
}
OPERATORS: dict[Operator, str] = {
    "named": "is named at all",
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "before": "is before",
    "after": "is after",
    "between": "is between",
    "less": "is less than",
    "more": "is more than",
}
AGGREGATES: Mapping[Aggregate, str] = {
    "count": "how many there are",
    "list": "which they are",
    "sum": "the sum",
    "average": "the average",
    "least": "the least",
    "most": "the most",
}
_FITTING: dict[str, tuple[Operator, ...]] = {
    "date": ("between", "before", "after", "named"),
    "amount": ("more", "less", "is", "named"),
    "number": ("more", "less", "is", "named"),
    "text": ("contains", "is", "is_not", "named"),
    "yes_no": ("is", "is_not"),
}
_YES_OR_NO = (Label("yes"), Label("no"), Label("not stated", "the text says nothing about it"))


Value = TypeVar("Value", bound=str)


class Chooser(ThemedButton, Generic[Value]):
    """A field that says what is chosen; a press lists the others."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, "chevron-down", "", "picker", size=14)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the chevron stands behind the words
        self._name = name
        self.setAccessibleName(name)
        self._choices: Mapping[Value, str] = {}
        self._value: Value | None = None
        self.clicked.connect(self._open)

    @property
    def value(self) -> Value:
        assert self._value is not None  # `offer` comes first
        return self._value

    def offer(self, choices: Mapping[Value, str], value: Value) -> None:
        """`choices` are their words by value."""
        self._choices = choices
        self._show(value if value in choices else next(iter(choices)))

    def menu_of(self) -> Menu:
        menu = Menu(self, self._name)
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        menu.aboutToHide.connect(menu.deleteLater)
        for value, words in self._choices.items():
            menu.addAction(words, partial(self._choose, value))
        return menu

    def _open(self) -> None:
        self.menu_of().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _choose(self, value: Value) -> None:
        self._show(value)
        self.chosen.emit(value)

    def _show(self, value: Value) -> None:
        self._value = value
        self.set_text(self._choices[value])
        self.setAccessibleName(f"{self._name}: {self._choices[value]}")


class PlanCard(QWidget):
    """What will be found in each document, what of it counts, and what that takes."""

    start_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._plan: QuestionPlan | None = None
        self._find = QLineEdit()
        self._find.setAccessibleName("What to find in each document")
        self._type: Chooser[str] = Chooser(theme, "What it is")
        self._operator: Chooser[Operator] = Chooser(theme, "What counts")
        self._value, self._until = QLineEdit(), QLineEdit()
        for field, name in ((self._value, "Value"), (self._until, "Until")):
            field.setAccessibleName(name)
            field.setProperty("kind", "small")
            field.setMaximumWidth(190)
        self._and = label("and", tone="muted")
        self._aggregate: Chooser[Aggregate] = Chooser(theme, "What the answer is")
        self._cost = label(tone="muted", size="label", wrap=True)
        self._start = button("Read them all", "primary")
        self._build()
        self._type.chosen.connect(self._retyped)
        self._operator.chosen.connect(self._arrange)
        self._start.clicked.connect(lambda: self.start_asked.emit(self.plan()))
        self._find.textChanged.connect(self._judge)
        self._value.textChanged.connect(self._judge)

    def show_plan(self, plan: QuestionPlan) -> None:
        self._plan = plan
        question, recipe = plan.question, plan.recipe
        kind = recipe.fields[0].type if recipe.fields else "yes_no"
        self._type.offer(TYPES, kind)
        self._offer_operators(kind, question.operator)
        self._find.setText(recipe.fields[0].description if recipe.fields else recipe.choices[0].question)
        self._value.setText(question.value)
        self._until.setText(question.until)
        self._aggregate.offer(AGGREGATES, question.aggregate)
        self._cost.setText(_cost(plan))
        self._arrange()

    def plan(self) -> QuestionPlan:
        """As it stands now."""
        assert self._plan is not None
        operator = self._operator.value
        question = replace(
            self._plan.question,
            operator=operator,
            value=self._value.text().strip() if operator != "named" else "",
            until=self._until.text().strip() if operator == "between" else "",
            aggregate=self._aggregate.value,
        )
        return replace(self._plan, question=question, recipe=self._recipe(self._plan, question))

    def _recipe(self, plan: QuestionPlan, question: CountQuestion) -> Recipe:
        find, kind = self._find.text().strip(), self._type.value
        if kind == "yes_no":
            choice = Choice(question.column, _YES_OR_NO, find)
            return replace(plan.recipe, kind="classify", choices=(choice,), fields=())
        many = kind == "text" and question.operator == "contains"
        types: dict[str, FieldType] = {"date": "date", "amount": "amount", "number": "number"}
        field = Field(question.column, types.get(kind, "text"), find, many=many)
        return replace(plan.recipe, kind="extract", fields=(field,), choices=())

    def _retyped(self, kind: str) -> None:
        self._offer_operators(kind, _FITTING[kind][0])
        if kind == "yes_no":
            self._value.setText("yes")
        self._arrange()

    def _offer_operators(self, kind: str, operator: Operator) -> None:
        self._operator.offer({key: OPERATORS[key] for key in _FITTING[kind]}, operator)

    def _arrange(self, _: str = "") -> None:
        operator = self._operator.value
        self._value.setVisible(operator != "named")
        self._and.setVisible(operator == "between")
        self._until.setVisible(operator == "between")
        self._judge()

    def _judge(self, _: str = "") -> None:
        needs_value = self._operator.value != "named"
        self._start.setEnabled(
            bool(self._find.text().strip()) and (not needs_value or bool(self._value.text().strip()))
        )

    def _build(self) -> None:
        frame = card()
        where = boxed(
            row(
                label("Count where it", tone="muted"),
                self._operator,
                self._value,
                self._and,
                self._until,
                None,
            )
        )
        end = boxed(row(self._cost, self._start, spacing=Space.L), stretch=0)
        frame.setLayout(
            column(
                label("The plan", weight="semibold"),
                boxed(row(label("In each document, find", tone="muted"), self._find), stretch=1),
                boxed(row(label("It is", tone="muted"), self._type, None)),
                where,
                boxed(row(label("Then tell", tone="muted"), self._aggregate, None)),
                Space.XS,
                end,
                spacing=Space.M,
                margins=(20, 18, 20, 18),
            )
        )
        self.setLayout(column(frame))


def _cost(plan: QuestionPlan) -> str:
    total = counted(plan.total, "document") if plan.total is not None else "All documents"
    if plan.seconds is None:
        return f"{total} will be read, one after the other. You can stop and go on at any time."
    return f"{total}, about {duration(plan.seconds)}. You can stop and go on at any time."


def duration(seconds: float) -> str:
    """In words, as rough as it is known: “20 seconds”, “4 minutes”, “2 hours”."""
    for size, noun in ((3600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return counted(round(seconds / size), noun)
    if seconds >= 45:
        return "1 minute"
    return counted(max(1, round(seconds / 5) * 5 or 1), "second")
