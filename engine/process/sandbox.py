"""Jinja's immutable sandbox with a budget: whatever a template makes is counted before it is made.

A template is a foreign program. Small ones make huge texts (`'%9999999999d' % 1`, doubling in a loop,
`join`, `center`); so what makes new text or lists either draws on one budget for each rendering, or is not
there at all. Time is limited by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

BUDGET = 4 << 20  # characters and list items; the longest prompts, without contents, take some 10,000
RANGE_LIMIT = 10_000
INTEGER_LIMIT = 1 << 63
INDENT_LIMIT = 16
SLICE_LIMIT = 200  # slices written in one template; each copies
# What widens a text without end, or formats by widths.
FORBIDDEN_METHODS = frozenset(
    {"center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"}
)
ALLOWED_FILTERS = frozenset(
    [
        "abs",
        "attr",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "e",
        "escape",
        "first",
        "float",
        "int",
        "items",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "reverse",
        "round",
        "safe",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "unique",
        "upper",
    ]
)


class Sandbox(ImmutableSandboxedEnvironment):
    """For one thread at a time; `begin` before each rendering."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._left = BUDGET
        self.filters = {
            name: self._counted(use) for name, use in self.filters.items() if name in ALLOWED_FILTERS
        }
        self.filters.update(
            tojson=self._as_json, join=self._joined, replace=self._replaced, indent=self._indented
        )
        del self.globals["lipsum"]
        self.globals["range"] = self._bounded_range
        self.finalize = self._shown
        setattr(self, "concat", self._concatenated)  # noqa: B010 - a function there, a method here

    def begin(self) -> None:
        self._left = BUDGET

    def charge(self, amount: int) -> None:
        """
        Raises:
            SecurityError: the template makes more than the longest prompt takes.
        """
        self._left -= amount
        if self._left < 0:
            raise SecurityError("it makes too much text")

    def size(self, value: Any) -> int:
        """Characters and items of a value, those inside it included. Counting stops at the budget."""
        total, waiting = 0, [value]
        while waiting:
            one = waiting.pop()
            total += len(one) if isinstance(one, str) else 1
            if isinstance(one, dict):
                waiting += [*one.keys(), *one.values()]
            elif isinstance(one, list | tuple | set | frozenset):
                waiting += one
            if total + len(waiting) > self._left:
                raise SecurityError("it makes too much text")
        return total

    # Operators and calls

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(value, int | float) for value in (left, right))
        if operator == "**" or not (numbers or operator == "+"):
            raise SecurityError(f"the operator {operator} is not allowed here")
        if not numbers:
            self.charge(self.size(left) + self.size(right))
        elif any(isinstance(value, int) and abs(value) > INTEGER_LIMIT for value in (left, right)):
            raise SecurityError("it computes with huge numbers")
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - Jinja's
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str):
            if name in FORBIDDEN_METHODS:
                raise SecurityError(f"{name} is not allowed here")
            if name == "join":
                return __self._joined(args[0], owner)
            if name == "replace":
                return __self._replaced(owner, *args)
            __self.charge(len(owner))
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> None:
        """Jinja's way to let `format` run safely; its widths are not."""
        if getattr(value, "__name__", "") in ("format", "format_map") and isinstance(value.__self__, str):
            raise SecurityError("format is not allowed here")

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        if sum(1 for _ in source.find_all(nodes.Slice)) > SLICE_LIMIT:
            raise SecurityError("it cuts too much")
        code = super()._generate(source, name, filename, defer_init=defer_init)
        imports, newline, rest = code.partition("\n")  # the first line; `~` calls what it brings
        return imports + newline + "str_join = markup_join = environment.concat\n" + rest

    # Filters and what templates call by name

    def _counted(self, use: Callable[..., Any]) -> Callable[..., Any]:
        """A filter whose argument is counted: no result of it is larger, but for its own."""
        position = 1 if hasattr(use, "jinja_pass_arg") else 0

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.charge(self.size(args[position]))
            if any(isinstance(extra, str | list | tuple) for extra in args[position + 1 :]):
                self.charge(self.size(list(args[position + 1 :])))
            return use(*args, **kwargs)

        if position:
            counted.jinja_pass_arg = use.jinja_pass_arg  # type: ignore[attr-defined]
        return counted

    def _shown(self, value: Any) -> Any:
        self.charge(self.size(value))
        return value

    def _concatenated(self, parts: Iterable[Any]) -> str:
        texts = [str(self._shown(part)) for part in parts]
        return "".join(texts)

    def _joined(self, value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
        texts = []
        for item in value:
            self.charge(len(d))
            one = self.getitem(item, attribute) if attribute else item
            texts.append(str(self._shown(one)))
        return str(d).join(texts)

    def _replaced(self, text: Any, old: str, new: str, count: int | None = None) -> str:
        before = str(self._shown(text))
        self.charge(len(before) + before.count(old) * max(0, len(new) - len(old)))
        return before.replace(old, new, -1 if count is None else count)

    def _indented(self, text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
        space = width if isinstance(width, str) else " " * min(width, INDENT_LIMIT)
        self.charge(len(text) + len(space) * (text.count("\n") + 1))
        lines = [space + line if line or blank else line for line in text.split("\n")]
        return "\n".join(lines if first else [text.split("\n")[0], *lines[1:]])

    def _as_json(self, value: Any, indent: int | None = None, **_options: Any) -> str:
        """Without Jinja's own escapes for HTML, which no template for a model means."""
        if indent is not None and not 0 <= indent <= INDENT_LIMIT:
            raise SecurityError("it indents too far")
        self.charge(self.size(value) * (1 + (indent or 0)))
        return json.dumps(value, ensure_ascii=False, indent=indent)

    def _bounded_range(self, *arguments: int) -> range:
        numbers = range(*arguments)
        if len(numbers) > RANGE_LIMIT:
            raise SecurityError(f"it counts to more than {RANGE_LIMIT:,}")
        return numbers
