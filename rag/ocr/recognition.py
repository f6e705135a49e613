"""Pictures of pages to lines of text, with ONNX Runtime. In the reader process, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from rag.ocr import weights
from rag.ocr.regions import Region, regions

Pixels = NDArray[np.float32]

_LONGEST_SIDE = 1600  # pixels, to find lines: an A4 page at 140 dpi, where 6-point type is 12 high
_SHORTEST_SIDE = 736
_STEP = 32  # the network halves five times
_LINE_HEIGHT = 48
_LONGEST_LINE = 3200
_LINES_AT_ONCE = 6
_STEPS_AT_ONCE = 800  # each step of 8 pixels has 18,710 numbers: 60 MB
_STEP_PX = 8
_SURE = 0.5  # mean probability of a line's characters, as PP-OCR has it
# The network likes to swallow narrow spaces: on a scanned page six had 0.04 to 0.36 and went missing, while
# between 1,397 neighbours in words none had more than 0.006.
_LIKELY_SPACE = 0.02
_ASKED = 10  # lines that are asked whether they stand on their heads
_DIRECTION_SIZE = (192, 48)


@dataclass(frozen=True, slots=True)
class Character:
    """`at` is where its middle lies on its line, as a share of the line's length."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class ReadLine:
    region: Region
    characters: tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """The lines, in no order; their pixels are those of the picture after `turns` by 90° clockwise."""

    lines: tuple[ReadLine, ...]
    width: int
    height: int
    turns: int


