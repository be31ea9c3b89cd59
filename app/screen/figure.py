"""Poses -> SVG: two people drawn as rounded limbs through joints, and the body map.

Colours come from CSS classes, so that one drawing serves day and night. The right side is drawn as
the mirror of the left: the raised leg is then really the other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from itertools import count

from markupsafe import Markup

from app.content import Zone
from app.content_files import Body, Point, Pose, Stretch
from app.core.model import Side

WIDTH, HEIGHT, FLOOR_Y = 400, 260, 236
LIMBS = (("far_arm", "arm far"), ("far_leg", "leg far"), ("torso", "torso"))
NEAR = (("leg", "leg"), ("arm", "arm"))

_ids = count(1)


def figure(stretch: Stretch, side: Side, pose: str = "both") -> Markup:
    """Draw a stretch on one side: `start`, `stretched`, or both, one over the other."""
    name = f"fig{next(_ids)}"
    poses = ("start", "stretched") if pose == "both" else (pose,)
    drawn = "".join(
        f'<g data-pose="{which}">{_pose(getattr(stretch.figure, which), stretch.figure.target)}</g>'
        for which in poses
    )
    mirror = f' transform="translate({WIDTH} 0) scale(-1 1)"' if side is Side.RIGHT else ""
    label = " · ".join(filter(None, [stretch.words.name, stretch.side_name(side)]))
    return Markup(
        f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" data-side="{side.value}"'
        f' aria-labelledby="{name}t {name}d"><title id="{name}t">{escape(label)}</title>'
        f'<desc id="{name}d">{escape(stretch.words.figure.text)}</desc><g{mirror}>'
        f'<path class="floor" d="M12 {FLOOR_Y + 6}H{WIDTH - 12}"/>{drawn}</g></svg>'
    )


def _pose(pose: Pose, target: str) -> str:
    glow = _line(getattr(pose.client, target), "target")
    arrow = ""
    if len(pose.arrow) == 2:
        start, end = pose.arrow
        arrow = f'<path class="force" d="{_path((start, end))}"/>{_tip(start, end)}'
    client, partner = _body(pose.client), _body(pose.partner)
    return f'<g class="client">{glow}{client}</g><g class="partner">{partner}</g>{arrow}'


def _body(body: Body) -> str:
    behind = "".join(_line(getattr(body, limb), names) for limb, names in LIMBS)
    front = "".join(_line(getattr(body, limb), names) for limb, names in NEAR)
    neck = _line((body.head, body.torso[0]), "neck")
    x, y = body.head
    return f'{behind}{neck}<circle class="head" cx="{x:g}" cy="{y:g}" r="17"/>{front}'


def _line(points: Iterable[Point], names: str) -> str:
    return f'<path class="limb {names}" d="{_path(points)}"/>'


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _tip(start: Point, end: Point) -> str:
    """Draw an arrow's head at `end`, pointing away from `start`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1
    ux, uy = dx / length, dy / length
    left = (end[0] - 14 * ux + 9 * uy, end[1] - 14 * uy - 9 * ux)
    right = (end[0] - 14 * ux - 9 * uy, end[1] - 14 * uy + 9 * ux)
    return f'<path class="force" d="{_path((left, end, right))}"/>'


def body_outline(view: str) -> Markup:
    """Draw the mannequin of the body map, front or back, without its places."""
    limbs = (
        ("leg", ((84, 206), (80, 320), (78, 396))),
        ("leg", ((116, 206), (120, 320), (122, 396))),
        ("arm", ((62, 96), (44, 160), (36, 222))),
        ("arm", ((138, 96), (156, 160), (164, 222))),
    )
    drawn = "".join(f'<path class="limb {name}" d="{_path(points)}"/>' for name, points in limbs)
    torso = '<path class="limb torso" d="M100 110V196"/>'
    return Markup(
        f'<g class="mannequin" data-view="{view}">{drawn}{torso}'
        '<circle class="head" cx="100" cy="34" r="24"/></g>'
    )


def zones_of(places: Mapping[str, Zone], view: str) -> list[Zone]:
    """List the places of one view."""
    return [zone for zone in places.values() if zone.view == view]
