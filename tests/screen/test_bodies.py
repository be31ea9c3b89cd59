"""The people who are drawn are whole, hold each other where the words say, and nowhere else."""

from __future__ import annotations

import re
from itertools import pairwise
from math import dist
from typing import Any

import pytest

from app.content.files import Point, Pose, Stretch
from app.core.model import Side
from app.screen.figure import figure
from tests.screen.drawn import (
    FROM_THE_SIDE,
    HALF_A_LEG_PX,
    HALF_A_TORSO_PX,
    HALF_AN_ARM_PX,
    HEAD_PX,
    LIBRARY,
    SLANTWISE,
    away,
    bones,
    each_stretch,
    gap,
    helper,
    poses,
    turn,
)


@each_stretch
def test_it_glows_only_while_it_is_felt(stretch: Stretch) -> None:
    start, stretched = poses(stretch)
    assert not start.glow and stretched.glow


def test_the_glow_lies_where_it_is_felt() -> None:
    """Knees towards us pull on the far side; a crossed near leg is felt in the near hip."""
    twist = LIBRARY.stretches["spinal_twist"].figure.stretched
    assert twist.glow[0][1] < twist.client.torso[0][1]
    four = LIBRARY.stretches["figure_four"].figure.stretched
    assert all(y > four.client.torso[0][1] for _, y in four.glow)
    raised = LIBRARY.stretches["hamstring_raise"].figure.stretched
    hip, knee = raised.client.leg[:2]
    for point in raised.glow:  # the back of the thigh alone: off its line, away from the head
        off = turn(hip, knee, point) / dist(hip, knee)
        assert 5 < off < 2 * HALF_A_LEG_PX
        assert knee[1] < point[1] < hip[1]


@each_stretch
def test_the_glow_is_painted_behind_every_limb(stretch: Stretch) -> None:
    svg = str(figure(stretch, stretch.sides[0], "stretched"))
    assert svg.index("limb target") < svg.index('<g class="')


@each_stretch
def test_both_hands_of_the_partner_are_on_the_client(stretch: Stretch) -> None:
    for pose in poses(stretch):
        for hand in (helper(pose).arm[-1], helper(pose).far_arm[-1]):
            client = pose.client
            limbs = (client.torso, client.leg, client.far_leg)
            reach = min(away(hand, a, b) for limb in limbs for a, b in pairwise(limb))
            assert reach <= HALF_A_TORSO_PX, (stretch.id, hand, reach)


@pytest.mark.parametrize("stretch", FROM_THE_SIDE, ids=lambda s: s.id)
def test_nobody_grows_or_shrinks_between_the_poses(stretch: Stretch) -> None:
    """Seen from the side every bone keeps its length; a far limb is as long as the near one."""
    start, stretched = poses(stretch)
    for before, after in ((start.client, stretched.client), (helper(start), helper(stretched))):
        assert sum(bones(after.torso)) == pytest.approx(sum(bones(before.torso)), abs=3)
        for limb in ("leg", "far_leg", "arm", "far_arm"):
            was, now = bones(getattr(before, limb)), bones(getattr(after, limb))
            assert now == pytest.approx(was, abs=1), (stretch.id, limb)
            near = bones(getattr(before, limb.removeprefix("far_")))
            assert was[:2] == pytest.approx(near[:2], abs=3), (stretch.id, limb)


@pytest.mark.parametrize("stretch", SLANTWISE, ids=lambda s: s.id)
def test_slantwise_a_limb_may_look_shorter_and_never_longer_than_it_is(stretch: Stretch) -> None:
    for pose in poses(stretch):
        for body, longest in ((pose.client, 80), (helper(pose), 80)):
            for limb in (body.leg, body.far_leg, body.arm, body.far_arm):
                assert all(0 < bone <= longest for bone in bones(limb)), (stretch.id, limb)
    start, stretched = poses(stretch)
    assert start.client.torso[:2] == stretched.client.torso[:2]  # both shoulders stay
    assert start.client.arm == stretched.client.arm


@each_stretch
def test_every_limb_hangs_on_its_body(stretch: Stretch) -> None:
    for pose in poses(stretch):
        for body in (pose.client, helper(pose)):
            for limb in (body.leg, body.far_leg, body.arm, body.far_arm):
                off = gap(limb[0], body.torso)
                assert off <= HALF_A_TORSO_PX + 2, (stretch.id, limb[0], off)


@each_stretch
def test_the_partners_hands_go_along_with_what_they_push(stretch: Stretch) -> None:
    """A hand on a limb that moves is on the same part of it in both poses."""
    start, stretched = poses(stretch)
    for hand in ("arm", "far_arm"):
        was, now = (_held(pose, getattr(helper(pose), hand)[-1]) for pose in (start, stretched))
        assert was == now, (stretch.id, hand, was, now)


def _held(pose: Pose, hand: Point) -> str:
    """Which part of the client is nearest to a hand; both legs together are one, if both move."""
    parts: dict[str, list[Any]] = {
        "torso": list(pairwise(pose.client.torso)),
        "thigh": [pose.client.leg[:2], pose.client.far_leg[:2]],
        "shin": [pose.client.leg[1:3], pose.client.far_leg[1:3]],
    }
    return min(parts, key=lambda part: min(away(hand, a, b) for a, b in parts[part]))


