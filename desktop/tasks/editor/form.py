"""The form of a recipe: what its kind needs, nothing else; what it has besides is kept as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks import words
from desktop.tasks.editor.advanced import AdvancedPart
from desktop.tasks.editor.choices import ChoicesPart
from desktop.tasks.editor.examples import ExamplesPart
from desktop.tasks.editor.fields import FieldsPart
from desktop.tasks.editor.rules import RulesPart
from desktop.tasks.editor.section import Section
from desktop.tasks.editor.shape import ShapePart
from desktop.tasks.editor.style import StylePart
from desktop.theme.controls import label
from desktop.theme.inputs import Picker, TextArea, show_text, text_line
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from engine.errors import RecipeInvalid
from engine.tasks.recipe import Example, Kind, Recipe
from engine.tasks.values import Column

PARTS: dict[Kind, tuple[str, ...]] = {
    "classify": ("choices", "examples"),
    "moderate": ("choices", "examples"),
    "route": ("rules", "choices", "examples"),
    "extract": ("fields", "examples"),
    "structured": ("schema", "examples"),
    "summarise": ("style",),
    "faq": ("style",),
    "reply": ("collection", "rules", "choices", "fields", "style", "examples"),
}

BETWEEN = " › "
ELSEWHERE = {"several_lines": ("fields", "schema"), "fields": ("schema",)}
"""Where what is wrong with a part is said in a form that has no such part of its own."""

NUMBERED = {"rules": "Rule", "examples": "Example"}
NAMES = {"length_words": "Length", "language": "Language"}
ALL_DOCUMENTS = ""


class RecipeForm(QWidget):
    """`changed`: the recipe may be another now. `schema_written`: one is to be checked at once."""

    changed = Signal()
    schema_written = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._base = Recipe("", "classify")
        self._filling = False
        self._sections: list[Section] = []
        self._layout = column(spacing=22)
        self.setLayout(self._layout)

    # The recipe

    @property
    def recipe(self) -> Recipe:
        """As it is written now."""
        made = replace(
            self._base,
            name=" ".join(self._name.text().split()),
            description=self._description.text().strip(),
            instructions=self._instructions.text.strip(),
            settings=self._advanced.settings,
        )
        if self._choices is not None:
            made = replace(made, choices=self._choices.choices)
        if self._fields is not None:
            made = replace(made, fields=self._fields.fields, several_lines=self._fields.several_lines)
        if self._shape is not None:
            shape = self._shape
            made = replace(made, schema=shape.schema, fields=shape.fields, several_lines=shape.several_lines)
        if self._rules is not None:
            made = replace(made, rules=self._rules.rules)
        if self._style is not None:
            made = replace(made, style=self._style.style_wanted)
        if self._examples is not None:
            made = replace(made, examples=self._examples.examples)
        if self._collection is not None:
            made = replace(made, settings=replace(made.settings, collection=self._collection.value))
        return made

    def show_recipe(
        self,
        recipe: Recipe,
        columns: Sequence[Column],
        *,
        models: Sequence[tuple[str, str]] = (),
        collections: Sequence[str] = (),
    ) -> None:
        self._filling = True
        self._base = recipe
        self._build(recipe.kind, collections)
        show_text(self._name, recipe.name)
        show_text(self._description, recipe.description)
        self._instructions.set_text(recipe.instructions)
        self._advanced.show_settings(recipe.settings, models)
        if self._choices is not None:
            self._choices.show_choices(recipe.choices)
        if self._fields is not None:
            self._fields.show_fields(recipe.fields, recipe.several_lines)
        if self._shape is not None:
            self._shape.show_shape(recipe.schema, recipe.fields, recipe.several_lines)
        if self._rules is not None:
            self._rules.show_rules(recipe.rules)
            self._rules.show_choices(recipe.choices)
        if self._style is not None:
            self._style.show_style(recipe.style)
        if self._examples is not None:
            self._examples.show_examples(recipe.examples, columns)
        if self._collection is not None:
            self._collection.choose(recipe.settings.collection)
        self._filling = False

    def show_columns(self, columns: Sequence[Column]) -> None:
        """What would come out of the recipe as it is written now: the examples fill these."""
        if self._examples is not None:
            self._examples.show_columns(columns)

    def show_examples(self, examples: Sequence[Example]) -> None:
        """Others than before; of a kind that shows none, they are kept."""
        self._base = replace(self._base, examples=tuple(examples))
        if self._examples is not None:
            self._examples.show_examples(examples, self._examples.columns)

    def focus_name(self) -> None:
        self._name.setFocus()
        self._name.selectAll()

    # What is wrong

    def show_error(self, error: RecipeInvalid | None) -> Section | None:
        """Where it stands; the section that says so, for the page to scroll to."""
        place, _, name = (error.place if error else "").partition(BETWEEN)
        found = self._section_of(place) if error else None
        for section in self._sections:
            section.show_error(_sentence(error, place, name) if error and section is found else "")
        for part in (self._choices, self._fields, self._shape.columns if self._shape else None):
            if part is not None:
                part.show_wrong(name)
        if place == "settings":
            self._advanced.open()
        return found

    def _section_of(self, place: str) -> Section:
        """The first one where no other has the place."""
        places = (place, *ELSEWHERE.get(place, ()))
        found = (each for wanted in places for each in self._sections if each.place == wanted)
        return next(found, self._sections[0])

    @property
    def errors(self) -> list[str]:
        return [section.error for section in self._sections if section.error]

    # Parts

    def _build(self, kind: Kind, collections: Sequence[str]) -> None:
        clear(self._layout)
        self._sections = []
        self._choices: ChoicesPart | None = None
        self._fields: FieldsPart | None = None
        self._shape: ShapePart | None = None
        self._rules: RulesPart | None = None
        self._style: StylePart | None = None
        self._examples: ExamplesPart | None = None
        self._collection: Picker | None = None
        self._build_head(kind)
        for part in PARTS[kind]:
            self._build_part(part, kind, collections)
        self._advanced = AdvancedPart(self._theme)
        self._advanced.changed.connect(self._changed)
        self._add(Section(self._theme, "settings", "", "", self._advanced))

    def _build_head(self, kind: Kind) -> None:
        said = words.KINDS[kind]
        self._name = text_line("Name of the recipe", "Name of the recipe")
        self._description = text_line("What it is for", "What it is for, in one line")
        for each in (self._name, self._description):
            each.textChanged.connect(self._changed)
        kind_words = label(f"{said.name}: {said.does[0].lower()}{said.does[1:]}.", tone="muted", size="label")
        kind_words.setWordWrap(True)
        self._add(Section(self._theme, "name", "Name", "", self._name, self._description, kind_words))
        hint = "Write as you would to a new colleague. The model reads this before every input."
        self._instructions = TextArea(self._theme, "What it does", "What should be done with each input?")
        self._instructions.changed.connect(self._changed)
        self._add(Section(self._theme, "instructions", "What it does", hint, self._instructions))

    def _build_part(self, part: str, kind: Kind, collections: Sequence[str]) -> None:
        build: dict[str, Callable[[], None]] = {
            "choices": lambda: self._build_choices(kind),
            "fields": lambda: self._build_fields(kind),
            "schema": self._build_shape,
            "rules": self._build_rules,
            "style": lambda: self._build_style(kind),
            "examples": self._build_examples,
            "collection": lambda: self._build_collection(collections),
        }
        build[part]()

    def _build_choices(self, kind: Kind) -> None:
        self._choices = ChoicesPart(self._theme, kind)
        self._choices.changed.connect(self._choices_changed)
        title, hint = {
            "moderate": ("The policy", "A category each; its severities from the mildest to the worst."),
            "reply": ("What a reply depends on", "Chosen first, and told to the one that writes."),
        }.get(kind, ("What is chosen", "Labels with a few words each are told apart better."))
        self._add(Section(self._theme, "choices", title, hint, self._choices))

    def _build_fields(self, kind: Kind) -> None:
        self._fields = FieldsPart(self._theme, can_be_several=kind != "reply")
        self._fields.changed.connect(self._changed)
        hint = "A column for each. What the text does not say stays empty."
        self._add(Section(self._theme, "fields", "What is taken out", hint, self._fields))

    def _build_shape(self) -> None:
        self._shape = ShapePart(self._theme)
        self._shape.changed.connect(self._changed)
        self._shape.check_asked.connect(self.schema_written)
        section = Section(self._theme, "schema", "What comes out", "", self._shape)
        self._add(section)

    def _build_rules(self) -> None:
        self._rules = RulesPart(self._theme)
        self._rules.changed.connect(self._changed)
        hint = "They come first and are always right. What they leave open is decided by the model."
        self._add(Section(self._theme, "rules", "Rules", hint, self._rules))

    def _build_style(self, kind: Kind) -> None:
        self._style = StylePart(self._theme, kind)
        self._style.changed.connect(self._changed)
        self._add(Section(self._theme, "style", "How it is written", "", self._style))

    def _build_examples(self) -> None:
        self._examples = ExamplesPart(self._theme)
        self._examples.changed.connect(self._changed)
        hint = "A few good ones help more than long instructions. What you correct in a run is added here."
        self._add(Section(self._theme, "examples", "Examples", hint, self._examples))

    def _build_collection(self, collections: Sequence[str]) -> None:
        choices = [(ALL_DOCUMENTS, "all documents"), *((name, name) for name in collections)]
        self._collection = Picker(self._theme, "Where answers are looked up", choices)
        self._collection.chosen.connect(self._changed)
        line = boxed(row(self._collection, None))
        hint = "Suggestions rest on these documents, and name where they stand."
        self._add(Section(self._theme, "collection", "Where answers are looked up", hint, line))

    def _add(self, section: Section) -> None:
        self._sections.append(section)
        self._layout.addWidget(section)

    def _choices_changed(self) -> None:
        if self._rules is not None and self._choices is not None:
            self._rules.show_choices(self._choices.choices)
        self._changed()

    def _changed(self) -> None:
        if not self._filling:
            self.changed.emit()


def _sentence(error: RecipeInvalid, place: str, name: str) -> str:
    """“category: Two labels have this name.”, “Rule 2: It decides no column.”"""
    detail = error.detail.strip()
    said = f"{detail[:1].upper()}{detail[1:]}"
    if name.isdecimal() and place in NUMBERED:
        name = f"{NUMBERED[place]} {name}"
    name = NAMES.get(name, name)
    return f"{name}: {said}" if name else said
