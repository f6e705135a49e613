"""Values of a recipe's fields out of a text: copied by a model, read and checked by code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import PromptTooLong, RecipeInvalid
from engine.structured.schemas import check as check_schema
from engine.tasks.asking import Asked, ask, total
from engine.tasks.certainty import Path, under
from engine.tasks.choices.weighing import Asking
from engine.tasks.examples import chosen
from engine.tasks.field_cells import Place, cell_of, merged, missing
from engine.tasks.field_prompt import field_messages
from engine.tasks.field_rules import ruled_cells
from engine.tasks.field_schema import LINES, MOST_VALUES, check_fields, field_schema
from engine.tasks.field_weighing import is_weighed, weighed_cell
from engine.tasks.kinds.each_alone import EachAlone
from engine.tasks.normalising.normal import Surroundings
from engine.tasks.pieces import PIECE_CHARACTERS, Piece, over_pieces
from engine.tasks.ports import Tools
from engine.tasks.recipe import Field, Recipe
from engine.tasks.values import Cell, Column, Line, Outcome, TaskText
from engine.values import Tokens

# One line takes some 80 tokens to write: what stands in a piece must fit into a reply.
LINES_PIECE_CHARACTERS = 2_400
LEAST_DIVIDED = 1_000  # characters; below, a reply that does not end is one that never will
TOKENS_PER_FIELD = 120
FEWEST_TOKENS, MOST_TOKENS = 512, 1_536


class Extract(EachAlone):
    def check(self, recipe: Recipe) -> None:
        if recipe.schema:
            raise RecipeInvalid("a JSON Schema is filled by the kind “structured”.", "schema")
        check_fields(recipe.fields)

    def columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return field_columns(recipe)

    def work(
        self, recipe: Recipe, text: TaskText, tools: Tools, *, cancelled: Callable[[], bool]
    ) -> Outcome | None:
        return fill_fields(recipe, text, tools, cancelled=cancelled)


KIND = Extract()


def field_columns(recipe: Recipe) -> tuple[Column, ...]:
    return tuple(Column(field.name, field.type, field.many, field.choices) for field in recipe.fields)


def fill_fields(
    recipe: Recipe, text: TaskText, tools: Tools, *, cancelled: Callable[[], bool]
) -> Outcome | None:
    """The line, or the lines, of one text; None when cancelled.

    A long text is read piece by piece: the best value of a single field counts, lists and lines are joined.
    """
    job = _Job(recipe, text, tools, cancelled, Surroundings(text.text, tools.locate))
    ruled = job.ruled()
    asked = [field for field in recipe.fields if field.name not in ruled]
    if not text.text.strip() or not asked:
        return Outcome(_lines(recipe, [], ruled))
    most = LINES_PIECE_CHARACTERS if recipe.several_lines else PIECE_CHARACTERS
    read = over_pieces(text.text, lambda piece: job.read(piece, asked), most)
    if read is None:
        return None
    found = [result for _, result in read]
    return Outcome(
        _lines(recipe, [result.lines for result in found], ruled),
        total([result.tokens for result in found]),
        tools.model.name,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What a model took out of one piece."""

    lines: tuple[dict[str, Cell], ...]
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class _Job:
    recipe: Recipe
    text: TaskText
    tools: Tools
    cancelled: Callable[[], bool]
    around: Surroundings

    def ruled(self) -> dict[str, Cell]:
        return ruled_cells(self.recipe, self.text, self.around)

    def read(self, piece: Piece, fields: Sequence[Field]) -> _Read | None:
        if not piece.text.strip():
            return _Read((), Tokens())
        several = self.recipe.several_lines
        schema = check_schema(field_schema(fields, several_lines=several))
        examples = chosen(self.recipe, piece.text, self.tools.nearest)
        messages = field_messages(self.recipe, fields, examples, piece.text, self.tools.locate)
        lists = several or any(field.many for field in fields)
        asked = ask(
            self.tools.model,
            messages,
            schema,
            MOST_TOKENS if lists else _room(fields),
            divisible=lists and len(piece.text) > LEAST_DIVIDED,
            cancelled=self.cancelled,
        )
        if asked is None:
            return None
        raw: list[dict[str, Any]] = asked.value[LINES] if several else [asked.value]
        if several and len(raw) >= MOST_VALUES:
            raise PromptTooLong(self.tools.model.context_tokens + 1, self.tools.model.context_tokens)
        place = Place(self.text, piece, self.recipe.settings.review_below, 0 if several else None)
        lines = []
        for number, line in enumerate(raw):
            lines.append(self._line(line, fields, asked, (LINES, number) if several else (), place))
            place = place.behind()
        asking = Asking(self.tools.model, self.cancelled)
        weighed = [found for line in lines if (found := self._weighed(line, fields, place, asking))]
        if len(weighed) < len(lines):
            return None
        return _Read(tuple(weighed), total([asked.tokens, asking.tokens]))

    def _weighed(
        self, line: dict[str, Cell], fields: Sequence[Field], place: Place, asking: Asking
    ) -> dict[str, Cell] | None:
        """The line with what its text says of dates and amounts; None when cancelled."""
        cells = dict(line)
        for field in fields:
            if self.tools.model.weighs and is_weighed(field, self.recipe):
                cell = weighed_cell(field, line[field.name], place, self._around(field), asking)
                if cell is None:
                    return None
                cells[field.name] = cell
        return cells

    def _line(
        self, raw: dict[str, Any], fields: Sequence[Field], asked: Asked, at: Path, place: Place
    ) -> dict[str, Cell]:
        return {
            field.name: cell_of(
                field,
                raw[field.name],
                under(asked.certainty, (*at, field.name)),
                place,
                self._around(field),
            )
            for field in fields
        }

    def _around(self, field: Field) -> Surroundings:
        return self.around.telling(f"{field.description}\n{self.recipe.instructions}")


def _room(fields: Sequence[Field]) -> int:
    return min(MOST_TOKENS, max(FEWEST_TOKENS, TOKENS_PER_FIELD * len(fields)))


def _lines(
    recipe: Recipe, pieces: Sequence[Sequence[dict[str, Cell]]], ruled: dict[str, Cell]
) -> tuple[Line, ...]:
    if recipe.several_lines:
        found = [line for lines in pieces for line in lines if _says_something(line)]
    else:
        found = [{field.name: _best(field, pieces) for field in recipe.fields if field.name not in ruled}]
    return tuple(
        tuple(missing(field, {**line, **ruled}[field.name]) for field in recipe.fields) for line in found
    )


def _best(field: Field, pieces: Sequence[Sequence[dict[str, Cell]]]) -> Cell:
    cells = [line[field.name] for lines in pieces for line in lines]
    return merged(field, cells) if cells else Cell(field.name, [] if field.many else None)


def _says_something(line: dict[str, Cell]) -> bool:
    return any(cell.value not in (None, []) for cell in line.values())