@pytest.mark.parametrize("stretch", FROM_THE_SIDE, ids=lambda s: s.id)
def test_the_arrow_points_the_way_the_leg_goes(stretch: Stretch) -> None:
    start, stretched = poses(stretch)
    assert start.arrows == ()
    (((x0, _), (x1, _)),) = stretched.arrows
    assert x1 < x0 - 20  # towards the head
    assert stretched.client.leg[1][0] < start.client.leg[1][0]


def test_in_figure_four_one_hand_brings_the_thigh_and_one_keeps_the_knee_out() -> None:
    pose = LIBRARY.stretches["figure_four"].figure.stretched
    (thigh_from, thigh_to), (knee_from, knee_to) = pose.arrows
    assert thigh_to[0] < thigh_from[0] - 30  # to the chest
    knee, chest = pose.client.leg[1], pose.client.torso[0]
    assert dist(knee_from, knee) < 3 * HALF_A_LEG_PX
    assert dist(knee_to, chest) > dist(knee_from, chest) + 15  # out, away from the chest
    assert knee_to[1] > knee_from[1] + 15


def test_the_twists_arrow_goes_from_the_knees_and_the_pelvis_has_rolled() -> None:
    start, stretched = poses(LIBRARY.stretches["spinal_twist"])
    ((tail, tip),) = stretched.arrows
    assert dist(tail, stretched.client.far_leg[1]) < 2 * HALF_A_LEG_PX
    assert tip[1] > tail[1] + 30  # towards us, where the knees go
    flat, rolled = (
        max(y) - min(y)
        for y in ([p[1] for p in one.client.torso[3:5]] for one in (start, stretched))
    )
    assert rolled < flat / 2  # seen from its side
    assert (start.upper, stretched.upper) == ("leg", "far_leg")


def test_the_upper_leg_lies_on_top_of_the_lower_one() -> None:
    twist = LIBRARY.stretches["spinal_twist"]
    for pose, upper in (("start", "leg"), ("stretched", "far_leg")):
        drawn = re.findall(r'<g class="client">(.*?)</g>', str(figure(twist, Side.RIGHT, pose)))
        (legs,) = (group for group in drawn if "limb leg" in group)
        near, far = legs.index('class="limb leg"'), legs.index('class="limb leg far"')
        assert (near < far) == (upper == "far_leg"), pose


def test_the_helper_of_the_raise_kneels_outside_that_leg() -> None:
    """Nearer to us than the near leg: and the near one is the one that is raised."""
    for pose in poses(LIBRARY.stretches["hamstring_raise"]):
        floor = max(y for _, y in pose.client.leg + pose.client.far_leg)
        assert all(
            leg[-1][1] > floor + HALF_A_LEG_PX for leg in (helper(pose).leg, helper(pose).far_leg)
        )


@each_stretch
def test_feet_and_knees_touch_nobody(stretch: Stretch) -> None:
    for pose in poses(stretch):
        client, partner = pose.client, helper(pose)
        for leg in (client.leg, client.far_leg):
            if stretch.figure.view == "beside" and leg[-1][1] > 150:
                continue  # a flat leg: who helps kneels beside it, so before it in the picture
            for at in leg[2:]:  # ankle and foot: off the helper's chest, head and legs
                assert gap(at, partner.torso) > HALF_A_LEG_PX + HALF_A_TORSO_PX, stretch.id
                assert dist(at, partner.head) > HALF_A_LEG_PX + HEAD_PX, stretch.id
                knees = min(gap(at, partner.leg), gap(at, partner.far_leg))
                assert knees > 2 * HALF_A_LEG_PX, stretch.id
        for leg in (partner.leg, partner.far_leg):
            for at in leg[1:]:  # knee and foot: off the client's side
                assert gap(at, client.torso) > HALF_A_LEG_PX + HALF_A_TORSO_PX, stretch.id


@each_stretch
def test_a_neck_joins_head_and_shoulders(stretch: Stretch) -> None:
    """Not only near them: one colour without an edge, over the edges of both."""
    for pose in ("start", "stretched"):
        svg = str(figure(stretch, stretch.sides[0], pose))
        assert "neck edge" not in svg
        for group in re.findall(r'<g class="(?:client|partner)">(.*?)</g>', svg):
            if "limb neck" in group:
                assert (
                    group.index("limb torso")
                    < group.index('class="head"')
                    < group.index("limb neck")
                )
    for one in poses(stretch):
        for body in (one.client, helper(one)):
            assert dist(body.head, body.torso[0]) < HEAD_PX + HALF_A_TORSO_PX + 8


@each_stretch
def test_the_clients_phone_is_where_the_words_say(stretch: Stretch) -> None:
    """In the hand of the side that stays, or the knees leave; else on the breastbone."""
    is_by_side = stretch.id in ("spinal_twist", "hamstring_raise")
    for pose in poses(stretch):
        assert pose.phone is not None
        middle = (
            (pose.phone[0][0] + pose.phone[1][0]) / 2,
            (pose.phone[0][1] + pose.phone[1][1]) / 2,
        )
        client = pose.client
        hand = client.far_arm[-1] if is_by_side else client.arm[-1]
        assert dist(middle, hand) < 2 * HALF_AN_ARM_PX
        assert is_by_side or gap(middle, client.torso) < HALF_A_TORSO_PX + HALF_AN_ARM_PX
