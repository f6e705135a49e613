"""A model's chat template, rendered so that neither it nor the messages can do harm.

A chat template is code inside a model file, from whoever made the file (CVE-2024-34359): it runs in
Jinja's immutable sandbox, with bounds on its size, on what it makes (`sandbox.py`) and on its time.

The messages are data, from documents and web pages: a text with “<|im_end|>” in it must not end the turn.
So the template never sees them. It is rendered over placeholders, and the result is cut at those into
segments: the template's own text, in which control tokens count, and the contents, in which they do not.
"""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Any

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError

from engine.errors import ModelUnsupported, NoChatTemplate
from engine.process.sandbox import Sandbox
from engine.values import Message

SOURCE_LIMIT = 1 << 16  # the longest in use (with tools and documents) are about 20,000 characters
OUTPUT_LIMIT = 1 << 18  # without the contents; a line or two for each message
TIME_LIMIT_S = 2.0
_DATE_FORMAT = re.compile(r"(?:%[A-Za-z%]|%-[A-Za-z]|[^%]){0,64}")  # no widths: “%999999999d” fills memory


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the prompt. Control tokens count only in the template's own pieces."""

    text: str
    from_template: bool


class _TemplateRefusedError(TemplateError):
    """The template called `raise_exception`: it does not accept messages of this form."""


class ChatTemplate:
    """One model's template. `bos` and `eos` are the texts of the model's tokens, which templates name."""

    def __init__(
        self,
        path: str,
        source: str,
        *,
        bos: str = "",
        eos: str = "",
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        """
        Raises:
            NoChatTemplate: the model has none.
            ModelUnsupported: it is too long, or no Jinja.
        """
        if not source.strip():
            raise NoChatTemplate(path)
        if len(source) > SOURCE_LIMIT:
            raise ModelUnsupported(path, f"its chat template is {len(source):,} characters long")
        self._path = path
        self._tokens = {"bos_token": bos, "eos_token": eos}
        self._environment = _environment(now)
        with self._mapped_errors():
            self._template = self._environment.from_string(source)

    def segments(self, messages: Sequence[Message], *, reply: bool = True) -> list[Segment]:
        """The prompt for the messages; with `reply` it ends where the model's answer begins.

        A template that refuses or drops a system message gets it as the start of the first question.

        Raises:
            ModelUnsupported: the template fails, or leaves a message out.
        """
        with self._mapped_errors():
            try:
                return self._segments(messages, reply)
            except _TemplateRefusedError:
                merged = _without_system(messages)
                if merged is None:
                    raise
                return self._segments(merged, reply)

    def _segments(self, messages: Sequence[Message], reply: bool) -> list[Segment]:
        # Unguessable, so that no message can contain one.
        mark = f"Text{secrets.token_hex(8)}n"
        placeholders = [
            {"role": message.role, "content": f"{mark}{index}e"} for index, message in enumerate(messages)
        ]
        pieces = re.split(f"{mark}([0-9]+)e", self._render(placeholders, reply))
        missing = set(range(len(messages))) - {int(index) for index in pieces[1::2]}
        if missing:
            raise _TemplateRefusedError(f"it leaves out message {min(missing) + 1}")
        segments = [
            Segment(messages[int(piece)].text, False) if odd else Segment(piece, True)
            for odd, piece in ((number % 2, piece) for number, piece in enumerate(pieces))
        ]
        return [segment for segment in segments if segment.text]

    def _render(self, messages: list[dict[str, str]], reply: bool) -> str:
        rendered: list[str] = []
        length = 0
        self._environment.begin()
        with _deadline(TIME_LIMIT_S):
            for piece in self._template.generate(
                messages=messages, add_generation_prompt=reply, **self._tokens
            ):
                rendered.append(piece)
                length += len(piece)
                if length > OUTPUT_LIMIT:
                    raise SecurityError("it writes without end")
        return "".join(rendered)

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        # Broad on purpose: this is the boundary to foreign code, which can raise anything at all.
        try:
            yield
        except Exception as error:
            detail = str(error) or type(error).__name__
            raise ModelUnsupported(self._path, f"its chat template fails: {detail[:200]}") from error


def _environment(now: Callable[[], datetime]) -> Sandbox:
    environment = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    environment.globals.update(raise_exception=_refuse, strftime_now=lambda form: _date(now(), form))
    return environment


def _refuse(message: object) -> None:
    raise _TemplateRefusedError(str(message))


def _date(now: datetime, form: str) -> str:
    if not _DATE_FORMAT.fullmatch(form):
        raise SecurityError("it asks for a strange date")
    return now.strftime(form)


def _without_system(messages: Sequence[Message]) -> list[Message] | None:
    """The messages with the system text at the start of the first question; None without one."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return None
    system, first, *rest = messages
    return [Message("user", f"{system.text}\n\n{first.text}"), *rest]


@contextmanager
def _deadline(limit_s: float) -> Iterator[None]:
    """Interrupt the Python code of this thread after `limit_s`: a template may loop over loops."""
    end = time.monotonic() + limit_s

    def check(_frame: FrameType, _event: str, _argument: object) -> Any:
        if time.monotonic() > end:
            raise SecurityError("it does not come to an end")
        return check

    before = sys.gettrace()
    sys.settrace(check)
    try:
        yield
    finally:
        sys.settrace(before)
