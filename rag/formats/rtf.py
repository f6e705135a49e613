"""Rich Text Format: paragraphs, headings, list items with their numbers, tables, footnotes. Pictures,
embedded objects and linked templates are never looked at.

Read with own code: striprtf, the usual library, knows no headings, drops notes and needs the file as one
string; what is decoded there by the page's own code pages is decoded here font by font.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path

from rag.errors import DocumentUnreadable
from rag.formats.building import PageBuilder, TextBudget, markdown_table, title_for
from rag.formats.cleaning import collapse
from rag.formats.registry import Progress
from rag.formats.rtf_table import TableRow, aligned
from rag.formats.rtf_tokens import USUAL, Token, charset, code_page, joined, tokens
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import ReadDocument

_DEEPEST = 1000
_TOKENS_PER_PULSE = 4096
_MOST_CELLS = 100_000  # of one table; a longer one goes on as another
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_PRIVATE = re.compile("[\ue000-\uf8ff]")  # a symbol font's own signs
_CUT_OFF = "The file seems to be cut off; its end may be missing."

_WORDS = {
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "tab": " ", "line": " ", "emspace": " ", "enspace": " ", "qmspace": " ",
    "nestcell": " ",
}  # fmt: skip
_SYMBOLS = {"~": " ", "_": "-", "\\": "\\", "{": "{", "}": "}", "\t": " "}
# Groups that hold no text of the document. Those that begin with \* are left out unless known.
_LEFT_OUT = frozenset(
    [
        *("colortbl", "pict", "header", "footer", "headerl", "headerr", "headerf", "footerl", "footerr"),
        *("footerf", "fldinst", "xe", "tc", "sn", "sv", "nonesttables", "nonshppict", "ftnsep", "ftnsepc"),
        *("objdata", "objclass", "filetbl", "datafield", "info", "upr", "atnid", "atnauthor", "template"),
    ]
)
_KNOWN_EXTENSIONS = frozenset(["shpinst", "ud", "footnote", "listtext", "pntext"])


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number: where pages break is known only to the program that lays them out."""
    steps = Steps(progress)
    steps.expect(1)
    budget = TextBudget(path, limits.text_characters, steps.pulse)
    builder = PageBuilder(budget)
    document = _Document(path, builder)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        for count, token in enumerate(tokens(data)):
            document.take(token)
            if count % _TOKENS_PER_PULSE == 0:
                steps.pulse()
                budget.check(document.pending)
    document.finish()
    steps.step()
    warnings = (_CUT_OFF,) if document.is_cut_off else ()
    return ReadDocument(title_for(path, document.title), (builder.build(None),), warnings)


@dataclass(frozen=True, slots=True)
class _State:
    """What a group passes on to the groups inside it and forgets at its end."""

    place: str = "text"  # text, or skip, fonts, styles, mark, title
    encoding: str = USUAL
    fallback: int = 1  # characters after a \u that stand for it in old programs
    hidden: bool = False


@dataclass(slots=True)
class _Paragraph:
    """The paragraph that is being read."""

    words: list[str] = field(default_factory=list)
    mark: str = ""
    style: int = 0
    level: int = 0
    in_table: bool = False


