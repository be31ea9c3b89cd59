"""Limbs -> SVG: whose parts are painted over whose, each within an edge that sets it apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.content.files import Body, Limb, Point, Pose

NEAR = "torso head neck leg arm"
# Who is painted over whom, the farthest first. `legs` is both of the client's, the upper one last.
ORDER = {
    "side": (
        ("client", "far_arm far_leg"),
        ("partner", "far_leg far_arm"),
        ("client", NEAR),
        ("partner", NEAR),
    ),
    "beside": (
        ("client", "far_arm far_leg torso head neck"),
        ("partner", "far_arm"),
        ("client", "leg arm"),
        ("partner", f"far_leg {NEAR}"),
    ),
    "above": (
        ("partner", "far_leg leg torso head neck"),
        ("client", "far_arm torso head neck"),
        ("partner", "far_arm"),
        ("client", "legs arm"),
        ("partner", "arm"),
    ),
    "upright": (("client", f"far_arm far_leg {NEAR}"),),
    "front": (("client", "far_leg leg torso head neck far_arm arm"),),
}
HEAD_PX = 17


@dataclass(frozen=True)
class Drawn:
    """One part of a person: a disc at `points[0]`, or a line through the points."""

    name: str
    points: Limb
    is_far: bool = False

    @property
    def shade(self) -> str:
        """The classes it is drawn with: a far limb is lighter."""
        return f"{self.name} far" if self.is_far else self.name


def parts_of(pose: Pose, view: str) -> Iterator[tuple[str, list[Drawn]]]:
    """Yield who is painted over whom, the farthest first, each as a list of parts."""
    legs = "far_leg leg" if pose.upper == "leg" else "leg far_leg"
    for who, names in ORDER[view]:
        body: Body | None = getattr(pose, who)
        if body is not None:
            yield who, [_drawn(body, name) for name in names.replace("legs", legs).split()]


def _drawn(body: Body, name: str) -> Drawn:
    if name == "head":
        return Drawn("head", (body.head,))
    if name == "neck":
        return Drawn("neck", (body.head, body.torso[0]))
    return Drawn(name.removeprefix("far_"), getattr(body, name), name.startswith("far_"))


def part(one: Drawn) -> str:
    """Draw one part within an edge, so that it stands out from what it crosses.

    The neck has none: it joins head and shoulders.
    """
    if one.name == "head":
        x, y = one.points[0]
        return f'<circle class="head" cx="{x:g}" cy="{y:g}" r="{HEAD_PX}"/>'
    drawn = f'<path class="limb {one.shade}" d="{path(one.points)}"/>'
    if one.name == "neck":
        return drawn
    return f'<path class="limb {one.name} edge" d="{path(one.points)}"/>{drawn}'


def path(points: Iterable[Point]) -> str:
    """Return a line through points as SVG writes it."""
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in points)


def glow(pose: Pose) -> str:
    """Draw where it is felt, behind every limb."""
    return f'<path class="limb target" d="{path(pose.glow)}"/>' if pose.glow else ""


def phone(pose: Pose) -> str:
    """Draw the client's phone, where their hand has it."""
    return f'<path class="held" d="{path(pose.phone)}"/>' if pose.phone else ""


def arrows(pose: Pose) -> str:
    """Draw the ways the hands go."""
    return "".join(_arrow(*arrow) for arrow in pose.arrows)


def _arrow(start: Point, end: Point) -> str:
    drawn = path((start, end)) + _tip(start, end)
    return f'<path class="force edge" d="{drawn}"/><path class="force" d="{drawn}"/>'


def _tip(start: Point, end: Point) -> str:
    """Draw an arrow's head at `end`, pointing away from `start`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1
    ux, uy = dx / length, dy / length
    left = (end[0] - 14 * ux + 9 * uy, end[1] - 14 * uy - 9 * ux)
    right = (end[0] - 14 * ux - 9 * uy, end[1] - 14 * uy + 9 * ux)
    return path((left, end, right))
