"""Checks that need more than one field: sides, places, drawings that fit together."""

from __future__ import annotations

from collections.abc import Collection

from app.content.files import Body, Figure, Move, Stretch
from app.errors import ContentError

LIMBS = ("torso", "leg", "far_leg", "arm", "far_arm")


def check_stretch(stretch: Stretch, places: Collection[str]) -> None:
    """Raise ContentError with file, field and what is wrong."""
    file = f"{stretch.id}.toml"
    if set(stretch.expected) != set(stretch.sides):
        raise ContentError(f"{file}: expected: has to name exactly its sides")
    if stretch.sided != (stretch.figure.drawn is not None):
        raise ContentError(f"{file}: figure.drawn: says left or right where there are sides")
    if stretch.sided and not (stretch.words.left and stretch.words.right):
        raise ContentError(f"{file}: words: a stretch with sides names left and right")
    if stretch.sided != bool(stretch.words.left_seen and stretch.words.right_seen):
        raise ContentError(
            f"{file}: words: left_seen and right_seen say where a helper sees a side"
        )
    for place in {p for side in stretch.expected.values() for p in side}:
        if place not in places:
            raise ContentError(f"{file}: expected: the body map has no place {place!r}")
    for place in {p for advice in stretch.place_advice for p in advice.places}:
        if not {place, f"{place}_left"} & set(places):
            raise ContentError(f"{file}: place_advice: the body map has no place {place!r}")
    _check_figure(file, "figure", stretch.figure, is_pair=True)


def check_move(file: str, move: Move) -> None:
    """Raise ContentError where a move of the warm-up can't be drawn."""
    _check_figure(file, f"moves.{move.id}.figure", move.figure, is_pair=False)


def _check_figure(file: str, field: str, figure: Figure, is_pair: bool) -> None:
    poses = (figure.start, figure.stretched)
    if any((pose.partner is not None) != is_pair for pose in poses):
        raise ContentError(f"{file}: {field}: shows {'two people' if is_pair else 'one person'}")
    _check_joints(file, f"{field}.client", *(pose.client for pose in poses))
    partners = [pose.partner for pose in poses if pose.partner is not None]
    if partners:
        _check_joints(file, f"{field}.partner", *partners)


def _check_joints(file: str, field: str, start: Body, stretched: Body) -> None:
    for limb in LIMBS:
        was, now = len(getattr(start, limb)), len(getattr(stretched, limb))
        if was != now:
            raise ContentError(f"{file}: {field}.{limb}: {was} joints at the start, then {now}")
