"""The drawings show two people, and the side that is really meant."""

from __future__ import annotations

import re
import shutil
from math import dist
from pathlib import Path

import pytest

from app.config import ASSETS
from app.content.files import Stretch
from app.content.library import load_library
from app.core.model import Side
from app.errors import ContentError
from app.screen.figure import BOX, figure
from tests.screen.drawn import (
    CONTENT,
    HALF_A_LEG_PX,
    LIBRARY,
    WIDTH,
    each_sided,
    each_stretch,
    heads,
    helper,
    nearer_side,
    poses,
)


@each_stretch
def test_every_side_shows_two_people_with_a_title_and_words(stretch: Stretch) -> None:
    for side in stretch.sides:
        for pose in ("start", "stretched"):
            svg = str(figure(stretch, side, pose))
            assert heads(svg).keys() == {"client", "partner"}
            assert stretch.words.name in svg and stretch.words.figure.text in svg
            assert (stretch.side_name(side) or "") in svg


@each_sided
def test_the_other_side_is_the_mirror_and_never_the_same_picture(stretch: Stretch) -> None:
    left, right = (heads(str(figure(stretch, side, "stretched"))) for side in stretch.sides)
    for who in ("client", "partner"):
        assert left[who] == (WIDTH - right[who][0], right[who][1])


def test_what_has_no_sides_is_drawn_as_it_stands() -> None:
    svg = str(figure(LIBRARY.stretches["knees_to_chest"], Side.BOTH))
    assert "scale(-1 1)" not in svg


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_raised_leg_is_the_one_that_is_named(side: Side) -> None:
    """The near leg is the raised one: the right with the head on our left, the left mirrored."""
    raised = LIBRARY.stretches["hamstring_raise"]
    assert nearer_side(str(figure(raised, side, "stretched"))) is side
    client = raised.figure.stretched.client
    assert client.leg[-1][1] < client.far_leg[-1][1] - 100


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_knees_go_the_way_that_is_named_and_the_partner_kneels_opposite(side: Side) -> None:
    twist = LIBRARY.stretches["spinal_twist"]
    svg = str(figure(twist, side, "stretched"))
    assert nearer_side(svg) is side
    client = twist.figure.stretched.client
    hips_y = client.torso[2][1]
    for leg in (client.leg, client.far_leg):
        assert all(y > hips_y + 20 for _, y in leg[1:])  # towards us
    assert heads(svg)["partner"][1] < heads(svg)["client"][1] - 60  # beyond


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_crossed_leg_is_the_one_that_is_named(side: Side) -> None:
    four = LIBRARY.stretches["figure_four"]
    assert nearer_side(str(figure(four, side, "start"))) is side
    for pose in poses(four):
        crossed, other = pose.client.leg, pose.client.far_leg
        assert crossed[0][1] > other[0][1]  # its hip is nearer to us
        assert dist(crossed[-1], other[1]) < 2 * HALF_A_LEG_PX  # the ankle, just above the knee
        assert crossed[1][1] > crossed[0][1]  # its knee turns out, towards us


def luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(("theme", "name"), [("day", 0), ("night", -1)])
def test_near_limbs_and_the_arrow_stand_out_from_the_ground_they_are_drawn_on(
    theme: str, name: int
) -> None:
    css = (ASSETS / "static" / "css" / "tokens.css").read_text("utf-8")

    def colour(token: str) -> float:
        return luminance(re.findall(rf"--{token}: (#[0-9a-f]{{6}})", css)[name])

    for ground in (f"paper-{theme}", f"card-{theme}"):
        for limb, least in (("client", 3), ("partner", 3), (f"ink-{theme}", 7)):
            low, high = sorted((colour(ground), colour(limb)))
            assert (high + 0.05) / (low + 0.05) >= least, (theme, ground, limb)


@each_stretch
def test_nothing_is_cut_off_by_the_edge_of_the_picture(stretch: Stretch) -> None:
    width, height = BOX[stretch.figure.view]
    for pose in poses(stretch):
        ends = [point for arrow in pose.arrows for point in arrow]
        assert all(8 <= x <= width - 8 and 8 <= y <= height - 8 for x, y in ends)
        for body in (pose.client, helper(pose)):
            limbs = body.model_dump()
            x, y = limbs.pop("head")
            assert 18 <= x <= WIDTH - 18 and y >= 18
            points = [point for limb in limbs.values() for point in limb]
            assert all(10 <= x <= width - 10 and 10 <= y <= height - 10 for x, y in points)


def test_a_stretch_with_sides_has_to_say_which_one_is_drawn(tmp_path: Path) -> None:
    copy = shutil.copytree(CONTENT, tmp_path / "content")
    file = copy / "stretches" / "spinal_twist.toml"
    file.write_text(file.read_text("utf-8").replace('drawn = "right"\n', ""), "utf-8")
    with pytest.raises(ContentError, match=r"spinal_twist\.toml: figure\.drawn"):
        load_library(copy)


def test_a_new_stretch_is_drawn_from_its_file_alone(tmp_path: Path) -> None:
    copy = shutil.copytree(CONTENT, tmp_path / "content")
    words = (copy / "stretches" / "figure_four.toml").read_text("utf-8")
    new = words.replace('id = "figure_four"', 'id = "brand_new"')
    (copy / "stretches" / "brand_new.toml").write_text(new, "utf-8")
    stretch = load_library(copy).stretches["brand_new"]
    assert heads(str(figure(stretch, Side.LEFT, "start"))).keys() == {"client", "partner"}
