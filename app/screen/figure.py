"""Poses -> SVG: people drawn as rounded limbs through joints.

Colours come from CSS classes, so that one drawing serves day and night. A file draws one side; the
other is its mirror, head on the other end: whose left and right are then truly the other. Of one
who lies on the back with the head on our left, the right side is the nearer one, in every view.
"""

from __future__ import annotations

from html import escape
from itertools import count

from markupsafe import Markup

from app.content.files import Figure, Move, Pose, Stretch
from app.core.model import Side
from app.screen.limbs import arrows, glow, part, parts_of, phone
from app.screen.loop import loop

# Width and height of each view, and what lies under the people.
BOX = {
    "side": (400, 260),
    "beside": (400, 260),
    "above": (400, 290),
    "upright": (260, 330),
    "front": (260, 330),
}
STANDING = '<rect class="mat" x="40" y="292" width="180" height="28" rx="14"/>'
GROUND = {
    "side": '<rect class="mat" x="14" y="206" width="372" height="42" rx="14"/>',
    "beside": '<rect class="mat" x="14" y="200" width="372" height="50" rx="14"/>',
    "above": '<rect class="mat" x="14" y="136" width="330" height="112" rx="14"/>',
    "upright": STANDING,
    "front": STANDING,
}

_ids = count(1)


def figure(stretch: Stretch, side: Side, pose: str = "both") -> Markup:
    """Draw a stretch on one side: `start`, `stretched`, both, one over the other, or a `loop`."""
    is_mirrored = side not in (Side.BOTH, stretch.figure.drawn)
    label = " · ".join(filter(None, [stretch.words.name, stretch.side_name(side)]))
    marks = f' data-side="{side.value}"'
    return _drawing(stretch.figure, pose, label, stretch.words.figure.text, marks, is_mirrored)


def move_figure(move: Move, pose: str = "both") -> Markup:
    """Draw one move of the warm-up: a single person."""
    return _drawing(move.figure, pose, move.name, move.drawn.text)


def _drawing(
    drawn: Figure, pose: str, label: str, words: str, marks: str = "", is_mirrored: bool = False
) -> Markup:
    name = f"fig{next(_ids)}"
    width, height = BOX[drawn.view]
    if pose == "loop":
        people = loop(drawn, name)
    else:
        poses = ("start", "stretched") if pose == "both" else (pose,)
        people = "".join(
            f'<g data-pose="{which}">{_pose(getattr(drawn, which), drawn.view)}</g>'
            for which in poses
        )
    mirror = f' transform="translate({width} 0) scale(-1 1)"' if is_mirrored else ""
    return Markup(
        f'<svg class="figure {drawn.view}" viewBox="0 0 {width} {height}" role="img"{marks}'
        f' aria-labelledby="{name}t {name}d"><title id="{name}t">{escape(label)}</title>'
        f'<desc id="{name}d">{escape(words)}</desc>'
        f"<g{mirror}>{GROUND[drawn.view]}{people}</g></svg>"
    )


def _pose(pose: Pose, view: str) -> str:
    people = "".join(
        f'<g class="{who}">{"".join(map(part, parts))}</g>' for who, parts in parts_of(pose, view)
    )
    return f"{glow(pose)}{people}{phone(pose)}{arrows(pose)}"
