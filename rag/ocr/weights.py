"""Where the weights lie: in the installed package `rapidocr`, whose code is never imported."""

from __future__ import annotations

import sys
from pathlib import Path

# Recognition knows 18,708 characters: those of the languages written in Latin letters (Vietnamese is not
# complete), Greek, Chinese, Japanese. No Cyrillic, Korean, Arabic, Hebrew, Thai or Indic letters.
DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"
DIRECTION = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"


def folder() -> Path | None:
    """The folder with the three files; None where they are not installed."""
    for place in sys.path:  # not importlib: in the frozen app there is the data and no package
        models = Path(place) / "rapidocr" / "models"
        if all((models / name).is_file() for name in (DETECTION, RECOGNITION, DIRECTION)):
            return models
    return None
