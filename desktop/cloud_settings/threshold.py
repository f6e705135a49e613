"""How unsure an answer must be to count as hard, with what that would have meant for past answers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from desktop.cloud_settings import words
from desktop.theme.controls import label
from desktop.theme.layouts import boxed, column, row, wrapping
from engine.routing.values import ThresholdEffect, ThresholdEffects
from engine.usage.values import Currency

STEPS = tuple(step / 20 for step in range(21))


class ThresholdSlider(QWidget):
    """`chosen` carries the threshold, 0..1, once the person lets go of it or stops at it by key."""

    chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._effects = ThresholdEffects()
        self._currency = Currency()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(STEPS) - 1)
        self.slider.setPageStep(4)
        self.slider.setAccessibleName("From how unsure on an answer counts as hard")
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setCursor(Qt.CursorShape.PointingHandCursor)
        self._effect = label(tone="muted", size="label", wrap=True)
        few = label("Only the least sure", tone="faint", size="small")
        many = label("Almost all", tone="faint", size="small")
        ends = boxed(row(few, None, many))
        self.setLayout(column(self.slider, ends, wrapping(row(self._effect)), spacing=5))
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self._settle)

    def show_threshold(self, threshold: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(threshold * (len(STEPS) - 1)))
        self.slider.blockSignals(False)
        self._show_effect()

    def show_effects(self, effects: ThresholdEffects, currency: Currency) -> None:
        self._effects, self._currency = effects, currency
        self._show_effect()

    @property
    def threshold(self) -> float:
        return STEPS[self.slider.value()]

    @property
    def said(self) -> str:
        return self._effect.text()

    def _moved(self, _: int) -> None:
        self._show_effect()
        if not self.slider.isSliderDown():  # by key, or by a press beside the knob
            self._settle()

    def _settle(self) -> None:
        self.chosen.emit(self.threshold)

    def _show_effect(self) -> None:
        steps = self._effects.steps or (ThresholdEffect(self.threshold, 0, 0, None),)
        nearest = min(steps, key=lambda step: abs(step.threshold - self.threshold))
        said = words.effect(nearest, self._currency)
        self._effect.setText(said)
        self.slider.setAccessibleDescription(said)