class _Document:
    """Takes the tokens of a file and fills the builder."""

    def __init__(self, path: Path, builder: PageBuilder) -> None:
        self.title = ""
        self.pending = 0  # characters read that no block holds yet
        self._path = path
        self._builder = builder
        self._state = _State()
        self._outer: list[_State] = []
        self._asides: list[tuple[int, str, _Paragraph]] = []  # depth, lead and paragraph around a note
        self._paragraph = _Paragraph()
        self._after: list[str] = []  # notes and text boxes of this paragraph
        self._rows: list[TableRow] = []
        self._row = TableRow()
        self._encoding = USUAL
        self._fonts: dict[int, str] = {}
        self._font = self._first_font = 0
        self._styles: dict[int, int] = {}
        self._style = self._style_level = 0
        self._bytes = bytearray()
        self._words: list[str] = []  # of what is no text: a name, a number, the title
        self._unread = 0  # characters that repeat a \u
        self._starred = False

    @property
    def is_cut_off(self) -> bool:
        return bool(self._outer)

    def take(self, token: Token) -> None:
        if token.kind == "bytes":
            self._take_bytes(token.data)
        elif token.kind == "brace":
            self._open() if token.text == "{" else self._close()
        elif self._unread and self._state.place != "skip" and token.text not in ("u", "*"):
            self._unread -= 1
        elif token.kind == "symbol":
            self._take_symbol(token.text)
        else:
            self._take_word(token.text, token.number)
            self._starred = False

    def finish(self) -> None:
        self._flush()
        while self._asides:
            self._end_aside()
        self._end_paragraph()
        self._end_table()

    # --- groups

    def _open(self) -> None:
        self._flush()
        self._unread = 0
        if len(self._outer) >= _DEEPEST:
            raise DocumentUnreadable(str(self._path), "Its groups are nested too deeply to be read.")
        self._outer.append(self._state)
        self._starred = False

    def _close(self) -> None:
        self._flush()
        self._unread = 0
        if not self._outer:
            return
        inner, self._state = self._state, self._outer.pop()
        if inner.place == "styles" and self._state.place == "styles":
            self._end_style()
        elif inner.place != self._state.place and inner.place in ("mark", "title"):
            self._end_words(inner.place)
        if self._asides and self._asides[-1][0] > len(self._outer):
            self._end_aside()

    def _end_style(self) -> None:
        name = _HEADING.match(collapse(joined(self._words)))
        self._styles[self._style] = self._style_level or (min(int(name[1]), 6) if name else 0)
        self._words, self._style, self._style_level = [], 0, 0

    def _end_words(self, place: str) -> None:
        words = collapse(joined(self._words))
        self._words = []
        if place == "title":
            self.title = words
        else:
            self._paragraph.mark = "•" if not words or _PRIVATE.search(words) else words

    def _begin_aside(self, lead: str) -> None:
        self._flush()
        self._asides.append((len(self._outer), lead, self._paragraph))
        self._paragraph = _Paragraph()

    def _end_aside(self) -> None:
        _, lead, around = self._asides.pop()
        words = collapse(joined(self._paragraph.words))
        if words:
            self._after.append(lead + words)
        self._paragraph = around

    # --- words

    def _take_word(self, word: str, number: int | None) -> None:
        place = self._state.place
        if word in _LEFT_OUT or (self._starred and word not in _KNOWN_EXTENSIONS):
            self._enter("skip")
        elif place == "skip":
            self._take_skipped(word)
        elif word in _WORDS:
            self._add(_WORDS[word])
        elif word == "u":
            self._add(chr((number or 0) % 0x10000))
            self._unread = self._state.fallback
        elif word in ("fonttbl", "stylesheet", "listtext", "pntext"):
            self._enter({"fonttbl": "fonts", "stylesheet": "styles"}.get(word, "mark"))
        elif word in ("footnote", "shptxt"):
            self._begin_aside("Note: " if word == "footnote" else "")
        elif not (self._take_layout if place == "text" else self._take_definition)(word, number):
            self._take_character(word, number)

    def _take_skipped(self, word: str) -> None:
        """Some groups that are left out hold one that is not."""
        if word == "ud":
            self._enter("text")
        elif word == "title":
            self._words = []
            self._enter("title")

    def _take_layout(self, word: str, number: int | None) -> bool:
        paragraph = self._paragraph
        if word in ("par", "sect", "page"):
            self._flush()
            if self._asides or paragraph.in_table:
                self._add(" ")
            else:
                self._end_paragraph()
        elif word == "pard":
            self._flush()
            paragraph.style, paragraph.level, paragraph.in_table = 0, 0, False
        elif word == "intbl":
            paragraph.in_table = True
        elif word == "s":
            paragraph.style = number or 0
        elif word == "outlinelevel":
            paragraph.level = _level(number)
        elif word == "trowd":
            self._row.left, self._row.edges = 0, []
        elif word == "trleft":
            self._row.left = number or 0
        elif word == "cellx":
            self._row.edges.append(number or 0)
        elif word == "cell":
            self._end_cell()
        elif word == "row":
            self._end_row()
        else:
            return False
        return True

    def _take_definition(self, word: str, number: int | None) -> bool:
        if self._state.place == "fonts":
            if word == "f":
                self._font = number or 0
            elif word == "fcharset":
                self._fonts[self._font] = charset(number, self._encoding)
            return word in ("f", "fcharset")
        if self._state.place == "styles":
            if word == "s":
                self._style = number or 0
            elif word == "outlinelevel":
                self._style_level = _level(number)
            return word in ("s", "outlinelevel")
        return False

    def _take_character(self, word: str, number: int | None) -> None:
        if word == "f":
            self._become(replace(self._state, encoding=self._fonts.get(number or 0, self._encoding)))
        elif word in ("v", "deleted"):
            self._become(replace(self._state, hidden=number != 0))
        elif word == "plain":
            self._become(
                replace(self._state, hidden=False, encoding=self._fonts.get(self._first_font, self._encoding))
            )
        elif word == "uc":
            self._become(replace(self._state, fallback=max(number or 0, 0)))
        elif word == "deff":
            self._first_font = number or 0
        elif word in ("ansicpg", "mac", "pc", "pca"):
            pages = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
            self._encoding = pages.get(word) or code_page(number)
            self._become(replace(self._state, encoding=self._encoding))

    def _take_symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._take_word("par", None)
        elif symbol in _SYMBOLS:
            self._add(_SYMBOLS[symbol])

    def _enter(self, place: str) -> None:
        self._become(replace(self._state, place=place))

    def _become(self, state: _State) -> None:
        self._flush()
        self._state = state

    # --- text

    def _take_bytes(self, data: bytes) -> None:
        if self._state.place == "skip":
            return
        if self._unread:
            self._unread, data = max(self._unread - len(data), 0), data[self._unread :]
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._state.encoding, "replace")
            self._bytes.clear()
            self._append(text)

    def _add(self, text: str) -> None:
        self._flush()
        self._append(text)

    def _append(self, text: str) -> None:
        self.pending += len(text)
        if self._state.place == "text" and not self._state.hidden:
            self._paragraph.words.append(text)
        elif self._state.place in ("styles", "mark", "title"):
            self._words.append(text)

    # --- blocks

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        words = collapse(joined(paragraph.words))
        if words or self._after:
            self._end_table()
        level = paragraph.level or self._styles.get(paragraph.style, 0)
        marked = f"{paragraph.mark} {words}" if paragraph.mark and words else words
        if level:
            self._builder.add("heading", marked, level)
        else:
            self._builder.add("list_item" if paragraph.mark else "paragraph", marked)
        self._add_after()
        self._paragraph = replace(paragraph, words=[], mark="")
        self.pending = 0

    def _add_after(self) -> None:
        """Notes stand right after the block that refers to them: read together, found together."""
        for words in self._after:
            self._builder.add("paragraph", words)
        self._after = []

    def _end_cell(self) -> None:
        self._flush()
        mark, words = self._paragraph.mark, collapse(joined(self._paragraph.words))
        self._row.texts.append(f"{mark} {words}" if mark and words else words)
        self._paragraph = replace(self._paragraph, words=[], mark="")

    def _end_row(self) -> None:
        if self._row.texts:
            self._rows.append(self._row)
        self._row = TableRow(left=self._row.left, edges=list(self._row.edges))
        if len(self._rows) * max(len(self._row.edges), 1) > _MOST_CELLS:
            self._end_table()

    def _end_table(self) -> None:
        if self._row.texts:
            self._end_row()
        rows, self._rows = self._rows, []
        if rows:
            self._builder.add("table", markdown_table(aligned(rows)))
            self._add_after()
            self.pending = sum(map(len, self._paragraph.words))


def _level(number: int | None) -> int:
    """RTF's outline levels are 0–8 for headings and 9 for running text."""
    return min(number + 1, 6) if number is not None and 0 <= number < 9 else 0
