"""Poses between two poses: a way in and back that can be watched. Pure geometry.

Bones turn and keep their length; a helper's hand stays on the part of the client it holds.
"""

from __future__ import annotations

from itertools import pairwise
from math import atan2, cos, dist, hypot, pi, sin, sqrt

from app.content.files import Body, Limb, Point, Pose

LEGS_AND_ARMS = ("leg", "far_leg", "arm", "far_arm")
HELD = ("torso", "leg", "far_leg")


def between(first: Pose, last: Pose, part: float) -> Pose:
    """Return the pose at `part` (0 to 1) of the way from `first` to `last`, without its arrows."""
    client = _body(first.client, last.client, part)
    partner = None
    if first.partner is not None and last.partner is not None:
        moved = _body(first.partner, last.partner, part)
        arms = {
            arm: _holding(
                (getattr(first.partner, arm), first.client),
                (getattr(last.partner, arm), last.client),
                (getattr(moved, arm), client),
                part,
            )
            for arm in ("arm", "far_arm")
        }
        partner = moved.model_copy(update=arms)
    return Pose(phone=last.phone, upper=last.upper, client=client, partner=partner)


def _mixed(a: Point, b: Point, part: float) -> Point:
    return (a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part)


def _body(a: Body, b: Body, part: float) -> Body:
    turned = {limb: _turned(getattr(a, limb), getattr(b, limb), part) for limb in LEGS_AND_ARMS}
    torso = tuple(_mixed(p, q, part) for p, q in zip(a.torso, b.torso, strict=True))
    return Body(head=_mixed(a.head, b.head, part), torso=torso, **turned)


def _turned(a: Limb, b: Limb, part: float) -> Limb:
    """Turn each bone by its share of the angle, the short way round."""
    joints = [_mixed(a[0], b[0], part)]
    for bone_a, bone_b in zip(pairwise(a), pairwise(b), strict=True):
        angle_a, angle_b = _angle(*bone_a), _angle(*bone_b)
        angle = angle_a + ((angle_b - angle_a + pi) % (2 * pi) - pi) * part
        length = dist(*bone_a) * (1 - part) + dist(*bone_b) * part
        x, y = joints[-1]
        joints.append((x + length * cos(angle), y + length * sin(angle)))
    return tuple(joints)


def _angle(a: Point, b: Point) -> float:
    return atan2(b[1] - a[1], b[0] - a[0])


def _holding(
    first: tuple[Limb, Body], last: tuple[Limb, Body], now: tuple[Limb, Body], part: float
) -> Limb:
    """Put the hand where it holds the client, and the elbow where the two bones then meet."""
    name, bone = min(_bones(last[1]), key=lambda at: _away(last[0][-1], _ends(last[1], at)))
    (t_a, off_a), (t_b, off_b) = (
        _along(arm[-1], _ends(body, (name, bone))) for arm, body in (first, last)
    )
    start, end = _ends(now[1], (name, bone))
    t = t_a + (t_b - t_a) * part
    off = _mixed(off_a, off_b, part)
    on = _mixed(start, end, t)
    hand = (on[0] + off[0], on[1] + off[1])
    return (now[0][0], _elbow(now[0], hand), hand)


def _bones(body: Body) -> list[tuple[str, int]]:
    return [(name, n) for name in HELD for n in range(len(getattr(body, name)) - 1)]


def _ends(body: Body, at: tuple[str, int]) -> tuple[Point, Point]:
    limb: Limb = getattr(body, at[0])
    return limb[at[1]], limb[at[1] + 1]


def _along(point: Point, bone: tuple[Point, Point]) -> tuple[float, Point]:
    """Return how far along a bone a point is (0 to 1), and how far off it."""
    (x, y), (end_x, end_y) = bone
    dx, dy = end_x - x, end_y - y
    t = ((point[0] - x) * dx + (point[1] - y) * dy) / ((dx * dx + dy * dy) or 1)
    t = max(0.0, min(1.0, t))
    return t, (point[0] - x - dx * t, point[1] - y - dy * t)


def _away(point: Point, bone: tuple[Point, Point]) -> float:
    return hypot(*_along(point, bone)[1])


def _elbow(arm: Limb, hand: Point) -> Point:
    """Bend the arm to reach `hand`, to the side it was bent to; where it can't, stretch it."""
    shoulder, elbow, was = arm
    upper, lower, reach = dist(shoulder, elbow), dist(elbow, was), dist(shoulder, hand) or 1
    along = (reach * reach + upper * upper - lower * lower) / (2 * reach)
    if reach >= upper + lower or abs(along) > upper:
        return _mixed(shoulder, hand, upper / (upper + lower))
    out = sqrt(upper * upper - along * along)
    ux, uy = (hand[0] - shoulder[0]) / reach, (hand[1] - shoulder[1]) / reach
    turn = (was[0] - shoulder[0]) * (elbow[1] - shoulder[1])
    turn -= (was[1] - shoulder[1]) * (elbow[0] - shoulder[0])
    side = 1 if turn >= 0 else -1
    return (
        shoulder[0] + ux * along - uy * out * side,
        shoulder[1] + uy * along + ux * out * side,
    )