class Recogniser:
    """Holds the three networks, about 150 MB with what they work in."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._detection = _session(folder / weights.DETECTION, threads)
        self._recognition = _session(folder / weights.RECOGNITION, threads)
        self._direction = _session(folder / weights.DIRECTION, threads)
        known = self._recognition.get_modelmeta().custom_metadata_map["character"]
        self._characters = ["", *known.splitlines(), " "]

    def read(self, picture: Image.Image, still: Callable[[], None]) -> ReadPicture:
        """`still` is called every second or so; what it raises ends the work."""
        picture = picture.convert("RGB")
        turns, found = self._upright(picture, still)
        turned = _turned(picture, turns)
        lines = tuple(self._lines(turned, found, still))
        return ReadPicture(lines, turned.width, turned.height, turns)

    def _upright(self, picture: Image.Image, still: Callable[[], None]) -> tuple[int, list[Region]]:
        """How often to turn the picture clockwise so that most lines can be read, and its lines then."""
        turns, found = 0, self._regions(picture)
        still()
        if 2 * sum(region.is_upright for region in found) > len(found):
            turns, found = 1, self._regions(_turned(picture, 1))
            still()
        if found and self._on_its_head(_turned(picture, turns), found):
            turns = (turns + 2) % 4
            found = self._regions(_turned(picture, turns))
            still()
        return turns, found

    def _regions(self, picture: Image.Image) -> list[Region]:
        width, height = _detection_size(picture.width, picture.height)
        # BGR, as OpenCV has pictures, with which the networks were trained.
        values = _values(picture.resize((width, height), Image.Resampling.BILINEAR))
        (result,) = self._detection.run(None, {"x": values[None]})
        return [
            region.scaled(picture.width / width, picture.height / height) for region in regions(result[0, 0])
        ]

    def _on_its_head(self, picture: Image.Image, found: Sequence[Region]) -> bool:
        asked = sorted(found, key=lambda region: region.length, reverse=True)[:_ASKED]
        likely = [self._likely_on_its_head(_cut(picture, region)) for region in asked]
        return sum(likely) > len(likely) / 2

    def _likely_on_its_head(self, line: Image.Image) -> float:
        width, height = _DIRECTION_SIZE
        # The middle of a long line: pressed together to the network's size nobody could tell.
        half = min(line.width, line.height * width // height) / 2
        piece = line.crop((round(line.width / 2 - half), 0, round(line.width / 2 + half), line.height))
        values = np.zeros((1, 3, height, width), np.float32)
        fitting = max(1, min(width, round(piece.width * height / piece.height)))
        values[0, :, :, :fitting] = _values(piece.resize((fitting, height), Image.Resampling.BILINEAR))
        (result,) = self._direction.run(None, {"x": values})
        return float(result[0, 1])

    def _lines(
        self, picture: Image.Image, found: Sequence[Region], still: Callable[[], None]
    ) -> Iterator[ReadLine]:
        for batch in _batches(sorted(found, key=_width)):
            still()
            width = max(_width(region) for region in batch)
            values = np.zeros((len(batch), 3, _LINE_HEIGHT, width), np.float32)
            for place, region in enumerate(batch):
                line = _cut(picture, region)
                size = (_width(region), _LINE_HEIGHT)
                values[place, :, :, : size[0]] = _values(line.resize(size, Image.Resampling.BILINEAR))
            (result,) = self._recognition.run(None, {"x": values})
            for region, steps in zip(batch, result, strict=True):
                characters = self._decoded(steps, width / _width(region))
                if characters:
                    yield ReadLine(region, characters)

    def _decoded(self, steps: Pixels, scale: float) -> tuple[Character, ...]:
        """The likeliest character of each step, those that go on and the blanks left out (CTC)."""
        best = steps.argmax(axis=1)
        begins = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
        if not len(begins) or steps[begins, best[begins]].mean() < _SURE:
            return ()
        texts = [self._characters[index] for index in best[begins]]
        spaces = np.maximum.reduceat(steps[:, -1], begins)  # the likeliest up to the next character
        found: list[Character] = []
        for text, following, begin, space in zip(texts, [*texts[1:], " "], begins, spaces, strict=True):
            at = min((float(begin) + 0.5) / len(best) * scale, 1.0)
            found.append(Character(text, at))
            if space > _LIKELY_SPACE and " " not in (text, following):
                found.append(Character(" ", at))
        return tuple(found)


def _session(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait actively take the processors from the model that is answering.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # pages differ in size: an arena keeps the largest for good
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _detection_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    if min(width, height) * scale < _SHORTEST_SIDE:  # small type on a small picture is found when enlarged
        scale = min(_SHORTEST_SIDE / min(width, height), _LONGEST_SIDE / max(width, height))
    return tuple(max(_STEP, round(side * scale / _STEP) * _STEP) for side in (width, height))  # type: ignore[return-value]


def _values(picture: Image.Image) -> Pixels:
    """(3, height, width) between −1 and 1, blue first."""
    pixels = np.asarray(picture, np.float32)[:, :, ::-1]
    return np.ascontiguousarray(((pixels / 255 - 0.5) / 0.5).transpose(2, 0, 1))


def _turned(picture: Image.Image, turns: int) -> Image.Image:
    ways = (None, Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90)
    way = ways[turns]  # Pillow turns anticlockwise
    return picture if way is None else picture.transpose(way)


def _cut(picture: Image.Image, region: Region) -> Image.Image:
    """The region as a picture of its own, straight; what stands upright is laid down."""
    width, height = max(1, round(region.length)), max(1, round(region.height))
    corners = region.corners()
    (left, top), along, down = (
        corners[0],
        (corners[1] - corners[0]) / width,
        (corners[3] - corners[0]) / height,
    )
    matrix = (along[0], down[0], left, along[1], down[1], top)
    line = picture.transform((width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    return line.transpose(Image.Transpose.ROTATE_90) if region.is_upright else line


def _width(region: Region) -> int:
    """Of a line in pixels when it is as high as the network wants it."""
    long, high = (region.height, region.length) if region.is_upright else (region.length, region.height)
    return min(max(_STEP_PX, round(long * _LINE_HEIGHT / high)), _LONGEST_LINE)


def _batches(found: Sequence[Region]) -> Iterator[list[Region]]:
    """Regions, sorted by width, so many together as memory allows."""
    batch: list[Region] = []
    for region in found:
        steps = (len(batch) + 1) * _width(region) / _STEP_PX
        if batch and (len(batch) == _LINES_AT_ONCE or steps > _STEPS_AT_ONCE):
            yield batch
            batch = []
        batch.append(region)
    if batch:
        yield batch
