"""The moves of the warm-up: each its share of the time, skippable one by one, and spoken once."""

from __future__ import annotations

from typing import Any

import pytest

from app.config import ASSETS
from app.content.library import load_library
from tests.support.js import call, context

MINUTES_5 = 300_000
TIMER = {"kind": "warm_up", "length_ms": MINUTES_5}
ENGINE = context()


def move(left_ms: int, skipped_ms: int = 0, timer: dict[str, Any] | None = TIMER) -> Any:
    return call(ENGINE, "M.warm_up.move_of", timer, left_ms, skipped_ms)


def skip(left_ms: int, skipped_ms: int = 0) -> Any:
    return call(ENGINE, "M.warm_up.skip_move", TIMER, left_ms, skipped_ms)


def test_each_move_has_its_share_and_counts_down_in_it() -> None:
    assert move(MINUTES_5) == {"move": "0", "left_ms": 60_000}
    assert move(240_001) == {"move": "0", "left_ms": 1}
    assert move(240_000) == {"move": "1", "left_ms": 60_000}
    assert move(1) == {"move": "4", "left_ms": 1}
    assert move(0) == {"move": "done", "left_ms": 0}


def test_a_longer_warm_up_has_longer_moves() -> None:
    assert move(600_000, timer={"kind": "warm_up", "length_ms": 600_000})["left_ms"] == 120_000


def test_there_is_no_move_but_in_the_warm_up() -> None:
    for timer in (None, {"kind": "hold", "length_ms": 25_000}):
        assert move(10_000, timer=timer)["move"] == "none"


def test_moves_are_skipped_one_by_one_to_the_end() -> None:
    skipped, seen = 0, []
    for _ in range(6):
        seen.append(move(280_000, skipped)["move"])
        skipped = skip(280_000, skipped)
    assert seen == ["0", "1", "2", "3", "4", "done"]


def test_a_skipped_move_gives_the_next_one_its_whole_time() -> None:
    assert move(280_000, skip(280_000)) == {"move": "1", "left_ms": 60_000}


def test_the_page_counts_as_many_moves_as_the_content_has() -> None:
    library = load_library(ASSETS / "content")
    assert call(ENGINE, "() => M.warm_up.MOVES") == len(library.warm_up)


@pytest.mark.parametrize("role", ["partner", "display"])
def test_a_move_is_spoken_as_it_begins(role: str) -> None:
    facts = {"role": role, "phase": "warming_up", "severity": "ok", "one_phone": "no"}
    cue = call(ENGINE, "M.cues.cues", {**facts, "move": "none"}, {**facts, "move": "0"})
    assert [one.get("key") for one in cue] == ["move:0"]
    assert call(ENGINE, "M.cues.cues", {**facts, "move": "4"}, {**facts, "move": "done"}) == []
