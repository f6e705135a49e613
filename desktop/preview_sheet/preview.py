"""Brings the preview sheet to life: has the draft made, and made anew with every choice; then hands it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from desktop.explain import Explanation
from desktop.lanes import Job, Lane
from desktop.preview_sheet.names import joined, model_name
from desktop.preview_sheet.sheet import PreviewSheet, Standing
from desktop.theme.foreign import plain
from desktop.window.ports import Cancelled, Cloud, ProviderRow
from engine.errors import KeyringLocked, KeyringMissing
from engine.frontier.values import Draft


class MakeDraft(Protocol):
    """Makes a draft (`Cloud.draft` for one chat). Runs on a lane."""

    def __call__(
        self,
        *,
        provider_id: str = ...,
        model: str = ...,
        passages: Sequence[int] | None = ...,
        cancelled: Cancelled = ...,
    ) -> Iterator[Draft]: ...


class Preview(QObject):
    """One sheet, one draft at a time. `key_asked` brings the provider whose key is missing."""

    key_asked = Signal(str)

    def __init__(
        self,
        cloud: Cloud,
        lane: Lane,
        sheet: PreviewSheet,
        explain: Callable[[BaseException], Explanation],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._cloud = cloud
        self._lane = lane
        self._sheet = sheet
        self._explain = explain
        self._make: MakeDraft | None = None
        self._send: Callable[[Draft], None] = _nothing
        self._draft: Draft | None = None
        self._job: Job | None = None
        self._whom = ("", "")
        self._passages: tuple[int, ...] | None = None
        self._let_through: set[str] = set()
        sheet.send_asked.connect(self._send_it)
        sheet.key_asked.connect(self._ask_for_key)
        sheet.cancelled.connect(self._leave)
        sheet.model_chosen.connect(self._choose_model)
        sheet.masks_switched.connect(self._switch)
        sheet.passages_chosen.connect(self._choose_passages)

    @property
    def draft(self) -> Draft | None:
        return self._draft

    def open(self, make: MakeDraft, send: Callable[[Draft], None], whom: tuple[str, str] = ("", "")) -> None:
        """Show what `make` would send; `send` gets it once the person wants it sent.

        `whom`: (provider, model) to begin with; empty: the policy's.
        """
        self._leave()
        self._make, self._send = make, send
        self._whom, self._passages, self._let_through = whom, None, set()
        self._begin()

    # Making it

    def _begin(self) -> None:
        make, (provider, model), passages, cloud = self._make, self._whom, self._passages, self._cloud
        if make is None:
            return
        self._end_job()
        self._sheet.show_waiting()

        def work(cancelled: Cancelled) -> Iterator[Draft]:
            with suppress(KeyringMissing, KeyringLocked):  # then the sheet says that there is no key
                cloud.look_for_keys()
            yield from make(provider_id=provider, model=model, passages=passages, cancelled=cancelled)

        self._job = self._lane.job(work)
        self._job.happened.connect(self._made)
        self._job.failed.connect(self._failed)
        self._lane.start(self._job)

    def _made(self, draft: Draft) -> None:
        if self.sender() is not self._job:
            return  # of a choice that was changed meanwhile
        for mask in draft.masks:
            if mask.on and mask.original in self._let_through:
                draft = self._cloud.masked(draft, mask.placeholder, False)
        self._show(draft)

    def _failed(self, error: BaseException) -> None:
        if self.sender() is self._job:
            self._draft = None
            self._sheet.show_failure(self._explain(error))

    def _show(self, draft: Draft) -> None:
        self._draft = draft
        self._sheet.show_draft(draft, self._standing(draft))

    def _standing(self, draft: Draft) -> Standing:
        rows = self._cloud.providers()
        provider = draft.question.provider
        kept = next((row.key for row in rows if row.provider.id == provider.id), "")
        chosen = _key(provider.id, draft.question.model)
        choices = [choice for row in rows if may_be_asked(row) for choice in _choices(row)]
        if chosen not in [key for key, _ in choices]:
            choices.insert(0, (chosen, _words(draft.question.model, provider.name)))
        return Standing(
            online=self._cloud.online(),
            key_missing=provider.needs_key and not kept,
            currency=self._cloud.currency(),
            models=choices,
            model=chosen,
        )

    # What the person chooses

    def _choose_model(self, key: str) -> None:
        provider, _, model = key.partition(" ")
        self._whom = (provider, model)
        self._begin()

    def _choose_passages(self, passages: tuple[int, ...]) -> None:
        self._passages = passages
        self._begin()

    def _switch(self, placeholders: tuple[str, ...], on: bool) -> None:
        """Mask one thing, or let it through, in whatever way it is written."""
        if self._draft is None:
            return
        draft = self._draft
        for mask in self._draft.masks:
            if mask.placeholder in placeholders:
                draft = self._cloud.masked(draft, mask.placeholder, on)
                (self._let_through.discard if on else self._let_through.add)(mask.original)
        self._show(draft)

    def _send_it(self) -> None:
        draft, send = self._draft, self._send
        if draft is not None:
            self._sheet.close_sheet()
            send(draft)

    def _ask_for_key(self) -> None:
        draft = self._draft
        if draft is not None:
            self._sheet.close_sheet()
            self.key_asked.emit(draft.question.provider.id)

    def _leave(self) -> None:
        self._end_job()
        self._draft, self._make = None, None

    def _end_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None


def _nothing(_: Draft) -> None:
    pass


def may_be_asked(row: ProviderRow) -> bool:
    return bool(row.key) or not row.provider.needs_key


def _choices(row: ProviderRow) -> list[tuple[str, str]]:
    return [(_key(row.provider.id, model), _words(model, row.provider.name)) for model in row.provider.models]


def _key(provider_id: str, model: str) -> str:
    return f"{provider_id} {model}"


def _words(model: str, provider: str) -> str:
    return joined((model_name(model), plain(provider, 40)))
