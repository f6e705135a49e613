"""desktop/tasks: the first page, with its runs, recipes and the gallery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from desktop.tasks.overview import SHOWN, Overview
from desktop.tasks.recipe_rows import RecipeLine
from desktop.tasks.run_rows import RunLine
from desktop.window.window import Window
from engine.errors import RecipeInvalid
from engine.tasks.recipe import Recipe
from engine.tasks.values import RunCounts, RunSource
from tests.desktop import every_document_states, task_states
from tests.fakes.application import FakeApplication
from tests.fakes.scripted_tasks import TRIAGE, cell, stored, ten

Open = Callable[[FakeApplication], Window]


def shown(window: Window, text: str) -> bool:
    QApplication.processEvents()
    return any(each.isVisible() and each.text() == text for each in window.tasks.page.findChildren(QLabel))


def lines(window: Window) -> list[RunLine]:
    return [each for each in window.tasks.page.findChildren(RunLine) if each.isVisible()]


def recipes(window: Window) -> list[RecipeLine]:
    return [each for each in window.tasks.page.findChildren(RecipeLine) if each.isVisible()]


def press(window: Window, text: str) -> None:
    QApplication.processEvents()
    made = next(b for b in window.tasks.page.findChildren(QPushButton) if b.isVisible() and b.text() == text)
    made.click()


def open_on_tasks(application: FakeApplication, open_window: Open) -> Window:
    window = open_window(application)
    window.show_place("tasks")
    QApplication.processEvents()
    return window


# --- the empty page --------------------------------------------------------------------------------------


def test_first_visit_offers_one_sample_and_shows_what_it_makes_of_it(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    task_states.ready(application)
    window = open_on_tasks(application, open_window)
    assert shown(window, "A pile of files or a long table?")
    press(window, "Try support triage with a sample")
    qtbot.waitUntil(lambda: application.tasks.calls[-1][0] == "try_recipe")
    name, (recipe, source) = application.tasks.calls[-1]
    assert (name, recipe, source.paths, source.limit) == (
        "try_recipe", TRIAGE, ("/samples/support-triage",), 3,
    )  # fmt: skip


def test_the_words_for_a_first_visit_go_once_there_is_a_recipe(
    application: FakeApplication, open_window: Open
) -> None:
    application.tasks.add_recipe(TRIAGE)
    window = open_on_tasks(application, open_window)
    assert not shown(window, "A pile of files or a long table?")
    assert shown(window, "Your recipes")


def test_gallery_shows_ten_cards_each_with_its_sample(
    application: FakeApplication, open_window: Open
) -> None:
    application.tasks.ready = ten()
    window = open_on_tasks(application, open_window)
    cards = window.tasks.page.overview._gallery.cards
    assert [card.ready.key for card in cards] == [each.key for each in ten()]
    for card in cards:
        names = [each.accessibleName() for each in card.findChildren(QPushButton)]
        assert names == [f"Try {card.ready.recipe.name} with its sample"]


def test_card_of_the_gallery_is_opened_by_keyboard(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.tasks.ready = ten()
    window = open_on_tasks(application, open_window)
    qtbot.keyClick(window.tasks.page.overview._gallery.cards[1], Qt.Key.Key_Return)
    assert window.tasks.page.editor.form.recipe.name == "Contract dates and parties"
    assert not any(name == "try_recipe" for name, _ in application.tasks.calls)


# --- asking every document -------------------------------------------------------------------------------


def test_question_for_every_document_is_planned_at_once(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    every_document_states.planned(application)
    window = open_on_tasks(application, open_window)
    ask = window.tasks.page.overview._ask
    assert not ask._button.isEnabled()
    ask._line.setText("  How many contracts end in 2025? ")
    qtbot.keyClick(ask._line, Qt.Key.Key_Return)
    page = window.tasks.page.every_document
    qtbot.waitUntil(page.plan_card.isVisible)
    assert ("plan_question", ("How many contracts end in 2025?", RunSource())) in application.tasks.calls


# --- runs ------------------------------------------------------------------------------------------------


def test_runs_say_in_words_how_they_stand(application: FakeApplication, open_window: Open) -> None:
    task_states.several(application)
    window = open_on_tasks(application, open_window)
    said = [line._state.whole for line in lines(window)]
    assert said[0] == "Paused  ·  6,000 of 10,000 rows"
    assert said[1] == "Paused  ·  61 of 214 documents  ·  The disk is full."
    assert said[2] == "Done  ·  8,412 rows  ·  3 could not be done  ·  yesterday"
    assert [line._review.text for line in lines(window) if line._review.isVisible()] == [
        "4 need review", "41 need review",
    ]  # fmt: skip


def test_only_the_newest_runs_stand_there_until_all_are_wanted(
    application: FakeApplication, open_window: Open
) -> None:
    made = application.tasks.add_recipe(TRIAGE)
    for number in range(SHOWN + 3):
        application.tasks.add_run(made, f"{number}.csv", RunCounts(1, 1))
    window = open_on_tasks(application, open_window)
    assert len(lines(window)) == SHOWN
    assert lines(window)[0]._title.whole == f"{SHOWN + 2}.csv"
    press(window, f"Show all {SHOWN + 3} runs")
    QApplication.processEvents()
    assert len(lines(window)) == SHOWN + 3


def test_deleted_run_can_be_brought_back(application: FakeApplication, open_window: Open) -> None:
    task_states.several(application)
    window = open_on_tasks(application, open_window)
    first = lines(window)[0]
    first.menu().actions()[-1].trigger()
    QApplication.processEvents()
    assert len(lines(window)) == 3
    assert window.toast.words == "Run deleted"
    window.toast._button.click()
    QApplication.processEvents()
    assert len(lines(window)) == 4


def test_run_opens_and_escape_leads_back(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    task_states.several(application)
    window = open_on_tasks(application, open_window)
    qtbot.mouseClick(lines(window)[2], Qt.MouseButton.LeftButton)
    assert window.tasks.page.shown_run == 2
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.tasks.page.shown_run is None
    assert len(lines(window)) == 4


def test_pressing_the_place_again_leads_back_to_its_first_page(
    application: FakeApplication, open_window: Open
) -> None:
    task_states.several(application)
    window = open_on_tasks(application, open_window)
    window.tasks.page.show_run(2)
    window.show_place("chat")
    window.show_place("tasks")
    assert window.tasks.page.run_place.run_id == 2, "coming back shows what was there"
    window.show_place("tasks")
    assert window.tasks.page.run_place.run_id is None


def test_a_message_stands_on_the_review_of_a_run(application: FakeApplication, open_window: Open) -> None:
    task_states.several(application)
    doubtful = cell("category", "billing", 0.5, doubts=("unsure",))
    application.tasks.all_lines[2] = [stored("The bill is wrong.", 0, doubtful)]
    window = open_on_tasks(application, open_window)
    window.toast.say("Elsewhere")
    assert window.toast.geometry().bottom() <= window.status.mapTo(window, QPoint(0, 0)).y()
    window.tasks.page.show_run(2)
    QApplication.processEvents()
    window.toast.say("Support triage is done.")
    foot = window.tasks.page.foot
    assert foot is not None
    assert window.toast.geometry().bottom() <= foot.mapTo(window, QPoint(0, 0)).y()


# --- recipes ---------------------------------------------------------------------------------------------


def test_deleted_recipe_can_be_brought_back(application: FakeApplication, open_window: Open) -> None:
    task_states.several(application)
    window = open_on_tasks(application, open_window)
    recipes(window)[1].menu().actions()[-1].trigger()
    QApplication.processEvents()
    assert [line._name.whole for line in recipes(window)] == [
        "Support triage",
        "Complaints to the right desk",
    ]
    window.toast._button.click()
    QApplication.processEvents()
    assert len(recipes(window)) == 3


def test_duplicate_is_opened_for_changing(application: FakeApplication, open_window: Open) -> None:
    task_states.several(application)
    window = open_on_tasks(application, open_window)
    recipes(window)[0].duplicate_asked.emit(1)
    assert window.tasks.page.editor.recipe_id == 4
    assert window.tasks.page.editor.form.recipe.name == "Support triage (copy)"


def test_imported_recipe_is_opened_and_a_bad_file_is_explained(
    application: FakeApplication, open_window: Open
) -> None:
    window = open_on_tasks(application, open_window)
    window.tasks.desk.import_recipe(Path("/home/ada/press.toml"))
    assert window.tasks.page.editor.form.recipe.name == "press"
    application.tasks.refusal = RecipeInvalid("It lacks its kind.")
    window.tasks.desk.import_recipe(Path("/home/ada/bad.toml"))
    assert window.sheet.isVisible()
    assert len(application.tasks.recipes()) == 1


@pytest.mark.parametrize(("path", "written"), [("/x/Mine", "/x/Mine.toml"), ("/x/Mine.txt", "/x/Mine.txt")])
def test_exported_recipe_has_an_ending(
    application: FakeApplication, open_window: Open, path: str, written: str
) -> None:
    made = application.tasks.add_recipe(TRIAGE)
    window = open_on_tasks(application, open_window)
    window.tasks.desk.export_recipe(made, Path(path))
    assert application.tasks.calls[-1] == ("export_recipe", (made, Path(written)))


def test_names_from_elsewhere_stand_on_one_line_as_they_are(
    application: FakeApplication, open_window: Open
) -> None:
    task_states.hostile(application)
    window = open_on_tasks(application, open_window)
    name = recipes(window)[0]._name
    assert name.textFormat() == Qt.TextFormat.PlainText
    assert name.whole.startswith("<img src=")
    assert "\u202e" not in name.whole
    assert "\n" not in name.whole


def test_new_recipe_of_each_kind_can_be_begun(application: FakeApplication, open_window: Open) -> None:
    window = open_on_tasks(application, open_window)
    overview: Overview = window.tasks.page.overview
    kinds = []
    for number in range(len(overview.kinds_menu().actions())):
        overview.kinds_menu().actions()[number].trigger()
        recipe: Recipe = window.tasks.page.editor.form.recipe
        kinds.append(recipe.kind)
        assert not window.tasks.page.editor.is_changed
        window.tasks.page.show_overview()
    assert sorted(kinds) == sorted(
        ["classify", "extract", "summarise", "moderate", "route", "faq", "structured", "reply"]
    )
