"""desktop/tasks/editor: the form gives back what it was given, refuses, tries, saves, restores."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop.places import assets
from desktop.tasks.editor.blank import blank
from desktop.tasks.editor.examples import SHOWN, ExampleForm, ExampleLine
from desktop.tasks.editor.form import PARTS, RecipeForm
from desktop.tasks.editor.page import RecipeEditor
from desktop.tasks.page import TasksPage
from desktop.theme.theme import Theme
from desktop.window.window import Window
from engine.errors import InputUnreadable, RecipeInvalid
from engine.tasks.gallery import gallery
from engine.tasks.kinds.registry import kind_of
from engine.tasks.recipe import (
    Choice,
    Example,
    Field,
    Label,
    Recipe,
    Rule,
    Style,
    TaskSettings,
)
from engine.tasks.values import GalleryRecipe, Item, Preview
from tests.fakes.application import FakeApplication
from tests.fakes.scripted_tasks import INVOICES, TRIAGE, cell, columns_of, stored, ten
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]

EXAMPLES = (
    Example("The line is dead.", {"category": "network", "urgency": "high"}),
    Example("Please send the invoice again.", {"category": "billing", "note from elsewhere": 3}),
)
FULL: dict[str, Recipe] = {
    "classify": replace(TRIAGE, examples=EXAMPLES, settings=TaskSettings(0.83, 4, "", "small")),
    "several": Recipe("Topics", "classify", choices=(Choice("topics", (Label("a"), Label("b")), "", True),)),
    "moderate": Recipe("Policy", "moderate", choices=(Choice("insults", (Label("none"), Label("severe"))),)),
    "route": Recipe(
        "Mail", "route", choices=TRIAGE.choices,
        rules=(
            Rule({"category": "billing"}, ("invoice", "refund"), column="subject"),
            Rule({"category": "network", "urgency": "critical"}, pattern=r"\bhospital\b"),
        ),
    ),
    "extract": replace(
        INVOICES,
        fields=(*INVOICES.fields, Field("currency", "choice", "", False, True, ("EUR", "USD"))),
        several_lines=True,
    ),
    "summarise": Recipe("Press", "summarise", "", "Short.", style=Style(120, "bullets", "German", True)),
    "faq": Recipe("Manuals", "faq", style=Style(language="French")),
    "columns": Recipe("Form", "structured", fields=(Field("name"), Field("age", "integer"))),
    "schema": Recipe("Form", "structured", schema='{"type": "object"}'),
    "reply": Recipe(
        "Replies", "reply", choices=TRIAGE.choices, fields=(Field("order"),), style=Style(60),
        settings=TaskSettings(collection="Contracts"),
    ),
}  # fmt: skip


@pytest.fixture
def editor(application: FakeApplication, open_window: Open) -> RecipeEditor:
    application.tasks.ready = ten()
    window = open_window(application)
    window.show_place("tasks")
    return window.tasks.page.editor


def opened(application: FakeApplication, editor: RecipeEditor, recipe: Recipe = TRIAGE) -> int:
    made = application.tasks.add_recipe(recipe)
    editor._desk.recipe_added.emit(made)
    return made


def page_of(editor: RecipeEditor) -> TasksPage:
    window = editor.window()
    assert isinstance(window, Window)
    return window.tasks.page


# --- what the form shows and gives back ------------------------------------------------------------------


@pytest.mark.parametrize("which", sorted(FULL))
def test_a_recipe_that_nobody_touched_comes_back_as_it_was(theme: Theme, qtbot: QtBot, which: str) -> None:
    recipe = FULL[which]
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(recipe, columns_of(recipe), models=[("small", "Small")], collections=["Contracts"])
    assert form.recipe == recipe


@pytest.mark.parametrize("ready", gallery(assets() / "recipes"), ids=lambda ready: ready.key)
def test_the_form_has_a_place_for_all_that_a_recipe_of_the_gallery_says(
    theme: Theme, qtbot: QtBot, ready: GalleryRecipe
) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    recipe = ready.recipe
    form.show_recipe(recipe, kind_of(recipe.kind).columns(recipe))
    assert form.recipe == recipe
    parts = PARTS[recipe.kind]
    said = {
        "choices": recipe.choices,
        "fields": recipe.fields,
        "rules": recipe.rules,
        "schema": recipe.schema,
        "examples": recipe.examples,
    }
    for part, value in said.items():
        is_there = part in parts or (part == "fields" and "schema" in parts)
        assert is_there or not value, f"{part} of a {recipe.kind} cannot be changed"


@pytest.mark.parametrize("which", sorted(FULL))
def test_every_control_of_the_form_has_a_name(theme: Theme, qtbot: QtBot, which: str) -> None:
    recipe = FULL[which]
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(recipe, columns_of(recipe))
    for kind in (QAbstractButton, QLineEdit, QPlainTextEdit):
        for made in form.findChildren(kind):
            assert made.accessibleName(), f"{made} has no name"


def test_every_kind_can_be_begun_and_shows_only_what_it_uses(theme: Theme, qtbot: QtBot) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    for kind, places in {
        "classify": {"choices", "examples"},
        "route": {"rules", "choices", "examples"},
        "summarise": {"style"},
    }.items():
        form.show_recipe(blank(kind), ())  # type: ignore[arg-type]
        assert {each.place for each in form._sections} == places | {"name", "instructions", "settings"}


def test_labels_are_added_with_enter_moved_and_removed(qtbot: QtBot, theme: Theme) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(TRIAGE, ())
    assert form._choices is not None
    labels = form._choices._list.entries[0]._labels
    last = labels.entries[-1]
    qtbot.keyClick(last._name, Qt.Key.Key_Return)
    labels.entries[-1]._name.setText("sales")
    qtbot.keyClick(labels.entries[-1]._name, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [each.name for each in form.recipe.choices[0].labels] == ["network", "billing", "sales", "support"]
    labels.entries[0].menu().actions()[-1].trigger()
    assert [each.name for each in form.recipe.choices[0].labels] == ["billing", "sales", "support"]


def test_rule_decides_among_the_labels_as_they_are_written_now(qtbot: QtBot, theme: Theme) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(FULL["route"], ())
    assert form._choices is not None
    assert form._rules is not None
    form._choices._list.entries[0]._labels.entries[0]._name.setText("line")
    rule = form._rules._list.entries[0]
    rule._decide(form.recipe.choices[0], "line")
    assert form.recipe.rules[0].then == {"category": "line"}


def test_choices_of_a_field_are_asked_only_for_that_type(qtbot: QtBot, theme: Theme) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(INVOICES, ())
    assert form._fields is not None
    entry = form._fields._list.entries[0]
    assert entry._choices.isHidden()
    entry._type.pick("choice")
    entry._choices.setText("paid, open ,")
    assert entry._choices.isVisibleTo(entry)
    assert form.recipe.fields[0].choices == ("paid", "open")


# --- examples --------------------------------------------------------------------------------------------


def test_examples_are_written_with_values_of_the_right_type(qtbot: QtBot, theme: Theme) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(INVOICES, columns_of(INVOICES))
    assert form._examples is not None
    form._examples._begin()
    made = form._examples.findChildren(ExampleForm)[-1]
    made._text.set_text("Invoice 7 of 24 November 2026, 1940 EUR")
    lines = {each.accessibleName(): each for each in made.findChildren(QLineEdit)}
    lines["number"].setText("7")
    lines["date"].setText("tomorrow")
    made._finish()
    assert made._problem.text().startswith("date: ")
    lines["date"].setText("2026-11-24")
    lines["total"].setText("1940 EUR")
    made._finish()
    wanted = {"number": "7", "date": "2026-11-24", "total": {"value": 1940.0, "currency": "EUR"}}
    assert form.recipe.examples == (Example("Invoice 7 of 24 November 2026, 1940 EUR", wanted),)


def test_a_changed_example_keeps_what_no_column_is_for(qtbot: QtBot, theme: Theme) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(FULL["classify"], columns_of(TRIAGE))
    assert form._examples is not None
    form._examples._edit(1)
    form._examples.findChildren(ExampleForm)[-1]._finish()
    assert form.recipe.examples == EXAMPLES


def test_only_the_first_examples_have_widgets(qtbot: QtBot, theme: Theme) -> None:
    many = tuple(Example(f"ticket {n}", {"category": "billing"}) for n in range(385))
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(replace(TRIAGE, examples=many), columns_of(TRIAGE))
    assert form._examples is not None
    assert len(form._examples.findChildren(ExampleLine)) == SHOWN
    assert form._examples._more.text() == "Show 100 more of 385"
    assert form.recipe.examples == many


# --- saving, versions ------------------------------------------------------------------------------------


def test_saving_makes_a_new_version_and_the_same_makes_none(
    application: FakeApplication, editor: RecipeEditor
) -> None:
    made = opened(application, editor)
    assert not editor._save.isEnabled()
    editor.form._instructions.set_text("Read it twice.")
    assert editor._save.isEnabled()
    assert editor.save()
    assert application.tasks.recipe(made).instructions == "Read it twice."
    assert editor._versions.text() == "Version 2"
    assert not editor.is_changed


def test_an_old_version_is_restored_by_saving_it(application: FakeApplication, editor: RecipeEditor) -> None:
    made = opened(application, editor)
    application.tasks.save_recipe(replace(TRIAGE, instructions="Worse."), made)
    editor.open_recipe(made)
    assert [action.text().split("  ")[0] for action in editor.versions_menu().actions()] == [
        "Version 2", "Version 1",
    ]  # fmt: skip
    editor.show_version(1)
    assert editor._note_words.text() == "This is version 1. Saving it makes it the newest."
    assert editor.save()
    assert application.tasks.recipe(made) == TRIAGE
    assert len(application.tasks.saved[made]) == 3
    assert editor._note.isHidden()


def test_what_was_corrected_meanwhile_is_not_forgotten_by_saving(
    application: FakeApplication, editor: RecipeEditor
) -> None:
    made = opened(application, editor, FULL["classify"])
    editor.form._instructions.set_text("Read it twice.")
    assert editor.form._examples is not None
    editor.form._examples._remove(0)
    corrected = Example("The bill is wrong.", {"category": "billing"})
    kept = application.tasks.recipe(made)
    application.tasks.saved[made] = [replace(kept, examples=(*kept.examples, corrected))]
    assert editor.save()
    assert application.tasks.recipe(made).examples == (EXAMPLES[1], corrected)
    assert not editor.is_changed


def test_a_recipe_of_the_gallery_becomes_ones_own_when_it_is_saved(
    application: FakeApplication, editor: RecipeEditor
) -> None:
    editor.open_ready(ten()[2])
    assert editor.recipe_id is None
    assert editor.save()
    assert [row.name for row in application.tasks.recipes()] == ["Support triage"]
    assert application.settings["tasks.trials"] == {"1": "/samples/support-triage"}


def test_a_recipe_without_a_name_is_not_saved(application: FakeApplication, editor: RecipeEditor) -> None:
    editor.open_new("classify")
    assert not editor.save()
    assert editor.form.errors == ["Give it a name, to find it again."]
    assert application.tasks.recipes() == []


def test_leaving_with_changes_asks_what_becomes_of_them(
    application: FakeApplication, editor: RecipeEditor, qtbot: QtBot
) -> None:
    made = opened(application, editor)
    window = editor.window()
    assert isinstance(window, Window)
    editor.form._name.setText("Triage, better")
    assert window._at_work() == "A recipe has changes that are not saved yet."
    assert window.tasks.page.escape()
    assert window.sheet.title == "Save the changes to Triage, better?"
    save = next(b for b in window.sheet.findChildren(QAbstractButton) if b.text() == "Save")
    save.click()
    assert application.tasks.recipe(made).name == "Triage, better"
    assert window.tasks.page._stack.currentWidget() is window.tasks.page.overview
    assert window._at_work() == ""


def test_changes_survive_a_look_at_another_run(application: FakeApplication, editor: RecipeEditor) -> None:
    opened(application, editor)
    window = editor.window()
    assert isinstance(window, Window)
    editor.form._name.setText("Half written")
    window.tasks.page.show_overview()
    window.tasks.page.open_recipe(1)
    assert window.sheet.title == "Save the changes to Half written?"
    assert editor.form.recipe.name == "Half written"
    window.sheet.close_sheet()
    editor._discard(editor._close)


# --- what is wrong ---------------------------------------------------------------------------------------


def test_what_is_wrong_is_said_at_its_place_and_goes_when_it_is_right(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    opened(application, editor)
    application.tasks.refusal = RecipeInvalid("two labels have this name.", "choices › category")
    editor.form._instructions.set_text("x")
    assert not editor.save()
    wrong = next(each for each in editor.form._sections if each.error)
    assert (wrong.place, wrong.error) == ("choices", "category: Two labels have this name.")
    assert editor.form._choices is not None
    assert [each._name.property("wrong") for each in editor.form._choices._list.entries] == [True, False]
    application.tasks.refusal = None
    editor.form._instructions.set_text("y")
    qtbot.waitUntil(lambda: editor.form.errors == [])


@pytest.mark.parametrize(
    ("which", "place", "at", "said"),
    [
        ("route", "rules › 2", "rules", "Rule 2: It is wrong."),
        ("classify", "examples › 1", "examples", "Example 1: It is wrong."),
        ("summarise", "style › length_words", "style", "Length: It is wrong."),
        ("columns", "fields › age", "schema", "age: It is wrong."),
        ("extract", "several_lines", "fields", "It is wrong."),
    ],
)
def test_places_are_said_as_the_form_calls_them(
    theme: Theme, qtbot: QtBot, which: str, place: str, at: str, said: str
) -> None:
    form = RecipeForm(theme)
    qtbot.addWidget(form)
    form.show_recipe(FULL[which], ())
    section = form.show_error(RecipeInvalid("it is wrong.", place))
    assert section is not None
    assert (section.place, section.error) == (at, said)
    form.show_error(None)
    assert form.errors == []


def test_a_schema_is_checked_as_soon_as_it_is_pasted(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    opened(application, editor, FULL["schema"])
    application.tasks.refusal = RecipeInvalid("“patternProperties” cannot be promised.", "schema")
    assert editor.form._shape is not None
    editor.form._shape._schema.set_text('{"patternProperties": {}}')
    qtbot.waitUntil(lambda: editor.form.errors == ["“patternProperties” cannot be promised."])


def test_an_error_of_no_known_place_is_said_at_the_top(
    application: FakeApplication, editor: RecipeEditor
) -> None:
    opened(application, editor)
    application.tasks.refusal = RecipeInvalid("it cannot be.", "somewhere")
    editor.try_it()
    assert editor.form._sections[0].error == "It cannot be."


# --- trying ----------------------------------------------------------------------------------------------


def test_one_press_tries_the_sample_and_shows_cells_with_their_words(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    line = stored(
        "T-1",
        0,
        cell("category", "billing", 0.5, "the bill says", doubts=("unsure",)),
        cell("urgency", None),
    )
    gate = Gate()
    application.tasks.trials = [[line, gate, stored("T-2", 1, state="failed", reason="It is empty.")]]
    page_of(editor).try_ready(ten()[2])
    qtbot.waitUntil(lambda: len(editor.trial.cards) == 1)
    assert editor.trial.words == "1 tried…"
    texts = _texts(editor.trial.cards[0])
    assert {"category", "billing", "“the bill says”", "urgency", "not said"} <= texts
    assert "Less sure than the recipe asks for (0.50)" in texts
    gate.open()
    qtbot.waitUntil(lambda: editor.trial._run.isVisible())
    assert "It is empty." in _texts(editor.trial.cards[1])


def test_what_is_written_is_tried_though_it_is_not_saved(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    opened(application, editor)
    editor.form._instructions.set_text("Only here.")
    assert editor.take_files([Path("/x/tickets.csv")])
    editor.try_it()
    qtbot.waitUntil(lambda: application.tasks.calls[-1][0] == "try_recipe")
    _, (recipe, source) = application.tasks.calls[-1]
    assert recipe.instructions == "Only here."
    assert source.paths == ("/x/tickets.csv",)
    assert application.settings["tasks.trials"] == {"1": "/x/tickets.csv"}
    assert application.tasks.recipe(1) == TRIAGE


def test_trial_reads_the_columns_that_a_run_would(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    rows = (Item("0", "T-1", {"id": "T-1", "Subject": "Dead", "message": "The line is dead since Monday."}),)
    application.tasks.previews[("/x/mail.csv",)] = Preview(1, ("id", "Subject", "message"), rows)
    opened(application, editor, FULL["route"])
    editor.take_files([Path("/x/mail.csv")])
    editor.try_it()
    qtbot.waitUntil(lambda: application.tasks.calls[-1][0] == "try_recipe")
    _, (_, source) = application.tasks.calls[-1]
    assert source.columns == {"Subject": "subject", "message": "message"}


def test_trial_that_is_stopped_says_nothing_more(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    gate = Gate()
    application.tasks.trials = [[gate, stored("T-1")]]
    page_of(editor).try_ready(ten()[2])
    qtbot.waitUntil(gate.reached.is_set)
    editor.trial._stop.click()
    gate.open()
    window = editor.window()
    assert isinstance(window, Window)
    qtbot.waitUntil(lambda: not window.lanes.answers.is_busy)
    assert editor.trial.cards == []
    assert editor.trial._try.isVisible()


def test_trial_that_fails_says_why_in_its_place(
    qtbot: QtBot, application: FakeApplication, editor: RecipeEditor
) -> None:
    application.tasks.trials = [[InputUnreadable("tickets.csv", "It is protected by a password.")]]
    page_of(editor).try_ready(ten()[2])
    qtbot.waitUntil(lambda: "password" in editor.trial.words)
    window = editor.window()
    assert isinstance(window, Window)
    assert not window.sheet.isVisible()


def test_narrow_window_shows_one_side_at_a_time(qtbot: QtBot, editor: RecipeEditor) -> None:
    window = editor.window()
    window.resize(900, 600)
    assert isinstance(window, Window)
    window.tasks.page.open_ready(ten()[2])
    assert editor._area.isVisible()
    assert not editor.trial.isVisible()
    editor._side.click()
    assert editor.trial.isVisible()
    assert not editor._area.isVisible()
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: editor._area.isVisible() and editor.trial.isVisible())


def test_run_saves_first_and_then_asks_what_to_work_on(
    application: FakeApplication, editor: RecipeEditor
) -> None:
    window = editor.window()
    assert isinstance(window, Window)
    window.tasks.page.open_ready(ten()[2])
    editor._run_button.click()
    assert len(application.tasks.recipes()) == 1
    assert window.tasks.page._stack.currentWidget() is window.tasks.page.setup


def test_the_recipe_that_was_opened_is_left_untouched(editor: RecipeEditor) -> None:
    before = copy.deepcopy(TRIAGE)
    editor.open_ready(ten()[2])
    editor.form._name.setText("Another")
    assert before == TRIAGE


def _texts(widget: object) -> set[str]:
    from PySide6.QtWidgets import QLabel

    return {each.text() for each in widget.findChildren(QLabel)}  # type: ignore[attr-defined]
