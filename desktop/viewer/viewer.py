"""A document laid over the page it was asked from, at the right place, with the passage lit."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget

from desktop.chat.quotes import Range, place
from desktop.lanes import Lanes
from desktop.theme.controls import Surface, line
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.viewer.bars import Note, TitleBar, ToolBar
from desktop.viewer.marks import NOTHING, PageMarks, boxes_of
from desktop.viewer.outside import open_outside
from desktop.viewer.paper import PaperView
from desktop.viewer.pictures import Picture, Pictures
from desktop.viewer.selection import Selection
from desktop.viewer.spot import Spot
from desktop.viewer.text_pages import TextPages
from desktop.viewer.texts import FileState, Hit, Look, Texts
from desktop.window.ports import Documents
from rag.errors import DocumentUnreadable, UnsupportedFormat
from rag.formats import DRAWN
from rag.values import Page

ZOOM_STEP = 1.2
LEAST, MOST = 0.5, 4.0
HITS_A_PAGE = 300
"""Hits marked on one page: the word “the” need not be painted thousands of times."""

HEARD = 5_000
"""Characters of a page that are given to a screen reader with its picture."""

STATES: dict[FileState, str] = {
    "as read": "",
    "changed": "The file has changed since Carrel read it. This is its text as it was read.",
    "gone": "The file is not where it was. This is its text as Carrel read it.",
    "forgotten": "Carrel does not keep this page any more. This is the passage as it was read.",
}
READ_ANEW = "The document was read anew since; the passage does not stand here in these words any more."


class Viewer(Surface):
    """One document at a time. Pages as pictures where they have looks and the file is as it was read."""

    closed = Signal()
    step_asked = Signal(int)
    failed = Signal(object)

    def __init__(self, theme: Theme, documents: Documents, lanes: Lanes) -> None:
        super().__init__("page")
        self._theme = theme
        self._documents = documents
        self._lanes = lanes
        self._spot: Spot | None = None
        self._look: Look | None = None
        self._texts: Texts | None = None
        self._pictures: Pictures | None = None
        self._has_looks = False
        self._zoom = 1.0
        self._number: int | None = None
        self._goal: tuple[int | None, Range | None] | None = None
        self._hit: Hit | None = None
        self._marks: dict[int, PageMarks] = {}
        self._build()

    # What it shows

    @property
    def spot(self) -> Spot | None:
        """What was asked for last; None while nothing is open."""
        return self._spot

    @property
    def shows_pictures(self) -> bool:
        return self._stack.currentWidget() is self.paper

    @property
    def number(self) -> int | None:
        """The page on the screen; None where the format has no pages."""
        return self._number

    def open(self, spot: Spot, position: int = 1, count: int = 1) -> None:
        """Show a place in a document; it is source number `position` of `count`."""
        known = self._spot is not None and self._spot.path == spot.path and self._look is not None
        if not known:
            self._begin(spot)
        self._spot = spot
        self._title.show_names(spot.source.document, place(spot.source) if spot.source.text else "")
        self._title.show_steps(position, count)
        self.setAccessibleName(f"Document {spot.source.document}")
        if known:
            self._show_spot()

    def close_document(self) -> None:
        """Let go of the document: nothing of it is drawn or read any more."""
        for part in (self._texts, self._pictures):
            if part is not None:
                part.close()
                part.deleteLater()
        self._texts, self._pictures, self._look, self._spot = None, None, None, None
        self._goal, self._hit, self._number, self._marks = None, None, None, {}
        self._selection.clear()

    def focus(self) -> None:
        self._stack.currentWidget().setFocus(Qt.FocusReason.OtherFocusReason)

    def zoom(self, steps: int) -> None:
        """Larger by so many steps, or smaller; 0 fits the width."""
        wanted = self._zoom * ZOOM_STEP**steps if steps else 1.0
        self._zoom = min(MOST, max(LEAST, wanted))
        self._tools.show_zoom(self._zoom)
        self.paper.set_zoom(self._zoom)
        self.text.text.set_zoom(self._zoom)

    def begin_search(self) -> None:
        self._tools.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._tools.search.selectAll()

    def leave_search(self) -> bool:
        """End a search that is being typed; whether there was one."""
        if not self._tools.search.hasFocus() or not self._tools.search.text():
            return False
        self._tools.clear_search()
        self.focus()
        return True

    # Parts

    def _build(self) -> None:
        self._title = TitleBar(self._theme)
        self._tools = ToolBar(self._theme)
        self._note = Note(self._theme)
        self._selection = Selection(self._text_of, self)
        self.paper = PaperView(self._theme, self._picture, self._marks_of, self._selection)
        self.text = TextPages(self._theme)
        self._stack = QStackedWidget()
        for view in (self.paper, self.text):
            self._stack.addWidget(view)
        parts = (self._title, line(), self._tools, line(), self._note, self._stack)
        self.setLayout(column(*parts, spacing=0))
        self._connect()

    def _connect(self) -> None:
        self._title.closed.connect(self.closed)
        self._title.step_asked.connect(self.step_asked)
        self._title.text_asked.connect(self._choose_text)
        self._title.outside_asked.connect(self._open_outside)
        self._tools.page_asked.connect(self._turn_to)
        self._tools.turn_asked.connect(self._turn)
        self._tools.zoom_asked.connect(self.zoom)
        self._tools.fit_asked.connect(lambda: self.zoom(0))
        self._tools.search_changed.connect(self._search)
        self._tools.hit_asked.connect(self._step_hit)
        self.paper.wanted.connect(self._want)
        self.paper.page_changed.connect(self._page_changed)
        self.paper.zoom_asked.connect(self.zoom)

    # A document comes

    def _begin(self, spot: Spot) -> None:
        self.close_document()
        self._tools.clear_search()
        self._title.as_text.setChecked(False)
        self._note.show_sentence(spot.sentence)
        self._texts = Texts(self._documents, self._lanes.errands, spot, self)
        self._texts.looked.connect(self._looked)
        self._texts.arrived.connect(self._arrived)
        self._texts.found.connect(self._found)
        self._texts.failed.connect(self.failed)
        self._pictures = Pictures(self._documents, self._lanes.drawing, spot.path, self)
        self._pictures.drawn.connect(self.paper.picture_drawn)
        self._pictures.failed.connect(self._not_drawn)
        self._has_looks = PurePath(spot.path).suffix.lower() in DRAWN
        self.paper.show_document(1)
        self.text.show_page("", ())
        self._stack.setCurrentWidget(self.paper if self._has_looks else self.text)
        self._tools.show_page(1, 1)

    def _looked(self, look: Look) -> None:
        self._look = look
        self._has_looks = self._has_looks and look.state == "as read"
        self._title.as_text.setVisible(self._has_looks)
        self._title.outside.setEnabled(look.state != "gone")
        self.paper.show_document(max(1, look.pages))
        if not self._has_looks:
            self._stack.setCurrentWidget(self.text)
        self._show_spot()

    def _show_spot(self) -> None:
        """Go to what was asked for."""
        assert self._spot is not None and self._look is not None
        self._marks = {}
        number = self._spot.source.page if self._spot.source.page is not None else self._look.page.number
        self._say_what_is_seen()
        self._go_to(number)

    def _say_what_is_seen(self) -> None:
        assert self._spot is not None and self._look is not None
        if STATES[self._look.state]:
            self._note.show_warning(STATES[self._look.state])
        else:
            self._note.show_sentence(self._spot.sentence)

    # Going there

    def _go_to(self, number: int | None, at: Range | None = None) -> None:
        """To a range of a page's text, else to what is lit on it, else to its top; once its text is there."""
        self._goal = (number, at)
        if self._texts is not None and self._text_of(number) is None:
            self._texts.ask(number)
        self._reach()

    def _reach(self) -> None:
        if self._goal is None or self._spot is None:
            return
        number, at = self._goal
        page = self._text_of(number)
        ranges = [at] if at else self._spot.lit_on(page) if page is not None else []
        if page is not None and not at:
            self._check(page, ranges)
        if self.shows_pictures:
            boxes = boxes_of(page, ranges[:1]) if page is not None else []
            self.paper.go_to(number or 1, boxes[0].top if boxes else 0.0)
        elif page is not None:
            self._show_text(page)
        if page is not None:
            self._goal = None

    def _check(self, page: Page, ranges: list[Range]) -> None:
        """Where the picture cannot show what was asked for, the text does; where neither can, say so."""
        assert self._spot is not None
        own = bool(self._spot.source.text) and page.number == self._spot.source.page
        if own and not ranges:
            self._note.show_warning(READ_ANEW)
        if own and ranges and self.shows_pictures and not boxes_of(page, ranges):
            self._title.as_text.setChecked(True)
            self._stack.setCurrentWidget(self.text)

    def _show_text(self, page: Page) -> None:
        assert self._spot is not None
        self._number = page.number
        self.text.show_page(page.text, self._spot.lit_on(page))
        self._show_text_hits()
        self._show_number()

    def _turn_to(self, number: int) -> None:
        if self.shows_pictures:
            self.paper.go_to(number)
        elif self._pages > 1:
            self._go_to(number)
        else:
            self.text.turn_to(number - 1)
            self._show_number()

    def _turn(self, step: int) -> None:
        shown = self._number if self._pages > 1 else self.text.part + 1
        self._turn_to((shown or 1) + step)

    def _page_changed(self, number: int) -> None:
        if self.shows_pictures:
            self._number = number
            self._show_number()

    @property
    def _pages(self) -> int:
        return self._look.pages if self._look is not None else 0

    def _show_number(self) -> None:
        if self._pages > 1:
            self._tools.show_page(self._number or 1, self._pages)
        elif self.shows_pictures:
            self._tools.show_page(1, 1)
        else:
            self._tools.show_page(self.text.part + 1, self.text.parts, "Part")
        number = self._number or 1
        page = self._text_of(self._number)
        self.paper.setAccessibleName(f"Page {number}")
        self.paper.setAccessibleDescription(page.text[:HEARD] if page is not None else "")

    # Pictures

    def _picture(self, number: int) -> Picture | None:
        return self._pictures.get(number) if self._pictures is not None else None

    def _text_of(self, number: int | None) -> Page | None:
        if self._texts is None:
            return None
        # A picture file is one page, whether the format counts it or not.
        return self._texts.get(number) or (self._texts.get(None) if number == 1 else None)

    def _want(self, numbers: list[int], width_px: int) -> None:
        if self._look is None or self._pictures is None or self._texts is None or not self.shows_pictures:
            return
        for number in numbers:
            if self._text_of(number) is None:
                self._texts.ask(number)
        self._pictures.want(numbers, width_px)

    def _arrived(self, page: Page) -> None:
        self._marks.pop(page.number or 1, None)
        if self._goal is not None and self._goal[0] == page.number:
            self._reach()
        self.paper.viewport().update()

    def _not_drawn(self, error: BaseException) -> None:
        """The text takes the place of a page that cannot be drawn."""
        self._has_looks = False
        self._title.as_text.hide()
        self._stack.setCurrentWidget(self.text)
        if self._look is None:
            return
        self._go_to(self._number if self._number is not None else self._look.page.number)
        if not isinstance(error, UnsupportedFormat):
            reason = error.reason if isinstance(error, DocumentUnreadable) else "The page could not be drawn."
            self._note.show_warning(f"{reason} This is its text as Carrel read it.")

    def _choose_text(self, chosen: bool) -> None:
        """The text in place of the pictures, or back."""
        number = self._number
        self._stack.setCurrentWidget(self.text if chosen else self.paper)
        if chosen:
            self._go_to(number if self._pages else self._look.page.number if self._look else None)
        else:
            self.paper.go_to(number or 1)
            self._page_changed(self.paper.page)

    def _marks_of(self, number: int) -> PageMarks:
        """What is marked on a page, worked out once."""
        if number not in self._marks:
            page = self._text_of(number)
            if page is None or self._spot is None:
                return NOTHING
            hits = self._ranges_of_hits(page.number)
            current = self._current_on(page.number)
            ranges = (self._spot.lit_on(page), hits, [current] if current else [])
            self._marks[number] = PageMarks(*(boxes_of(page, each) for each in ranges))
        return self._marks[number]

    # Searching

    def _search(self, words: str) -> None:
        self._hit = None
        if self._texts is not None:
            self._texts.search(words)

    def _found(self) -> None:
        """More hits: go to the first from here on, and mark them."""
        assert self._texts is not None
        self._marks = {}
        hits = self._texts.hits
        if self._hit is None and hits:
            here = self._number or 0
            # Those that have come may all lie before this page: better hits follow, or the first it is.
            after = next((hit for hit in hits if (hit.number or 0) >= here), None)
            if after is not None or not self._texts.searching:
                self._go_to_hit(after or hits[0])
        self._show_hits()

    def _step_hit(self, step: int) -> None:
        hits = self._texts.hits if self._texts is not None else ()
        if hits:
            at = hits.index(self._hit) if self._hit in hits else -1
            self._marks = {}
            self._go_to_hit(hits[(at + step) % len(hits)])
            self._show_hits()

    def _go_to_hit(self, hit: Hit) -> None:
        self._hit = hit
        if self.shows_pictures or hit.number != self._number:
            self._go_to(hit.number, (hit.start, hit.end))

    def _show_hits(self) -> None:
        assert self._texts is not None
        hits = self._texts.hits
        at = hits.index(self._hit) + 1 if self._hit in hits else 0
        self._tools.show_hits(at, len(hits), searching=self._texts.searching)
        self.paper.viewport().update()
        if not self.shows_pictures:
            self._show_text_hits()
            self._show_number()

    def _show_text_hits(self) -> None:
        self.text.show_hits(self._ranges_of_hits(self._number), self._current_on(self._number))

    def _current_on(self, number: int | None) -> Range | None:
        """The hit at hand, if it stands on this page."""
        return (self._hit.start, self._hit.end) if self._hit and self._hit.number == number else None

    def _ranges_of_hits(self, number: int | None) -> list[Range]:
        hits = self._texts.hits if self._texts is not None else ()
        return [(hit.start, hit.end) for hit in hits if hit.number == number][:HITS_A_PAGE]

    def _open_outside(self) -> None:
        if self._spot is not None:
            open_outside(self._spot.path)
