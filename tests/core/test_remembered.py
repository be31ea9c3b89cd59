"""A tap that comes again is known by its name; how urgent a state is, is one word."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.model import Cause, CommandId, Link, Phase, Role, Severity
from app.core.safety import severity_of
from tests.support.session import Session

REMEMBERED = 64


def test_the_last_64_taps_of_a_phone_are_known_and_none_before() -> None:
    s = Session().to(Phase.HOLDING)
    taps = [CommandId(f"tap-{n}") for n in range(REMEMBERED + 6)]
    for id in taps:
        s.client(c.Stop(id=id))
    assert s.state.client.recent == tuple(taps[-REMEMBERED:])


def test_a_tap_that_comes_again_is_done_and_does_nothing() -> None:
    s = Session().to(Phase.HOLDING)
    ease = c.EaseOff(id=CommandId("one"))
    s.client(ease)
    assert s.phase() is Phase.EASED
    before = s.state
    assert s.client(ease) == [] and s.state == before  # a second one would bring it all back


@pytest.mark.parametrize(
    ("phase", "severity"),
    [
        (Phase.LOBBY, Severity.OK), (Phase.WARMING_UP, Severity.OK),
        (Phase.POSITIONING, Severity.OK), (Phase.EASING_IN, Severity.OK),
        (Phase.HOLDING, Severity.OK), (Phase.EASED, Severity.EASE),
        (Phase.RESTING, Severity.OK), (Phase.PAUSED, Severity.EASE),
        (Phase.STOPPED, Severity.STOP), (Phase.ENDED, Severity.OK),
    ],
)  # fmt: skip
def test_how_urgently_force_must_come_off(phase: Phase, severity: Severity) -> None:
    assert severity_of(Session().to(phase).state) is severity


def test_a_way_back_is_calm_only_where_the_hold_was_over() -> None:
    over = Session().to(Phase.HOLDING)
    over.wait(25_000)
    assert (over.phase(), over.state.cause) == (Phase.RELEASING, Cause.OVER)
    assert severity_of(over.state) is Severity.OK
    eased = Session().to(Phase.HOLDING)
    eased.ease()
    eased.wait(15_000)
    assert eased.phase() is Phase.RELEASING and eased.state.cause is not Cause.OVER
    assert severity_of(eased.state) is Severity.EASE


@pytest.mark.parametrize("role", [Role.CLIENT, Role.PARTNER])
def test_a_phone_that_is_lost_already_is_not_lost_again(role: Role) -> None:
    s = Session().to(Phase.HOLDING)
    s.lose(role)
    assert (s.phase(), s.state.cause) == (Phase.EASED, Cause.CONTACT)
    at = s.state.phase_at_ms
    s.presence(role, Link.LOST)
    assert s.state.phase_at_ms == at
