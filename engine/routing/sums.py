"""Sums in a text that do not add up: what a small model gets wrong first, and what needs no model to see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# As people and LaTeX write them. What stands in \text{…} is a unit.
_WRITTEN = (
    (re.compile(r"\\(?:text|mathrm|textbf)\{[^{}]*\}"), " "),
    (re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}"), r"((\1)/(\2))"),
    (re.compile(r"\\boxed\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\(?:times|cdot)\b|[×·∙]"), "*"),
    (re.compile(r"(?<=\d)\s*[xX]\s*(?=[$€£]?\d)"), " * "),
    (re.compile(r"\\div\b|÷"), "/"),
    (re.compile(r"[−–](?=\s*[$€£]?\d)"), "-"),
    (re.compile(r"\\left|\\right|\\[,;:! ]|\\(?=[$%])|[$€£]"), ""),
    (re.compile(r"(?<=[\d%)]) of (?=[\d(])"), " * "),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"\\[\[\]()]|[*_]{2,}"), " "),
)
# What is counted, between a number and what follows it: “12 cookies + 4 cookies = 16”.
_UNIT = re.compile(r"(?<=[\d%)])[ -]*[^\W\d_]{2,}(?:[ /-][^\W\d_]{2,}){0,3}\s*(?=[-+*/=)])")
# Bounded: a long row of digits would be tried from each of them to its end.
_EXPRESSION = r"[-(\s]{0,20}\d[\d.\s()%+*/-]{0,120}"
_SUM = re.compile(rf"({_EXPRESSION}?)=(?=({_EXPRESSION}))")
_NAME_OR_SIGN = re.compile(r"(?:(?<![^\W\d_])[^\W\d_]|[-+*/^.\\}\d])\s*$")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[-+*/()%]")
BEFORE = 12  # characters that tell whether a sum begins further on the left
DEEPEST = 20


def wrong_sum(text: str) -> str:
    """The first that is wrong, as it was understood: “3 * 4 = 13”; empty where none is."""
    return next((f"{left} = {right}" for left, right, holds in sums(text) if not holds), "")


def sums(text: str) -> Iterator[tuple[str, str, bool]]:
    """Each sum's sides, and whether they are equal as far as the right one is rounded.

    One with a name in it is none (2x + 5 = 15).
    """
    for line in text.splitlines():
        yield from _of_line(_plain(line))


def _of_line(line: str) -> Iterator[tuple[str, str, bool]]:
    for match in _SUM.finditer(line):
        left, right = (_tidy(side) for side in match.groups())
        if _NAME_OR_SIGN.search(line[max(0, match.start() - BEFORE) : match.start()]):
            continue
        if _goes_on(line[match.end(2) :]):
            continue
        one, other = value(left), value(right)
        if one is None or other is None or not re.search(r"\d\D*[-+*/]\D*\d", left):
            continue
        yield left, right, _equal(one, other, right)


def _plain(line: str) -> str:
    for pattern, plain in _WRITTEN:
        line = pattern.sub(plain, line)
    return _UNIT.sub(" ", line)


def _tidy(side: str) -> str:
    return " ".join(side.split()).rstrip(".-+*/( ").lstrip() if side else ""


def _goes_on(rest: str) -> bool:
    """Whether a name follows at once (12x), a power, or more than is looked at."""
    return bool(re.match(r"\s*[\^\d+*/-]|[^\W\d_](?![^\W\d_])", rest))


def _equal(one: float, other: float, said: str) -> bool:
    if abs(one - other) <= 1e-6 * max(1.0, abs(one)):
        return True
    if one == int(one):
        return False
    decimals = len(said.partition(".")[2].rstrip("%) "))
    scale = 100.0 if said.endswith("%") else 1.0
    return abs(one - other) * scale <= 10.0**-decimals


def value(expression: str) -> float | None:
    """What an expression of numbers, + - * / % and brackets comes to; None where it is none."""
    tokens = _TOKEN.findall(expression)
    if not tokens or re.sub(r"\s", "", expression) != "".join(tokens):
        return None
    try:
        reading = _Reading(tokens)
        result = reading.sum(DEEPEST)
    except (ValueError, ZeroDivisionError, IndexError, OverflowError):
        return None
    return result if reading.at == len(tokens) else None


@dataclass(slots=True)
class _Reading:
    """Reads tokens by the rules of arithmetic."""

    tokens: list[str]
    at: int = 0

    def sum(self, depth: int) -> float:
        total = self._product(depth)
        while self._next() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            total += sign * self._product(depth)
        return total

    def _product(self, depth: int) -> float:
        product = self._factor(depth)
        while self._next() in ("*", "/"):
            divides = self._take() == "/"
            factor = self._factor(depth)
            product = product / factor if divides else product * factor
        return product

    def _factor(self, depth: int) -> float:
        if depth <= 0:
            raise ValueError("too many brackets")
        token = self._take()
        if token == "-":
            return -self._factor(depth - 1)
        if token == "(":
            factor = self.sum(depth - 1)
            if self._take() != ")":
                raise ValueError("a bracket is not closed")
        else:
            factor = float(token)
        while self._next() == "%":
            self._take()
            factor /= 100
        return factor

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]
