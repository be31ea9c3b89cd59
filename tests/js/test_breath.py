"""The breathing ring: one moment of one breath on both phones, whatever their own clocks say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.js import call, context, told

ENGINE = context()
SERVER_MS = 5_000_000
LENGTH_MS = 45_000
SHOWN = """(server, offset_ms, now) => {
  const link = { ...M.link.link(server.role), server, offset_ms, heard_at: now, status: "open" };
  const { facts, breath } = M.facts.facts({ link, failsafe: M.failsafe.failsafe() }, now);
  return [facts.breath, breath];
}"""


def shown(role: str, offset_ms: int, passed_ms: int, ends_ms: int | None = 0) -> tuple[str, float]:
    """What a phone shows whose clock is `offset_ms` behind, so long after the start."""
    timer = {
        "kind": "ask",
        "length_ms": LENGTH_MS,
        "remaining_ms": LENGTH_MS - passed_ms,
        "ends_ms": None if ends_ms is None else SERVER_MS + LENGTH_MS,
    }
    state = told(SERVER_MS, role=role, phase="easing_in", timer=timer)
    word, part = call(ENGINE, SHOWN, state, offset_ms, SERVER_MS + passed_ms - offset_ms)
    return word, part


@given(
    passed_ms=st.integers(0, LENGTH_MS - 1),
    client_ms=st.integers(-10_000_000, 4_000_000),
    partner_ms=st.integers(-10_000_000, 4_000_000),
)
@settings(max_examples=200, deadline=None)
def test_both_rings_are_at_the_same_moment_whatever_the_two_clocks_say(
    passed_ms: int, client_ms: int, partner_ms: int
) -> None:
    client, partner = shown("client", client_ms, passed_ms), shown("partner", partner_ms, passed_ms)
    assert client[0] == partner[0]
    assert client[1] == pytest.approx(partner[1], abs=1e-9)


@pytest.mark.parametrize(
    ("passed_ms", "word", "part"),
    [
        (0, "in", 0.0), (2_000, "in", 0.5), (4_000, "out", 1.0), (7_000, "out", 0.5),
        (10_000, "in", 0.0), (24_000, "out", 1.0),
    ],
)  # fmt: skip
def test_the_ring_begins_with_in_and_takes_four_seconds_in_and_six_out(
    passed_ms: int, word: str, part: float
) -> None:
    assert shown("partner", 0, passed_ms) == (word, pytest.approx(part))


def test_a_frozen_timer_shows_no_breath() -> None:
    assert shown("client", 0, 3_000, ends_ms=None) == ("none", 0)
