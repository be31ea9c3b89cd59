"""The drawings show two people, and the side that is really meant."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from math import dist
from pathlib import Path
from typing import Any

import pytest

from app.config import ASSETS
from app.content import load_library
from app.content_files import Limb, Point, Pose, Stretch
from app.core.model import Side
from app.errors import ContentError
from app.screen.figure import HEIGHT, WIDTH, figure

CONTENT = ASSETS / "content"
LIBRARY = load_library(CONTENT)
STRETCHES = list(LIBRARY.stretches.values())
SIDED = [stretch for stretch in STRETCHES if stretch.sided]
HALF_A_TORSO_PX, HALF_A_LEG_PX = 17, 10.5

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


def test_the_glow_lies_where_it_is_felt() -> None:
    """Knees towards us pull on the far side; a crossed near leg is felt in the near hip."""
    for pose in poses(LIBRARY.stretches["spinal_twist"]):
        assert pose.glow[0][1] < pose.client.torso[0][1]
    for pose in poses(LIBRARY.stretches["figure_four"]):
        assert all(y > pose.client.torso[0][1] for _, y in pose.glow)
    raised = LIBRARY.stretches["hamstring_raise"].figure.stretched
    assert raised.glow[-1][0] <= raised.client.leg[1][0]  # the thigh alone, up to the knee


@each_stretch
def test_the_glow_is_painted_behind_every_limb(stretch: Stretch) -> None:
    svg = str(figure(stretch, stretch.sides[0], "stretched"))
    assert svg.index("limb target") < svg.index('<g class="')


@each_stretch
def test_both_hands_of_the_partner_are_on_the_client(stretch: Stretch) -> None:
    for pose in poses(stretch):
        for hand in (pose.partner.arm[-1], pose.partner.far_arm[-1]):
            client = pose.client
            limbs = (client.torso, client.leg, client.far_leg)
            reach = min(_away(hand, a, b) for limb in limbs for a, b in pairwise(limb))
            assert reach <= HALF_A_TORSO_PX, (stretch.id, hand, reach)


def _away(
    point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    """How far a point is from a stretch of limb."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / (dx * dx + dy * dy)
    part = max(0.0, min(1.0, along))
    return dist(point, (start[0] + part * dx, start[1] + part * dy))


def bones(limb: Limb) -> list[float]:
    return [dist(a, b) for a, b in pairwise(limb)]


FROM_THE_SIDE = [stretch for stretch in STRETCHES if stretch.figure.view == "side"]
SLANTWISE = [stretch for stretch in STRETCHES if stretch.figure.view == "above"]


@pytest.mark.parametrize("stretch", FROM_THE_SIDE, ids=lambda s: s.id)
def test_nobody_grows_or_shrinks_between_the_poses(stretch: Stretch) -> None:
    """Seen from the side every bone keeps its length; a far limb is as long as the near one."""
    start, stretched = poses(stretch)
    for before, after in ((start.client, stretched.client), (start.partner, stretched.partner)):
        assert sum(bones(after.torso)) == pytest.approx(sum(bones(before.torso)), abs=3)
        for limb in ("leg", "far_leg", "arm", "far_arm"):
            was, now = bones(getattr(before, limb)), bones(getattr(after, limb))
            assert now == pytest.approx(was, abs=1), (stretch.id, limb)
            near = bones(getattr(before, limb.removeprefix("far_")))
            assert was[:2] == pytest.approx(near[:2], abs=3), (stretch.id, limb)


@pytest.mark.parametrize("stretch", SLANTWISE, ids=lambda s: s.id)
def test_slantwise_a_limb_may_look_shorter_and_never_longer_than_it_is(stretch: Stretch) -> None:
    for pose in poses(stretch):
        for body, longest in ((pose.client, 80), (pose.partner, 80)):
            for limb in (body.leg, body.far_leg, body.arm, body.far_arm):
                assert all(0 < bone <= longest for bone in bones(limb)), (stretch.id, limb)
    start, stretched = poses(stretch)
    assert start.client.torso == stretched.client.torso  # who lies there does not move away
    assert start.client.arm == stretched.client.arm


@each_stretch
def test_every_limb_hangs_on_its_body(stretch: Stretch) -> None:
    for pose in poses(stretch):
        for body in (pose.client, pose.partner):
            for limb in (body.leg, body.far_leg, body.arm, body.far_arm):
                away = min(_away(limb[0], a, b) for a, b in pairwise(body.torso))
                assert away <= HALF_A_TORSO_PX + 2, (stretch.id, limb[0], away)


@each_stretch
def test_the_partners_hands_go_along_with_what_they_push(stretch: Stretch) -> None:
    """A hand on a limb that moves is on the same part of it in both poses."""
    start, stretched = poses(stretch)
    for hand in ("arm", "far_arm"):
        was, now = (_held(pose, getattr(pose.partner, hand)[-1]) for pose in (start, stretched))
        assert was == now, (stretch.id, hand, was, now)


def _held(pose: Pose, hand: Point) -> str:
    """Which part of the client is nearest to a hand; both legs together are one, if both move."""
    parts: dict[str, list[Any]] = {
        "torso": list(pairwise(pose.client.torso)),
        "thigh": [pose.client.leg[:2], pose.client.far_leg[:2]],
        "shin": [pose.client.leg[1:3], pose.client.far_leg[1:3]],
    }
    return min(parts, key=lambda part: min(_away(hand, a, b) for a, b in parts[part]))


@pytest.mark.parametrize("stretch", FROM_THE_SIDE, ids=lambda s: s.id)
def test_the_arrow_points_the_way_the_leg_goes(stretch: Stretch) -> None:
    start, stretched = poses(stretch)
    assert start.arrow == ()
    assert len(stretched.arrow) == 2
    (x0, _), (x1, _) = stretched.arrow
    assert x1 < x0 - 20  # towards the head
    assert stretched.client.leg[1][0] < start.client.leg[1][0]


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
    for pose in poses(stretch):
        for body in (pose.client, pose.partner):
            limbs = body.model_dump()
            x, y = limbs.pop("head")
            assert 18 <= x <= WIDTH - 18 and y >= 18
            points = [point for limb in limbs.values() for point in limb]
            assert all(10 <= x <= WIDTH - 10 and 10 <= y <= HEIGHT - 10 for x, y in points)


def test_seen_from_above_they_are_on_a_mat_and_from_the_side_on_a_floor() -> None:
    for stretch in STRETCHES:
        svg = str(figure(stretch, stretch.sides[0]))
        assert ('class="mat"' in svg) is (stretch.figure.view == "above")
        assert ('class="floor"' in svg) is (stretch.figure.view == "side")


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
