"""A spreadsheet's number as its cell shows it: 0.25 with the format `0.0%` is “25.0%”.

Two things are shown otherwise, because what a person sees depends on their computer and not on the file: a
number is not grouped (12,339 here is 12.339 there; unbroken, it is one word for the search), and a date in
the system's own form is shown as 2026-03-04.

Source: ECMA-376 part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from rag.formats.sheet_dates import date_text

_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"? | \\(?P<escaped>.)
    | (?P<space>_.?) | (?P<fill>\*.?)
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | \[(?P<elapsed>h+|m+|s+)\] | \[(?P<bracket>[^\]]*)\]
    | (?P<general>General) | (?P<half>AM/PM|A/P)
    | (?P<exponent>E[+-]) | (?P<date>y+|m+|d+|h+|s+|e+|g+)
    | (?P<digit>[0\#?]) | (?P<point>\.) | (?P<comma>,) | (?P<percent>%)
    | (?P<slash>/) | (?P<text>@) | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_SHAPES = {
    **dict.fromkeys(["literal", "bracket", "percent"], "l"),
    **dict.fromkeys(["half", "date", "elapsed", "exponent", "slash", "text", "general"], "x"),
}
_USUAL = re.compile(r"(l*)(?:#,##)?0(?:\.0+)?(l*)")
_LONGEST_CODE = 255  # Excel's own limit
_MOST_DECIMALS = 30
_LARGEST = 1e15  # beyond, the file holds more digits than are true
_EXACT = Context(prec=60)

_ACCOUNTING = '_({c}* #,##0{d}_);_({c}* \\(#,##0{d}\\);_({c}* "-"??_);_(@_)'
BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
    37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)",
    41: _ACCOUNTING.format(c="", d=""), 42: _ACCOUNTING.format(c="$", d=""),
    43: _ACCOUNTING.format(c="", d=".00"), 44: _ACCOUNTING.format(c="$", d=".00"),
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys([*range(27, 32), 36, *range(50, 55), 57, 58], "yyyy-mm-dd"),  # East Asian dates
    **dict.fromkeys([*range(32, 36), 55, 56], "h:mm"),
}  # fmt: skip
"""The codes that a file names by number alone."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a format code: `kind` is the name of a group of `_TOKEN`, or "literal"."""

    kind: str
    text: str


class NumberFormat:
    """One format code; called with a number, it gives the text that the cell shows."""

    def __init__(self, code: str, *, from_1904: bool = False) -> None:
        self._from_1904 = from_1904
        known = 0 < len(code) <= _LONGEST_CODE
        self._sections = [_Section(part) for part in _split(code if known else "General")[:3]]
        self.is_date = self._sections[0].is_date
        self._is_general = code in ("", "General")

    def __call__(self, value: float) -> str:
        if self._is_general:  # most numbers of most sheets
            return general(value)
        section, shown = self._chosen(value)
        if section.is_date:
            dated = date_text(section.tokens, value, from_1904=self._from_1904)
            return general(value) if dated is None else dated
        return section.number_text(shown)

    def _chosen(self, value: float) -> tuple[_Section, float]:
        """The section for the value, and the value without the sign that the section itself shows."""
        for section in self._sections:
            if section.condition and section.holds(value):
                return section, value
        rest = [section for section in self._sections if not section.condition] or self._sections[-1:]
        if value < 0 and len(rest) > 1:
            return rest[1], -value
        return (rest[2], value) if value == 0 and len(rest) > 2 else (rest[0], value)


def general(value: float) -> str:
    """A number without format: as many digits as make sense, and no exponent where that can be avoided."""
    if not math.isfinite(value):
        return ""
    if value == int(value) and abs(value) < _LARGEST:
        return str(int(value))
    written = f"{value:.11G}"
    return _without_exponent(value) if "E-0" in written and abs(value) >= 1e-9 else written


def _without_exponent(value: float) -> str:
    return f"{value:.15f}".rstrip("0")


