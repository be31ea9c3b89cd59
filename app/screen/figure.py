"""Poses -> SVG: two people drawn as rounded limbs through joints, and the body map.

Colours come from CSS classes, so that one drawing serves day and night. A file draws one side; the
other is its mirror, head on the other end: whose left and right are then truly the other. Of one
who lies on the back with the head on our left, the right side is the nearer one, in both views.
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

GROUND = {
    "side": f'<path class="floor" d="M12 {FLOOR_Y + 6}H{WIDTH - 12}"/>',
    "above": '<rect class="mat" x="14" y="128" width="322" height="100" rx="14"/>',
}
# Who is painted over whom, the farthest first.
ORDER = {
    "side": (
        ("client", "far_arm far_leg"),
        ("partner", "far_leg far_arm"),
        ("client", "neck torso head leg arm"),
        ("partner", "neck torso head leg arm"),
    ),
    "above": (
        ("partner", "far_leg leg neck torso head"),
        ("client", "far_arm neck torso head"),
        ("partner", "far_arm"),
        ("client", "far_leg leg arm"),
        ("partner", "arm"),
    ),
}

_ids = count(1)


def figure(stretch: Stretch, side: Side, pose: str = "both") -> Markup:
    """Draw a stretch on one side: `start`, `stretched`, or both, one over the other."""
    name = f"fig{next(_ids)}"
    poses = ("start", "stretched") if pose == "both" else (pose,)
    drawn = "".join(
        f'<g data-pose="{which}">{_pose(getattr(stretch.figure, which), stretch.figure.view)}</g>'
        for which in poses
    )
    is_mirrored = side not in (Side.BOTH, stretch.figure.drawn)
    mirror = f' transform="translate({WIDTH} 0) scale(-1 1)"' if is_mirrored else ""
    label = " · ".join(filter(None, [stretch.words.name, stretch.side_name(side)]))
    return Markup(
        f'<svg class="figure {stretch.figure.view}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' data-side="{side.value}"'
        f' aria-labelledby="{name}t {name}d"><title id="{name}t">{escape(label)}</title>'
        f'<desc id="{name}d">{escape(stretch.words.figure.text)}</desc><g{mirror}>'
        f"{GROUND[stretch.figure.view]}{drawn}</g></svg>"
    )


def _pose(pose: Pose, view: str) -> str:
    people = "".join(
        f'<g class="{who}">{"".join(_part(getattr(pose, who), part) for part in parts.split())}</g>'
        for who, parts in ORDER[view]
    )
    return f"{_line(pose.glow, 'target')}{people}{_arrow(pose)}"


def _part(body: Body, part: str) -> str:
    """Draw one part within an edge, so that it stands out from what it crosses."""
    if part == "head":
        x, y = body.head
        return f'<circle class="head" cx="{x:g}" cy="{y:g}" r="17"/>'
    points = (body.head, body.torso[0]) if part == "neck" else getattr(body, part)
    is_far, limb = part.startswith("far_"), part.removeprefix("far_")
    shade = f"{limb} far" if is_far else limb
    return _line(points, f"{limb} edge") + _line(points, shade)


def _line(points: Iterable[Point], names: str) -> str:
    return f'<path class="limb {names}" d="{_path(points)}"/>'


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _arrow(pose: Pose) -> str:
    if len(pose.arrow) != 2:
        return ""
    start, end = pose.arrow
    return f'<path class="force" d="{_path((start, end))}"/>{_tip(start, end)}'


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
        ("leg", ((78, 204), (76, 310), (74, 398))),
        ("leg", ((122, 204), (124, 310), (126, 398))),
        ("arm", ((52, 90), (34, 152), (22, 212))),
        ("arm", ((148, 90), (166, 152), (178, 212))),
    )
    drawn = "".join(f'<path class="limb {name}" d="{_path(points)}"/>' for name, points in limbs)
    torso = "M64 72H136Q152 72 152 90L144 206Q142 222 126 222H74Q58 222 56 206L48 90Q48 72 64 72Z"
    return Markup(
        f'<g class="mannequin" data-view="{view}">{drawn}<path class="trunk" d="{torso}"/>'
        '<path class="limb neck" d="M100 50V76"/><circle class="head" cx="100" cy="28" r="22"/></g>'
    )


def zones_of(places: Mapping[str, Zone], view: str) -> list[Zone]:
    """List the places of one view."""
    return [zone for zone in places.values() if zone.view == view]
