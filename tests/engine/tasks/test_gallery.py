"""The recipes that come with Carrel, and the inputs that they are tried on."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from desktop.places import assets
from engine.errors import RecipeInvalid
from engine.tasks.gallery import gallery
from engine.tasks.kinds.registry import kind_of
from engine.tasks.recipe import Recipe
from engine.tasks.recipe_files import dumps, loads
from engine.tasks.values import GalleryRecipe
from rag.formats import registry
from rag.settings import ReadLimits

FOLDER = assets() / "recipes"
KEYS = [
    "action-items",
    "contracts",
    "cv-facts",
    "email-routing",
    "invoices",
    "manual-faq",
    "personal-data",
    "product-reviews",
    "receipts",
    "support-triage",
]


@pytest.fixture(scope="module")
def recipes() -> dict[str, GalleryRecipe]:
    return {each.key: each for each in gallery(FOLDER)}


def columns_of(recipe: Recipe) -> dict[str, set[str]]:
    """The columns that a recipe has by itself, with the values that they may have where those are named."""
    choices = {choice.name: {label.name for label in choice.labels} for choice in recipe.choices}
    return {field.name: set(field.choices) for field in recipe.fields} | choices


def test_the_ten_are_there_in_the_order_of_their_files() -> None:
    assert [each.key for each in gallery(FOLDER)] == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_each_is_one_that_its_kind_takes(recipes: dict[str, GalleryRecipe], key: str) -> None:
    recipe = recipes[key].recipe
    assert recipe.name and recipe.description and recipe.instructions
    assert loads(dumps(recipe)) == recipe
    if find_spec(f"engine.tasks.kinds.{recipe.kind}"):
        kind_of(recipe.kind).check(recipe)


@pytest.mark.parametrize("key", KEYS)
def test_examples_and_rules_name_columns_and_labels_that_there_are(
    recipes: dict[str, GalleryRecipe], key: str
) -> None:
    recipe = recipes[key].recipe
    columns = columns_of(recipe)
    for said in [example.output for example in recipe.examples] + [rule.then for rule in recipe.rules]:
        for column, value in said.items():
            assert column in columns
            values = value if isinstance(value, list) else [value]
            assert not columns[column] or columns[column].issuperset(values)
    for rule in recipe.rules:
        re.compile(rule.pattern)


@pytest.mark.parametrize("key", KEYS)
def test_each_has_samples_that_can_be_read(recipes: dict[str, GalleryRecipe], key: str) -> None:
    sample = Path(recipes[key].sample)
    files = sorted(sample.iterdir()) if sample.is_dir() else [sample]
    assert 1 <= len(files) <= 5
    for file in files:
        read = registry.read(file, ReadLimits(), lambda done, total: None)
        assert "".join(page.text for page in read.pages).strip(), file
        assert not read.warnings


def test_a_folder_that_is_not_there_holds_none(tmp_path: Path) -> None:
    assert gallery(tmp_path / "gone") == []


def test_a_damaged_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('format = 1\nname = "Odd"\nkind = "poem"\n', encoding="utf-8")
    with pytest.raises(RecipeInvalid) as refused:
        gallery(tmp_path)
    assert refused.value.place == "odd.toml › kind"


def test_a_recipe_without_samples_is_one_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text(dumps(Recipe("Plain", "summarise")), encoding="utf-8")
    assert [(each.key, each.sample) for each in gallery(tmp_path)] == [("plain", "")]