class _Section:
    """One of the up to three parts of a code: for positive numbers, negative ones, and zero."""

    def __init__(self, code: str) -> None:
        self.tokens = tuple(_tokens(code))
        self._kinds = frozenset(token.kind for token in self.tokens)
        self._around_digits = _around_digits(self.tokens)
        self.condition = _condition(self.tokens)
        self.is_date = any(token.kind in ("date", "elapsed", "half") for token in self.tokens)

    def holds(self, value: float) -> bool:
        sign, bound = self.condition or ("=", 0.0)
        return {
            "<": value < bound,
            ">": value > bound,
            "<=": value <= bound,
            ">=": value >= bound,
            "<>": value != bound,
        }.get(sign, value == bound)

    def number_text(self, value: float) -> str:
        kinds = self._kinds
        if "digit" not in kinds:
            return self._around(general(value))
        if abs(value) >= _LARGEST:
            return general(value)
        if "exponent" in kinds:
            return self._scientific(value)
        if "slash" in kinds:
            return self._fraction(value)
        return self._decimal(value)

    def _around(self, number: str) -> str:
        """The literals of a code, with what stands for the number in its place."""
        words = [
            number if token.kind in ("general", "text") else token.text
            for token in self.tokens
            if token.kind in ("general", "text", "literal")
        ]
        return "".join(words).strip()

    def _scientific(self, value: float) -> str:
        at = next(i for i, token in enumerate(self.tokens) if token.kind == "exponent")
        return f"{value:.{_decimals(self.tokens[:at])}E}"

    def _fraction(self, value: float) -> str:
        at = next(i for i, token in enumerate(self.tokens) if token.kind == "slash")
        digits = sum(token.kind == "digit" for token in self.tokens[at:])
        whole, part = divmod(abs(Fraction(value)), 1)
        part = part.limit_denominator(10 ** min(max(digits, 1), 3) - 1)
        if part == 1:
            whole, part = whole + 1, Fraction(0)
        sign = "-" if value < 0 and (whole or part) else ""
        written = [str(whole)] if whole or not part else []
        return sign + " ".join(written + ([str(part)] if part else []))

    def _decimal(self, value: float) -> str:
        percents = sum(token.kind == "percent" for token in self.tokens)
        exact = Decimal(repr(abs(value))).scaleb(2 * percents - 3 * _thousands(self.tokens), _EXACT)
        decimals = _decimals(self.tokens)
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _EXACT)
        digits = format(rounded, "f")
        if self._around_digits:
            before, after = self._around_digits
            written = f"{before}{digits}{after}".strip()
        else:
            whole, _, behind = digits.partition(".")
            written = self._filled(whole, behind)
        return f"-{written}" if value < 0 and rounded else written

    def _filled(self, whole: str, behind: str) -> str:
        """The tokens with the digits in their places; the first place takes all that have none."""
        point = next((i for i, token in enumerate(self.tokens) if token.kind == "point"), len(self.tokens))
        front = _filled_from_right(self.tokens[:point], "" if whole == "0" else whole)
        return (front + _filled_from_left(self.tokens[point:], behind)).strip()


def _split(code: str) -> list[str]:
    """The sections of a code; a semicolon in quotation marks parts nothing."""
    parts, start = [], 0
    for match in _TOKEN.finditer(code):
        if match["other"] == ";":
            parts.append(code[start : match.start()])
            start = match.end()
    return [*parts, code[start:]]


def _tokens(code: str) -> list[Token]:
    found = []
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or "literal"
        text = match[kind] if match.lastgroup else ""
        if kind in ("quoted", "escaped", "currency", "other"):
            kind = "literal"
        elif kind == "space":
            kind, text = "literal", " "
        if kind != "fill":
            found.append(Token(kind, text))
    return found


def _condition(tokens: Sequence[Token]) -> tuple[str, float] | None:
    for token in tokens:
        match = _CONDITION.fullmatch(token.text) if token.kind == "bracket" else None
        if match:
            return match[1], float(match[2])
    return None


def _around_digits(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """What stands before and after the number in a code as usual as `#,##0.00 "€"`; None in any other."""
    shape = "".join(_SHAPES.get(token.kind) or token.text for token in tokens)
    usual = _USUAL.fullmatch(shape)
    if usual is None:
        return None
    before, after = tokens[: usual.end(1)], tokens[usual.start(2) :]
    return "".join(map(_literal, before)), "".join(map(_literal, after))


def _decimals(tokens: Sequence[Token]) -> int:
    """The most digits behind the point."""
    kinds = [token.kind for token in tokens]
    behind = kinds[kinds.index("point") :] if "point" in kinds else []
    return min(behind.count("digit"), _MOST_DECIMALS)


def _thousands(tokens: Sequence[Token]) -> int:
    """Commas after the last digit: each divides by a thousand."""
    kinds = [token.kind for token in tokens]
    last = len(kinds) - 1 - kinds[::-1].index("digit")
    return kinds[last:].count("comma")


def _filled_from_right(tokens: Sequence[Token], digits: str) -> str:
    places = sum(token.kind == "digit" for token in tokens)
    if not places:
        return "".join(map(_literal, tokens)) + digits
    words: list[str] = []
    for token in reversed(tokens):
        if token.kind == "digit":
            places -= 1
            taken = digits if places == 0 else digits[-1:]
            digits = "" if places == 0 else digits[:-1]
            words.append(taken or ("0" if token.text == "0" else ""))
        else:
            words.append(_literal(token))
    return "".join(reversed(words))


def _filled_from_left(tokens: Sequence[Token], digits: str) -> str:
    needed = max((i for i, token in enumerate(_places(tokens), 1) if token.text == "0"), default=0)
    kept = digits[:needed] + digits[needed:].rstrip("0")
    words: list[str] = []
    for token in tokens:
        if token.kind == "digit":
            words.append(kept[:1])
            kept = kept[1:]
        elif token.kind == "point":
            words.append("." if kept else "")
        else:
            words.append(_literal(token))
    return "".join(words)


def _places(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.kind == "digit"]


def _literal(token: Token) -> str:
    return token.text if token.kind in ("literal", "percent") else ""
