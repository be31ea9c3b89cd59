"""The way in and back can be watched, and the warm-up's moves are drawn as the stretches are."""

from __future__ import annotations

import re
from math import dist

import pytest

from app.content.files import Move, Stretch
from app.screen.figure import BOX, figure, move_figure
from app.screen.loop import BETWEEN, KEY_TIMES
from app.screen.tween import between
from tests.screen.drawn import (
    HALF_A_TORSO_PX,
    LIBRARY,
    bones,
    each_stretch,
    gap,
    heads,
    helper,
    poses,
)


@each_stretch
def test_the_way_in_begins_at_the_one_pose_and_ends_at_the_other(stretch: Stretch) -> None:
    start, stretched = poses(stretch)
    for part, pose in ((0, start), (1, stretched)):
        step = between(start, stretched, part)
        for there, now in ((pose.client, step.client), (helper(pose), helper(step))):
            for limb, then in now.model_dump().items():
                was = getattr(there, limb)
                pairs = [(was, then)] if limb == "head" else list(zip(was, then, strict=True))
                assert all(dist(*pair) < 4 for pair in pairs), (stretch.id, part, limb)


@each_stretch
def test_on_the_way_in_and_back_hands_stay_on_and_no_bone_shrinks(stretch: Stretch) -> None:
    start, stretched = poses(stretch)
    for part in BETWEEN:
        step = between(start, stretched, part)
        for hand in (helper(step).arm[-1], helper(step).far_arm[-1]):
            limbs = (step.client.torso, step.client.leg, step.client.far_leg)
            assert min(gap(hand, limb) for limb in limbs) <= HALF_A_TORSO_PX, (stretch.id, part)
        for limb in ("leg", "far_leg"):
            ends = [bones(getattr(one.client, limb)) for one in (start, step, stretched)]
            for was, now, then in zip(*ends, strict=True):
                assert min(was, then) - 1 <= now <= max(was, then) + 1, (stretch.id, part, limb)


@each_stretch
def test_the_loop_ends_where_it_begins_and_each_of_its_lines_has_a_name_of_its_own(
    stretch: Stretch,
) -> None:
    svgs = [str(figure(stretch, side, "loop")) for side in stretch.sides]
    ids = [name for svg in svgs for name in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))
    for svg in svgs:
        moves = re.findall(r'attributeName="d"[^>]* keyTimes="([^"]+)" values="([^"]+)"', svg)
        assert len(moves) >= 6  # legs and arms at the least
        for times, values in moves:
            steps = values.split(";")
            assert times == KEY_TIMES and len(steps) == len(times.split(";"))
            assert steps == steps[::-1]
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= set(ids)
        assert "<animate" not in str(figure(stretch, stretch.sides[0], "stretched"))


@pytest.mark.parametrize("move", LIBRARY.warm_up, ids=lambda move: move.id)
def test_a_move_of_the_warm_up_shows_one_person_in_two_poses(move: Move) -> None:
    start, stretched = (str(move_figure(move, pose)) for pose in ("start", "stretched"))
    assert start != stretched
    for svg in (start, stretched, str(move_figure(move, "loop"))):
        assert heads(svg).keys() == {"client"} and move.name in svg and move.drawn.text in svg
    width, height = BOX[move.figure.view]
    for pose in (move.figure.start, move.figure.stretched):
        limbs = pose.client.model_dump()
        limbs.pop("head")
        points = [point for limb in limbs.values() for point in limb]
        assert all(10 <= x <= width - 10 and 10 <= y <= height - 10 for x, y in points)
