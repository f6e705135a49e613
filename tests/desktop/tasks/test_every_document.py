"""desktop/tasks: a question about every document."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from desktop.tasks.every_document import EveryDocument
from desktop.viewer.spot import Spot
from desktop.window.window import Window
from engine.errors import NotEnoughMemory
from engine.tasks.values import QuestionPlan
from tests.desktop import every_document_states as states
from tests.fakes.application import FakeApplication

Open = Callable[[FakeApplication], Window]


def ask(application: FakeApplication, open_window: Open, qtbot: QtBot) -> EveryDocument:
    window = open_window(application)
    states.ask(window)
    page = window.tasks.page.every_document
    qtbot.waitUntil(page.plan_card.isVisible)
    return page


def tabs(page: EveryDocument) -> list[str]:
    return [tab.text() for tab in page.tally_card.tabs]


def titles(page: EveryDocument) -> list[str]:
    model = page.tally_card.view.rows
    return [model.data(model.index(row)) for row in range(model.rowCount())]


def test_the_plan_is_shown_before_anything_is_read(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.planned(application)
    page = ask(application, open_window, qtbot)
    assert page.plan_card._find.text() == "the date on which the contract ends"
    assert (page.plan_card._value.text(), page.plan_card._until.text()) == ("2025-01-01", "2025-12-31")
    assert page.plan_card._cost.text().startswith("6 documents, about 2 minutes.")
    assert not any(name == "run_question" for name, _ in application.tasks.calls)


def test_a_changed_plan_is_what_is_run(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    states.planned(application)
    page = ask(application, open_window, qtbot)
    page.plan_card._find.setText("the day on which it was signed")
    page.plan_card._operator._choose("before")
    page.plan_card._value.setText("2020-01-01")
    page.plan_card._start.click()
    qtbot.waitUntil(lambda: application.tasks.calls[-1][0] == "run_question")
    (plan,) = (given for name, given in application.tasks.calls if name == "run_question")
    assert isinstance(plan, QuestionPlan)
    assert (plan.question.operator, plan.question.value) == ("before", "2020-01-01")
    assert plan.question.until == ""
    assert plan.recipe.fields[0].description == "the day on which it was signed"


def test_yes_or_no_becomes_a_choice(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    states.planned(application)
    card = ask(application, open_window, qtbot).plan_card
    card._type._choose("yes_no")
    card._find.setText("Is subletting allowed?")
    plan = card.plan()
    assert plan.recipe.kind == "classify"
    assert plan.recipe.choices[0].question == "Is subletting allowed?"
    assert (plan.question.operator, plan.question.value) == ("is", "yes")


def test_a_plan_that_lacks_its_value_cannot_be_started(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.planned(application)
    card = ask(application, open_window, qtbot).plan_card
    card._value.clear()
    assert not card._start.isEnabled()
    card._operator._choose("named")
    assert card._start.isEnabled()


def test_it_is_counted_while_documents_are_read(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.reading(application)
    page = ask(application, open_window, qtbot)
    page.plan_card._start.click()
    qtbot.waitUntil(application.tasks.gate.reached.is_set)
    qtbot.waitUntil(lambda: page.tally_card._progress.text() == "2 of 6 read · about 4 minutes left")
    qtbot.waitUntil(lambda: tabs(page) == ["Counted  1", "Not counted  1", "Unclear  0", "Not read  0"])
    assert page.tally_card._headline.text() == "1 of 2 documents so far"
    application.tasks.all_lines[1] = states.lines()
    application.tasks.gate.open()
    qtbot.waitUntil(lambda: tabs(page) == ["Counted  2", "Not counted  1", "Unclear  2", "Not read  1"])
    qtbot.waitUntil(lambda: not page.tally_card._progress.isVisible())


def test_a_pause_keeps_what_was_read_and_goes_on(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.reading(application)
    page = ask(application, open_window, qtbot)
    page.plan_card._start.click()
    qtbot.waitUntil(application.tasks.gate.reached.is_set)
    qtbot.waitUntil(page.tally_card._stop.isVisible)
    page.tally_card._stop.click()
    qtbot.waitUntil(page.tally_card._resume.isVisible)
    qtbot.waitUntil(lambda: page.tally_card._progress.text() == "2 of 6 read · paused")
    page.tally_card._resume.click()
    qtbot.waitUntil(lambda: ("resume_run", 1) in application.tasks.calls)


def test_every_list_names_its_documents(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.answered(application)
    window = open_window(application)
    window.show_place("tasks")
    window.tasks.page.show_run(1)
    page = window.tasks.page.every_document
    qtbot.waitUntil(page.tally_card.isVisible)
    assert page.tally_card._headline.text() == "2 of 6 documents"
    assert page.tally_card._condition.text() == "End date is from 2025-01-01 to 2025-12-31."
    left_open = (
        "Not in this number: 2 documents unclear (1 names no end date), 1 not read. They are listed below."
    )
    assert page.tally_card._caution.text() == left_open
    assert titles(page) == ["Brightwave maintenance.pdf", "Mietvertrag Lager.pdf"]
    page.tally_card.tabs[2].click()
    assert titles(page) == ["Cleaning 2024.txt", "Vans.pdf"]
    model = page.tally_card.view.rows
    first, second = (model.line(model.index(row)) for row in (0, 1))
    assert model.words(first) == "The document does not say."
    assert model.words(second) == "No words in the document say this."
    page.tally_card.tabs[3].click()
    line = model.line(model.index(0))
    assert model.words(line) == "The file is protected with a password."


def test_a_press_opens_the_document_at_its_words(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.answered(application)
    window = open_window(application)
    window.show_place("tasks")
    window.tasks.page.show_run(1)
    page = window.tasks.page.every_document
    qtbot.waitUntil(page.tally_card.isVisible)
    with qtbot.waitSignal(page.source_asked) as asked:
        page.tally_card.view._open(page.tally_card.view.rows.index(0))
    (spot,) = asked.args
    assert isinstance(spot, Spot)
    assert (spot.path, spot.source.page) == ("/home/ada/Contracts/Brightwave maintenance.pdf", 2)
    assert spot.source.text == "This agreement ends on 30 June 2025"


def test_a_plan_that_fails_is_said_and_can_be_tried_again(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    def fail(question: str, source: object) -> None:
        raise NotEnoughMemory(4_000_000_000, 1_000_000_000)

    application.tasks.plan_question = fail  # type: ignore[method-assign,assignment]
    window = open_window(application)
    states.ask(window)
    page = window.tasks.page.every_document
    qtbot.waitUntil(window.sheet.isVisible)
    assert page._ask.isEnabled()
    assert not page.plan_card.isVisible()


def test_a_chat_offers_to_read_every_document(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    states.planned(application)
    window = open_window(application)
    window.conversation.every_document_asked.emit(states.QUESTION, "")
    assert window.place == "tasks"
    qtbot.waitUntil(window.tasks.page.every_document.plan_card.isVisible)
