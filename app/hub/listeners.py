"""The phones that listen to one room right now: an outbox each, by seat. Slow ones delay nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.core.model import Role
from app.hub.alerts import Raised
from app.hub.outbox import Outbox
from app.protocol.constants import CLOSE_MOVED
from app.protocol.display import alert_for_display
from app.protocol.to_phone import DirectLineTold, Message, StateTold

TABS = 8


class Listeners:
    """The open sockets of a room. `render` makes the state for a role when its turn comes."""

    def __init__(self, render: Callable[[Role], StateTold]) -> None:
        self._render = render
        self._outboxes: dict[Role, Outbox] = {}
        self._tabs: dict[Role, dict[str, int]] = {}  # the last tabs, and what they had counted to
        self.push_by_ms: int | None = None

    def __len__(self) -> int:
        return len(self._outboxes)

    def connect(self, role: Role, tab: str = "", n: int = 0) -> Outbox:
        """Open an outbox for a new socket; the newest socket of a seat wins.

        `n` counts the sockets of one tab. A socket that its page gave up long ago may arrive late,
        over a slow network; it must not turn out its successor. A copied tab goes on counting from
        where its original was. If nobody else is there, whoever comes is the newest.
        """
        outbox = Outbox(lambda: self._render(role))
        tabs = self._tabs.setdefault(role, {})
        if role in self._outboxes and n < tabs.get(tab, 0):
            outbox.close("moved", CLOSE_MOVED)
            return outbox
        if tab:
            tabs[tab] = max(n, tabs.pop(tab, 0))
            for oldest in list(tabs)[:-TABS]:
                del tabs[oldest]
        self.send_away(role, "moved", CLOSE_MOVED)
        self._outboxes[role] = outbox
        outbox.put_state()
        return outbox

    def disconnect(self, role: Role, outbox: Outbox) -> None:
        """Forget a socket that is closed."""
        if self._outboxes.get(role) is outbox:
            del self._outboxes[role]

    def send_away(self, role: Role, reason: str, code: int) -> None:
        """Close the socket of a seat, saying why."""
        outbox = self._outboxes.pop(role, None)
        if outbox is not None:
            outbox.close(reason, code)

    def send_all_away(self, reason: str, code: int) -> None:
        """Close every socket, saying why."""
        for role in list(self._outboxes):
            self.send_away(role, reason, code)

    def push(self) -> None:
        """Note for all that there is a newer state."""
        self.push_by_ms = None
        for outbox in self._outboxes.values():
            outbox.put_state()

    def alert(self, raised: Raised) -> None:
        """Send an alert to every phone that has not shown it, and each time to who looks on."""
        for role, outbox in self._outboxes.items():
            if role in raised.unseen or role is Role.HOST:
                outbox.put_alert(raised.message())
            elif role is Role.DISPLAY:
                outbox.put_alert(alert_for_display(raised.message()))

    def drop_alerts(self, names: Iterable[str]) -> None:
        """Take back alerts that have become moot."""
        for name in names:
            for outbox in self._outboxes.values():
                outbox.drop_alert(name)

    def pass_on(self, role: Role, words: DirectLineTold) -> None:
        """Pass on what one page says to the other, to lay the direct line."""
        outbox = self._outboxes.get(role)
        if outbox is not None:
            outbox.pass_on(words)

    def tell(self, role: Role, message: Message) -> None:
        """Queue a message for the phone of a seat, if it is connected."""
        outbox = self._outboxes.get(role)
        if outbox is not None:
            outbox.reply(message)
