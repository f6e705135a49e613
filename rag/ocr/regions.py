"""Lines of type in a picture: from a map of probabilities to rectangles, which may be tilted.

Source: Liao et al. 2020, “Real-time Scene Text Detection with Differentiable Binarization”, with the numbers
that PP-OCR gives with its weights. The network draws lines thinner than they are, so that they part;
each rectangle is grown again by its area over its circumference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Points = NDArray[np.float64]

_LIKELY = 0.3  # a pixel
_LIKELY_LINE = 0.5  # the mean of a rectangle
_GROWTH = 1.6
_THINNEST = 3  # pixels of the map
MOST_REGIONS = 1500  # a page of a newspaper has about 1,000 lines


@dataclass(frozen=True, slots=True)
class Region:
    """A line of type, in pixels: its middle, its length along `angle` (radians, clockwise) and its height.

    The angle is between −45° and 45°; what stands upright is higher than long.
    """

    x: float
    y: float
    length: float
    height: float
    angle: float

    @property
    def is_upright(self) -> bool:
        return self.height > 1.5 * self.length

    def corners(self) -> Points:
        """(4, 2): top left, top right, bottom right, bottom left."""
        along = np.array([np.cos(self.angle), np.sin(self.angle)]) * self.length / 2
        down = np.array([-np.sin(self.angle), np.cos(self.angle)]) * self.height / 2
        middle = np.array([self.x, self.y])
        return np.array(
            [middle - along - down, middle + along - down, middle + along + down, middle - along + down]
        )

    def scaled(self, factor_x: float, factor_y: float) -> Region:
        """The same in a picture that is so many times as wide and high, nearly the same for both."""
        mean = (factor_x + factor_y) / 2
        return Region(
            self.x * factor_x, self.y * factor_y, self.length * mean, self.height * mean, self.angle
        )


def regions(probabilities: Map) -> list[Region]:
    """The lines in a map (height, width) of how likely each pixel is part of one."""
    mask = probabilities > _LIKELY
    mask[1:] |= mask[:-1].copy()
    mask[:, 1:] |= mask[:, :-1].copy()
    found: list[Region] = []
    for points in _outlines(mask):
        region = _smallest_rectangle(points)
        if min(region.length, region.height) < _THINNEST or _mean(probabilities, region) < _LIKELY_LINE:
            continue
        found.append(_grown(region))
        if len(found) == MOST_REGIONS:
            break
    return found


def _outlines(mask: NDArray[np.bool_]) -> Iterator[Points]:
    """For each connected piece the ends of its horizontal runs, (n, 2) as x and y."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    if not len(rows):
        return
    labels = np.array(_labels(rows.tolist(), starts.tolist(), ends.tolist()))
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    for piece in np.split(order, borders):
        left = np.stack([starts[piece], rows[piece]], axis=1)
        right = np.stack([ends[piece] - 1, rows[piece]], axis=1)
        yield np.concatenate([left, right]).astype(np.float64)


def _labels(rows: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    """For each run the number of its piece; runs touch where they overlap a row further, corners included."""
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    above = 0
    for run, row in enumerate(rows):
        while rows[above] < row - 1 or (rows[above] == row - 1 and ends[above] < starts[run]):
            above += 1
        other = above
        while rows[other] == row - 1 and starts[other] <= ends[run]:
            parents[root(other)] = root(run)
            other += 1
    return [root(run) for run in range(len(rows))]


def _smallest_rectangle(points: Points) -> Region:
    """The rectangle of the smallest area: a side lies on one of the hull (Freeman, Shapira 1975)."""
    hull = _hull(points)
    sides = np.roll(hull, -1, axis=0) - hull
    angles = (
        np.unique(np.round(np.mod(np.arctan2(sides[:, 1], sides[:, 0]) + np.pi / 4, np.pi / 2), 6))
        - np.pi / 4
    )
    across = hull @ np.stack([np.cos(angles), np.sin(angles)])
    down = hull @ np.stack([-np.sin(angles), np.cos(angles)])
    lengths, heights = np.ptp(across, axis=0), np.ptp(down, axis=0)
    best = int(np.argmin(lengths * heights))
    angle = float(angles[best])
    u = (across[:, best].max() + across[:, best].min()) / 2
    v = (down[:, best].max() + down[:, best].min()) / 2
    x, y = u * np.cos(angle) - v * np.sin(angle), u * np.sin(angle) + v * np.cos(angle)
    return Region(float(x), float(y), float(lengths[best]), float(heights[best]), angle)


def _hull(points: Points) -> Points:
    """Andrew's monotone chain."""
    ordered = sorted(set(map(tuple, points.tolist())))
    if len(ordered) < 3:
        return np.array(ordered)
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return np.array(lower[:-1] + upper[:-1])


def _chain(ordered: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    chain: list[tuple[float, ...]] = []
    for x, y in ordered:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2], chain[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def _mean(probabilities: Map, region: Region) -> float:
    """The mean over the rectangle."""
    corners = region.corners()
    height, width = probabilities.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    cut = probabilities[top : bottom + 1, left : right + 1]
    y, x = np.ogrid[top : bottom + 1, left : right + 1]
    along = (x - region.x) * np.cos(region.angle) + (y - region.y) * np.sin(region.angle)
    down = (y - region.y) * np.cos(region.angle) - (x - region.x) * np.sin(region.angle)
    inside = (np.abs(along) <= region.length / 2) & (np.abs(down) <= region.height / 2)
    return float(cut[inside].mean()) if inside.any() else 0.0


def _grown(region: Region) -> Region:
    by = region.length * region.height * _GROWTH / (2 * (region.length + region.height))
    return Region(region.x, region.y, region.length + 2 * by, region.height + 2 * by, region.angle)
