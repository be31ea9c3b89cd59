"""The alerts of one room that somebody has not been shown yet, and who still has to see them."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.model import SEATS, Phase, Role, RoomState, Severity, other
from app.core.safety import Alert
from app.core.timing import ALERT_AGAIN_MS
from app.protocol.to_phone import AlertTold

GOOD_LASTS_MS = 3_000
TOLD_LASTS_MS = 10_000
EASE_PHASES = frozenset({Phase.EASED, Phase.RELEASING, Phase.PAUSED})


@dataclass(slots=True)
class Raised:
    """One alert under way: `is_written` once its command was committed or refused."""

    alert: Alert
    is_written: bool = False
    unseen: set[Role] = field(default_factory=lambda: set(SEATS))
    told_ms: int = 0

    def message(self) -> AlertTold:
        """Return it as it is sent to the phones."""
        a = self.alert
        return AlertTold(
            alert=a.alert, kind=a.kind, by=a.by, cause=a.cause, drill=a.drill, at_ms=a.at_ms
        )


class Alerts:
    """All alerts of one room that still matter."""

    def __init__(self) -> None:
        self._raised: dict[str, Raised] = {}

    def add(self, alert: Alert, *, is_written: bool = False) -> Raised:
        """Add and return an alert; one that is here already stays as it is."""
        return self._raised.setdefault(alert.alert, Raised(alert, is_written))

    def written(self, name: str) -> None:
        """Note that the command of an alert is committed, or was refused."""
        if name in self._raised:
            self._raised[name].is_written = True

    def all_written(self) -> None:
        """Note that all are committed: a stop for an error covers what could not be written."""
        for raised in self._raised.values():
            raised.is_written = True

    def severity(self) -> Severity:
        """Return the worst severity that phones were told and that is not yet written."""
        waiting = (r.alert.severity for r in self._raised.values() if not r.is_written)
        return max(waiting, default=Severity.OK)

    def seen(self, name: str, by: Role, now_ms: int) -> tuple[Alert, int] | None:
        """Note that a page painted an alert.

        Returns the alert and the ms since it was raised when the page across the mat from its
        raiser shows it for the first time, else None.
        """
        raised = self._raised.get(name)
        if raised is None or by not in raised.unseen:
            return None
        raised.unseen.discard(by)
        is_peer = raised.alert.by in SEATS and by is other(raised.alert.by)
        return (raised.alert, now_ms - raised.alert.at_ms) if is_peer else None

    def prune(self, state: RoomState, now_ms: int) -> list[str]:
        """Forget the alerts that no longer matter, and return their names."""
        moot = [
            name
            for name, raised in self._raised.items()
            if raised.is_written and not (raised.unseen and _matters(raised.alert, state, now_ms))
        ]
        for name in moot:
            del self._raised[name]
        return moot

    def for_role(self, role: Role) -> list[Raised]:
        """List what the phone of this seat has not shown yet."""
        return [raised for raised in self._raised.values() if role in raised.unseen]

    def due(self, now_ms: int) -> list[Raised]:
        """List what is to be told again by now."""
        return [
            raised
            for raised in self._raised.values()
            if raised.unseen and now_ms >= raised.told_ms + ALERT_AGAIN_MS
        ]

    def next_ms(self) -> int | None:
        """Return when something is to be told again, or None."""
        due = (r.told_ms + ALERT_AGAIN_MS for r in self._raised.values() if r.unseen)
        return min(due, default=None)

    def __contains__(self, name: str) -> bool:
        return name in self._raised


def _matters(alert: Alert, state: RoomState, now_ms: int) -> bool:
    if alert.kind == "good":
        return state.phase is Phase.HOLDING and now_ms < alert.at_ms + GOOD_LASTS_MS
    if alert.kind in ("ease", "contact"):
        return state.phase in EASE_PHASES
    if alert.severity is Severity.STOP:
        return state.stop is not None and state.stop.stop == alert.alert
    if alert.drill and state.drill is not None and state.drill.alert == alert.alert:
        return state.phase is Phase.WARMING_UP and not state.drill.is_answered
    return state.phase in (Phase.LOBBY, Phase.WARMING_UP) and (now_ms < alert.at_ms + TOLD_LASTS_MS)
