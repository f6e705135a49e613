from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import RecipeUnknown
from engine.tasks.recipe import Choice, Example, Field, Label, Recipe, Rule, Style, TaskSettings
from engine.tasks.recipes import BIN_S, RecipeStore
from engine.tasks.values import LineId
from tests.engine.tasks.conftest import Clock

FULL = Recipe(
    name="Support triage",
    kind="classify",
    description="Sorts tickets.",
    instructions="Read the ticket. „Größe“ 寸法",
    choices=(Choice("category", (Label("billing", "Money"), Label("network")), "Which?", several=True),),
    fields=(Field("amount", "amount", required=True, choices=("a", "b")),),
    rules=(Rule({"category": ["billing"], "urgent": True}, words=("invoice",), column="subject"),),
    schema='{"type": "object"}',
    style=Style(40, "bullets", "German", across=True),
    examples=(Example("My invoice is wrong", {"category": ["billing"], "paid": {"value": 1.5}}),),
    settings=TaskSettings(0.8, 4, "Manuals", "tiny"),
)


def test_a_recipe_comes_back_as_it_was_saved(recipes: RecipeStore) -> None:
    row = recipes.save(FULL)
    assert recipes.get(row.id) == FULL
    assert (row.name, row.kind, row.description) == ("Support triage", "classify", "Sorts tickets.")
    assert (row.version, row.examples, row.runs) == (1, 1, 0)


def test_saving_makes_a_version_only_where_something_changed(recipes: RecipeStore, clock: Clock) -> None:
    row = recipes.save(FULL)
    clock.now += 60
    assert recipes.save(FULL, row.id) == row
    changed = recipes.save(replace(FULL, name="Triage"), row.id)
    assert (changed.id, changed.name, changed.version) == (row.id, "Triage", 2)
    assert [version.version for version in recipes.versions(row.id)] == [2, 1]
    assert recipes.versions(row.id)[0].saved == clock.now
    assert recipes.get(row.id, 1) == FULL
    assert recipes.get(row.id).name == "Triage"


def test_the_list_is_by_name_and_leaves_out_the_bin(recipes: RecipeStore) -> None:
    for name in ("zebra", "Änderung", "Apple"):
        recipes.save(replace(FULL, name=name))
    gone = recipes.save(replace(FULL, name="Gone"))
    recipes.delete(gone.id)
    assert [row.name for row in recipes.list()] == ["Apple", "zebra", "Änderung"]
    assert recipes.get(gone.id).name == "Gone"
    recipes.restore(gone.id)
    assert "Gone" in [row.name for row in recipes.list()]


def test_what_is_in_the_bin_for_thirty_days_is_removed(recipes: RecipeStore, clock: Clock) -> None:
    row = recipes.save(FULL)
    recipes.remember(row.id, Example("x", {"category": ["network"]}))
    recipes.delete(row.id)
    clock.now += BIN_S - 1
    assert recipes.purge() == 0
    clock.now += 1
    assert recipes.purge() == 1
    with pytest.raises(RecipeUnknown):
        recipes.get(row.id)


def test_a_name_is_found_in_any_case_and_the_newest_of_several(recipes: RecipeStore, clock: Clock) -> None:
    recipes.save(FULL)
    clock.now += 1
    newer = recipes.save(replace(FULL, description="Newer"))
    assert recipes.by_name(" support TRIAGE ") == newer
    with pytest.raises(RecipeUnknown, match=r"“Nope”.*Support triage"):
        recipes.by_name("Nope")


def test_an_unknown_recipe_is_said_to_be_unknown(recipes: RecipeStore) -> None:
    for call in (recipes.get, recipes.duplicate, lambda id_: recipes.save(FULL, id_)):
        with pytest.raises(RecipeUnknown):
            call(7)
    row = recipes.save(FULL)
    with pytest.raises(RecipeUnknown):
        recipes.get(row.id, 9)


def test_copies_are_numbered(recipes: RecipeStore) -> None:
    row = recipes.save(FULL)
    names = [recipes.duplicate(row.id).name for _ in range(3)]
    assert names == ["Support triage (copy)", "Support triage (copy 2)", "Support triage (copy 3)"]


def test_a_copy_has_the_remembered_examples_too(recipes: RecipeStore) -> None:
    row = recipes.save(FULL)
    recipes.remember(row.id, Example("No signal", {"category": ["network"]}))
    copy = recipes.duplicate(row.id)
    assert recipes.get(copy.id).examples == recipes.get(row.id).examples
    assert copy.examples == 2


def test_corrections_of_one_input_become_one_example(recipes: RecipeStore) -> None:
    row = recipes.save(FULL)
    recipes.remember(row.id, Example("No signal", {"category": ["billing"]}), 3, LineId(5))
    recipes.remember(row.id, Example("No signal", {"urgent": True}))
    recipes.remember(row.id, Example("No signal", {"category": ["network"]}))
    assert recipes.get(row.id).examples == (
        *FULL.examples,
        Example("No signal", {"category": ["network"], "urgent": True}),
    )
    assert recipes.list()[0].examples == 2
    assert recipes.list()[0].version == 1


def test_a_correction_changes_what_an_own_example_says_in_its_column(recipes: RecipeStore) -> None:
    row = recipes.save(replace(FULL, examples=(Example("x", {"a": 1, "b": 2}), Example("y", {"a": 3}))))
    recipes.remember(row.id, Example("x", {"a": 9}))
    assert recipes.get(row.id).examples == (Example("y", {"a": 3}), Example("x", {"a": 9, "b": 2}))
    assert recipes.save(recipes.get(row.id), row.id).version == 1


def test_saving_what_was_got_keeps_remembered_examples_apart(recipes: RecipeStore) -> None:
    row = recipes.save(FULL)
    recipes.remember(row.id, Example("No signal", {"category": ["network"]}))
    got = recipes.get(row.id)
    assert recipes.save(got, row.id).version == 1
    recipes.save(replace(got, name="Renamed"), row.id)
    recipes.remember(row.id, Example("No signal", {"category": ["billing"]}))
    assert recipes.get(row.id).examples[1:] == (Example("No signal", {"category": ["billing"]}),)


def test_a_remembered_example_that_is_taken_out_is_forgotten(recipes: RecipeStore) -> None:
    row = recipes.save(FULL)
    recipes.remember(row.id, Example("No signal", {"category": ["network"]}))
    recipes.save(FULL, row.id)
    assert recipes.get(row.id) == FULL


def test_what_no_text_can_hold_does_not_stop_a_save(recipes: RecipeStore) -> None:
    row = recipes.save(replace(FULL, name="bad \ud800 name", instructions="\udfff"))
    assert (row.name, recipes.get(row.id).instructions) == ("bad ? name", "?")
