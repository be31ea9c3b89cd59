"""An alert stays until it is written, and seen by all or moot; until then it is told again."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.core.model import Cause, Phase, Role, Severity
from app.core.safety import Alert
from app.hub.alerts import Alerts
from tests.support.session import Session

NOW = 1_764_000_000_000
AGAIN_MS = 250
STRETCHING = [Phase.POSITIONING, Phase.EASING_IN, Phase.HOLDING, Phase.RESTING]


def alert(
    kind: str = "ease", by: Role = Role.CLIENT, *, drill: bool = False, at: int = NOW
) -> Alert:
    severity = {"stop": Severity.STOP, "good": Severity.OK}.get(kind, Severity.EASE)
    return Alert(f"{by}:{kind}", kind, by, Cause.ASKED, False, severity, at)  # type: ignore[arg-type]


def raised(one: Alert, *, is_written: bool = True) -> Alerts:
    alerts = Alerts()
    alerts.add(one, is_written=is_written).told_ms = NOW
    return alerts


@dataclass
class Kept:
    """Whether an alert stays in a phase, so long after it was raised."""

    kind: str
    phase: Phase
    after_ms: int
    is_kept: bool


@pytest.mark.parametrize(
    "case",
    [
        *(Kept("ease", phase, 600_000, True) for phase in (Phase.EASED, Phase.RELEASING)),
        *(Kept("contact", phase, 600_000, True) for phase in (Phase.EASED, Phase.RELEASING)),
        *(Kept("ease", phase, 0, False) for phase in (Phase.HOLDING, Phase.RESTING)),
        *(Kept("contact", phase, 0, False) for phase in (Phase.HOLDING, Phase.RESTING)),
        Kept("good", Phase.HOLDING, 2_999, True),
        Kept("good", Phase.HOLDING, 3_000, False),
        Kept("good", Phase.RELEASING, 0, False),
        *(Kept("stop", phase, 0, False) for phase in STRETCHING),  # the stop that is up is another
        *(Kept("pain?", phase, 9_999, True) for phase in (Phase.LOBBY, Phase.WARMING_UP)),
        *(Kept("pain?", phase, 10_000, False) for phase in (Phase.LOBBY, Phase.WARMING_UP)),
        Kept("pain?", Phase.HOLDING, 0, False),
    ],
    ids=str,
)
def test_what_is_not_seen_stays_as_long_as_it_matters(case: Kept) -> None:
    state = Session().to(case.phase).state
    alerts = raised(alert(case.kind))
    assert alerts.prune(state, NOW + case.after_ms) == (
        [] if case.is_kept else [f"client:{case.kind}"]
    )
    assert (f"client:{case.kind}" in alerts) is case.is_kept


def test_the_stop_that_is_up_stays_and_one_that_was_cleared_does_not() -> None:
    s = Session().to(Phase.HOLDING)
    name = s.stop()
    up = Alert(name, "stop", Role.CLIENT, Cause.ASKED, False, Severity.STOP, NOW)
    assert raised(up).prune(s.state, NOW + 600_000) == []
    assert raised(alert("stop")).prune(s.state, NOW) == ["client:stop"]


def test_what_is_not_written_yet_is_never_forgotten() -> None:
    state = Session().to(Phase.HOLDING).state
    alerts = raised(alert(), is_written=False)
    for role in (Role.CLIENT, Role.PARTNER):
        alerts.seen("client:ease", role, NOW)
    assert alerts.prune(state, NOW + 600_000) == []
    alerts.written("client:ease")
    assert alerts.prune(state, NOW) == ["client:ease"]


def test_what_both_have_seen_is_forgotten_though_it_matters() -> None:
    s = Session().to(Phase.HOLDING)
    s.ease()
    alerts = raised(alert())
    alerts.seen("client:ease", Role.CLIENT, NOW)
    assert alerts.prune(s.state, NOW) == []
    alerts.seen("client:ease", Role.PARTNER, NOW)
    assert alerts.prune(s.state, NOW) == ["client:ease"]


@pytest.mark.parametrize("is_error", [False, True])
def test_what_is_told_counts_as_severe_until_it_is_written(is_error: bool) -> None:
    alerts = raised(alert("stop"), is_written=False)
    alerts.add(alert("ease"))
    assert alerts.severity() is Severity.STOP
    if is_error:
        alerts.all_written()
    else:
        alerts.written("client:stop")
        assert alerts.severity() is Severity.EASE
        alerts.written("client:ease")
        alerts.written("none such")
    assert alerts.severity() is Severity.OK


def test_it_is_told_again_each_quarter_second_to_who_has_not_shown_it() -> None:
    alerts = raised(alert())
    assert alerts.next_ms() == NOW + AGAIN_MS
    assert alerts.due(NOW + AGAIN_MS - 1) == []
    assert [one.alert.alert for one in alerts.due(NOW + AGAIN_MS)] == ["client:ease"]
    alerts.seen("client:ease", Role.PARTNER, NOW)
    assert alerts.for_role(Role.PARTNER) == [] and len(alerts.for_role(Role.CLIENT)) == 1
    assert alerts.next_ms() is not None
    alerts.seen("client:ease", Role.CLIENT, NOW)
    assert alerts.next_ms() is None and alerts.due(NOW + 600_000) == []


def test_its_raiser_is_told_once_and_only_that_the_other_phone_shows_it() -> None:
    alerts = raised(alert())
    assert alerts.seen("none such", Role.PARTNER, NOW) is None
    assert alerts.seen("client:ease", Role.CLIENT, NOW + 5) is None
    told = alerts.seen("client:ease", Role.PARTNER, NOW + 31)
    assert told is not None and (told[0].alert, told[1]) == ("client:ease", 31)
    assert alerts.seen("client:ease", Role.PARTNER, NOW + 40) is None


def test_of_what_the_server_raised_nobody_is_told_that_it_was_shown() -> None:
    alerts = raised(alert("contact", Role.SERVER))
    for role in (Role.CLIENT, Role.PARTNER):
        assert alerts.seen("server:contact", role, NOW) is None


def test_the_same_alert_again_stays_what_it_was() -> None:
    alerts = raised(alert())
    alerts.seen("client:ease", Role.PARTNER, NOW)
    alerts.add(alert(at=NOW + 500), is_written=False)
    assert alerts.for_role(Role.PARTNER) == []
    assert alerts.severity() is Severity.OK
