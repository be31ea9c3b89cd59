"""What the tests of the drawings measure with: whose limb is where, and how far from what."""

from __future__ import annotations

import re
from itertools import pairwise
from math import dist

import pytest

from app.config import ASSETS
from app.content.files import Body, Limb, Point, Pose, Stretch
from app.content.library import load_library
from app.core.model import Side

CONTENT = ASSETS / "content"
LIBRARY = load_library(CONTENT)
STRETCHES = list(LIBRARY.stretches.values())
SIDED = [stretch for stretch in STRETCHES if stretch.sided]
HALF_A_TORSO_PX, HALF_A_LEG_PX, HALF_AN_ARM_PX, HEAD_PX = 17, 10.5, 7, 17
WIDTH = 400  # of every picture with two people

FROM_THE_SIDE = [one for one in STRETCHES if one.figure.view in ("side", "beside")]
SLANTWISE = [stretch for stretch in STRETCHES if stretch.figure.view == "above"]

each_stretch = pytest.mark.parametrize("stretch", STRETCHES, ids=lambda s: s.id)
each_sided = pytest.mark.parametrize("stretch", SIDED, ids=lambda s: s.id)


def heads(svg: str) -> dict[str, tuple[float, float]]:
    """Where each head is seen, mirrored or not."""
    found = {}
    for who, drawn in re.findall(r'<g class="(client|partner)">(.*?)</g>', svg):
        for x, y in re.findall(r'class="head" cx="([\d.]+)" cy="([\d.]+)"', drawn):
            found[who] = (WIDTH - float(x) if "scale(-1 1)" in svg else float(x), float(y))
    return found


def nearer_side(svg: str) -> Side:
    """Which half of one who lies face up is nearer to us: what a person in the room would see."""
    return Side.RIGHT if heads(svg)["client"][0] < WIDTH / 2 else Side.LEFT


def poses(stretch: Stretch) -> tuple[Pose, Pose]:
    return stretch.figure.start, stretch.figure.stretched


def helper(pose: Pose) -> Body:
    assert pose.partner is not None
    return pose.partner


def away(point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> float:
    """How far a point is from a stretch of limb."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / (dx * dx + dy * dy)
    part = max(0.0, min(1.0, along))
    return dist(point, (start[0] + part * dx, start[1] + part * dy))


def gap(point: Point, limb: Limb) -> float:
    return min(away(point, a, b) for a, b in pairwise(limb))


def turn(start: Point, end: Point, point: Point) -> float:
    """Positive where a point is to the right of the way from `start` to `end`, as we see it."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def bones(limb: Limb) -> list[float]:
    return [dist(a, b) for a, b in pairwise(limb)]
