"""The person of the body map, from behind and from in front, without their places.

Sturdy on purpose: every place is at least 44 px each way on a phone 320 px wide, both views side by
side. The arms are raised, so that they take no width.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from app.content.library import Zone

ARM = "M15 54L11 16"
TRUNK = "M46 32H90C112 32 133 36 133 62V186Q133 206 114 206H22Q3 206 3 186V62C3 36 24 32 46 32Z"
LEG = "M4 186H66L66 294L60 384H15L9 294Z"
FOOT = {"back": (38, 392, 20, 20), "front": (37, 404, 25, 23)}
SHARE = '<g transform="translate(136 0) scale(-1 1)">'


def body_outline(view: str) -> Markup:
    """Draw the person seen from `back` or `front`, head, arms and feet included."""
    x, y, wide, high = FOOT[view]
    half = (
        f'<path class="limb arm" d="{ARM}"/><path class="trunk" d="{LEG}"/>'
        f'<ellipse class="trunk" cx="{x}" cy="{y}" rx="{wide}" ry="{high}"/>'
    )
    return Markup(
        f'<g class="mannequin" data-view="{view}">{half}{SHARE}{half}</g>'
        f'<path class="trunk" d="{TRUNK}"/><path class="limb neck" d="M68 24V40"/>'
        '<circle class="head" cx="68" cy="15" r="15"/></g>'
    )


def zones_of(places: Mapping[str, Zone], view: str) -> list[Zone]:
    """List the places of one view."""
    return [zone for zone in places.values() if zone.view == view]
