"""The Usage place: its page, what is changed on it, receipts, and the money on the status strip."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.lanes import Lanes, once
from desktop.preview_sheet.receipt import ReceiptSheet
from desktop.theme.controls import label
from desktop.theme.foreign import breakable
from desktop.theme.theme import Theme
from desktop.usage.page import UsagePage
from desktop.usage.receipt import GONE, facts
from desktop.window.ports import Cloud
from desktop.window.sheet import Sheet
from desktop.window.toasts import Toast
from engine.usage.money import summed
from engine.usage.values import CallRow, Limits, Price, PriceRow


class UsagePlace(QObject):
    """`changed` after a limit, a price or the currency was: what the strip shows may be another."""

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        cloud: Cloud,
        theme: Theme,
        lanes: Lanes,
        sheet: Sheet,
        receipt: ReceiptSheet,
        toast: Toast,
        parent: QWidget,
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self._cloud = cloud
        self._theme = theme
        self._lanes = lanes
        self._sheet = sheet
        self._receipt = receipt
        self._toast = toast
        self.page = UsagePage(theme, cloud, self._names, today=today)
        self.page.limits_set.connect(self._set_limits)
        self.page.price_set.connect(self._set_price)
        self.page.currency_chosen.connect(self._set_currency)
        self.page.receipt_asked.connect(self.show_receipt)
        self.page.export_asked.connect(self._choose_file)

    def enter(self) -> None:
        """Before the page is shown. The first time it loads what draws the chart: half a second at most."""
        self.page.refresh()

    def show_receipt(self, call: CallRow) -> None:
        receipt, currency = self._cloud.receipt_of_call(call.id), self._cloud.currency()
        if receipt is not None:
            provider = self._names().get(call.provider, call.provider)
            self._receipt.show_receipt(receipt, provider, currency, time.time())
            return
        known = label(breakable(facts(call, currency)), tone="muted", size="label", wrap=True)
        self._sheet.present("Receipt", [known, label(GONE, wrap=True)], [("Close", "primary", None)])

    def export(self, path: Path) -> None:
        cloud = self._cloud
        job = self._lanes.errands.job(once(lambda: cloud.export_usage(path)))
        job.done.connect(self._exported)
        job.failed.connect(self.failed)
        self._lanes.errands.start(job)

    def _exported(self) -> None:
        self._toast.say("Your calls are written down.")

    def _choose_file(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        suggested = str(Path(folder) / "Carrel usage.csv")
        chosen, _ = QFileDialog.getSaveFileName(
            self.page.window(), "Export", suggested, "Comma-separated values (*.csv)"
        )
        if chosen:
            path = Path(chosen)
            self.export(path if path.suffix.lower() == ".csv" else path.with_name(f"{path.name}.csv"))

    def _names(self) -> Mapping[str, str]:
        return {row.provider.id: row.provider.name for row in self._cloud.providers()}

    def _set_limits(self, limits: Limits) -> None:
        self._cloud.set_limits(limits)
        self._refresh()

    def _set_price(self, which: PriceRow, price: Price | None) -> None:
        self._cloud.set_price(which.provider, which.model, price)
        self._refresh()

    def _set_currency(self, code: str) -> None:
        self._cloud.set_currency(code)
        self._refresh()

    def _refresh(self) -> None:
        self.page.refresh()
        self.changed.emit()


def spent_today(cloud: Cloud) -> str:
    """For the status strip: “€0.42 today”."""
    return f"{summed(cloud.spent().day, cloud.currency())} today"
