"""One open room: alert -> decide -> append -> evolve -> push, one command at a time.

Alerts leave at the entrance, before anything is decided or written; everything else waits for the
commit. Knows no socket and no SQL; time comes from the clock it is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import structlog

from app.clock import Clock
from app.core import commands as c
from app.core import events as e
from app.core.decide import alert_again, alert_for, decide
from app.core.evolve import evolve_all, replay
from app.core.inviting import invitable
from app.core.model import (
    SEATS,
    STRETCHING,
    AlertId,
    Cause,
    Phase,
    Role,
    RoomState,
    Severity,
    other,
)
from app.core.safety import Alert, alert_id, severity_of
from app.core.timing import ALERT_AGAIN_MS
from app.errors import Fenced, JournalError, Refused, SeqConflict
from app.hub.alarm import Alarm
from app.hub.alerts import Alerts
from app.hub.deadlines import Deadlines
from app.hub.force import check_force, is_too_old
from app.hub.line import Line, Waiting, answered
from app.hub.listeners import Listeners
from app.hub.outbox import Outbox
from app.hub.presence import Presence
from app.hub.reactions import CoverAlerts, ExpectPhone, SendAway, TellGood, is_news, receive
from app.hub.tally import Tally, Uncounted
from app.journal.port import Journal
from app.protocol.constants import CLOSE_RESTARTING
from app.protocol.to_phone import BeatAnswer, DirectLineTold, Fate, Message, StateTold
from app.protocol.view import view

TOLD_WITHIN_MS = 250  # after an alert the new state goes out with its commit, or after this

log = structlog.get_logger()


class Room:
    """The truth of one room and everyone who listens to it.

    `lost` is called once another server has written to the room's log: it is that server's now.
    """

    def __init__(
        self,
        state: RoomState,
        journal: Journal,
        clock: Clock,
        tally: Tally | None = None,
        lost: Callable[[Room, str], None] | None = None,
    ) -> None:
        self.id = state.room
        self.state = state
        self.knock: tuple[Role, str] | None = None
        self.listeners = Listeners(self.look)
        self.alerts = Alerts()
        self.line = Line()
        self.now_ms = clock.now_ms
        self.presence = Presence(self)
        self._journal = journal
        self._tally = tally or Uncounted()
        self._worker: asyncio.Task[None] | None = None
        self._deadlines = Deadlines(self, self.now_ms())
        self._alarm = Alarm(self._deadlines, clock, self.stopping_for_errors)
        self._closing: tuple[str, int] | None = None  # why, with its close code
        self._lost = lost
        self._owner: str | None = None
        self.is_behind = False  # its log has more than it knows of
        self.is_restarting = False

    # The entrance

    def ask(self, command: c.Command, by: Role = Role.SERVER) -> asyncio.Future[None]:
        """Take a command; the answer comes once it is committed, or raises Refused.

        What an urgent command has to tell is on its way to both phones before this returns; it is
        answered only once the disk has it.
        """
        if self._closing is not None:  # not for good: whoever is asked next can take it
            return answered(Refused("journal_down"))
        now = self.now_ms()
        known = self._known(command, by)
        if known is not None:
            return known
        alert = alert_for(self.state, command, by, now)
        waiting = Waiting(command, by, now, alert.alert if alert else None)
        self.line.join(waiting)
        self.work()  # begins in the loop's next turn: the alert goes out first
        if alert is not None:
            self._raise(alert)
        return waiting.answer

    def _known(self, command: c.Command, by: Role) -> asyncio.Future[None] | None:
        """Return the answer to an id that came before: it is answered again but applied once."""
        id = c.id_of(command)
        if id is None or by not in SEATS:
            return None
        waiting = self.line.find(by, id)
        if waiting is not None:
            return waiting.answer
        if id not in self.state.seat(by).recent:
            return None
        if isinstance(command, c.URGENT):
            self._tell_again(alert_id(by, id), command, by)
        return answered(None)

    def _tell_again(self, name: AlertId, command: c.Command, by: Role) -> None:
        """Repeat an alert's fate, or raise it anew: after a restart only its raiser knows of it."""
        shown_ms = dict(self.state.shown).get(name)
        if shown_ms is not None:
            self.tell(by, Fate(alert=name, shown_ms=shown_ms))
            return
        alert = alert_again(self.state, command, by, self.now_ms())
        if alert is not None and name not in self.alerts:
            self._raise(alert, is_written=True)

    def _raise(self, alert: Alert, *, is_written: bool = False) -> None:
        raised = self.alerts.add(alert, is_written=is_written)
        raised.told_ms = self.now_ms()
        self.listeners.alert(raised)
        self.listeners.push_by_ms = raised.told_ms + TOLD_WITHIN_MS
        self._alarm.set_by(raised.told_ms + min(ALERT_AGAIN_MS, TOLD_WITHIN_MS))

    def fail(self) -> None:
        """Stop for an unexpected error, unless that is done, under way or useless."""
        is_stopped = self.state.stop is not None and self.state.stop.cause is Cause.ERROR
        if self.state.phase not in STRETCHING | {Phase.STOPPED} or is_stopped:
            return
        if all(not isinstance(w.command, c.Fail) for w in self.line):
            self.ask(c.Fail())

    @contextmanager
    def stopping_for_errors(self) -> Iterator[None]:
        """Stop this room, and no other, if anything unexpected is raised within this."""
        try:
            yield
        except Exception:
            log.exception("room_failed")
            self._tally.room_failed()
            self.fail()

    # One command at a time

    def work(self) -> None:
        """Go on with the commands that wait, unless that is under way."""
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work_off())

    async def _work_off(self) -> None:
        has_disk = await self._pay_owed()
        while (waiting := self.line.next()) is not None:
            has_disk = has_disk and await self._commit(waiting)
            if not has_disk:
                self._hold_back(waiting)
        self._worker = None  # an error below asks for a stop, which another one has to work off
        if self._owner is not None and self._lost is not None:
            self._lost(self, self._owner)
        self._alarm.set()

    async def _pay_owed(self) -> bool:
        """Write first what the disk could not take; return whether nothing is owed any more."""
        if self.is_behind and not await self._has_caught_up():
            return False
        while self.line.owed:
            if not await self._commit(self.line.owed[0]):
                return False
            self.line.owed.popleft()
        return True

    async def _has_caught_up(self) -> bool:
        try:
            await self._catch_up()
        except Fenced as fenced:
            self._owner = fenced.by
        except JournalError as error:
            log.warning("journal_down", error=str(error))
        return not self.is_behind

    def _hold_back(self, waiting: Waiting) -> None:
        """Keep what reduces force and refuse the rest: the disk is down."""
        self._deadlines.retry_later(self.now_ms())
        if waiting.alert is None:
            self._answer(waiting, Refused("journal_down"))
        else:
            self.line.owed.append(waiting)

    async def _commit(self, waiting: Waiting) -> bool:
        """Apply a command and settle it; return False if the disk did not take it."""
        problem: Exception | None = None
        events: Sequence[e.Event] = ()
        try:
            events = await self._apply(waiting)
        except Refused as refused:
            problem = refused
        except Fenced as fenced:
            self._owner = fenced.by
            return False
        except JournalError as error:
            log.warning("journal_down", error=str(error))
            self._tally.journal_failed()
            return False
        except Exception as error:
            log.exception("room_failed", command=type(waiting.command).__name__)
            problem = error
            self._tally.room_failed()
            self.fail()
        # Whoever asked is woken in the loop's next turn, and finds the new state.
        self._answer(waiting, problem)
        with self.stopping_for_errors():
            self._settle(waiting, events, problem)
        return True

    async def _apply(self, waiting: Waiting) -> Sequence[e.Event]:
        """Decide, append, evolve. What was told at once counts from when it was told."""
        now = self.now_ms() if waiting.alert is None else waiting.at_ms
        is_force = isinstance(waiting.command, c.FORCE)
        if is_force:
            self._check_force(waiting)
        state = self.state
        events = decide(state, waiting.command, now, waiting.by)
        if not events:
            return ()
        try:
            await self._journal.append(self.id, state.seq, events)
        except Fenced:
            raise
        except SeqConflict:
            self.is_behind = True
            raise
        self._tally.committed(self.now_ms() - now)
        self.state = evolve_all(state, events)
        if is_force and is_too_old(waiting, self.now_ms()):
            self.ask(c.Restart())  # the disk hung: what the tap was about is long over
        return events

    async def _catch_up(self) -> None:
        """Read what was written though its answer was lost, and let nothing go on by it."""
        events = await self._journal.read(self.id)
        if not events:  # erased by another server: nobody's any more
            raise Fenced("")
        state = replay(events)
        restart = (
            decide(state, c.Restart(), self.now_ms()) if state.phase is not Phase.ENDED else []
        )
        if restart:
            await self._journal.append(self.id, state.seq, restart)
        self.state, self.is_behind = evolve_all(state, restart), False
        self.listeners.push()

    def _check_force(self, waiting: Waiting) -> None:
        now = self.now_ms()
        self.presence.judge(now)
        check_force(
            waiting,
            now,
            late_ms=self.presence.pulse.late_ms,
            is_told=self.severity() > severity_of(self.state),
            is_restarting=self.is_restarting,
        )

    def _settle(
        self, waiting: Waiting, events: Sequence[e.Event], problem: Exception | None
    ) -> None:
        """Do what comes between the commit and the answer: alerts, and the new state to all."""
        if waiting.alert is not None and (problem is None or isinstance(problem, Refused)):
            self.alerts.written(waiting.alert)
        for event in events:
            self._react(event, waiting)
        self.listeners.drop_alerts(self.alerts.prune(self.state, self.now_ms()))
        if is_news(events, waiting.by, self.state):
            self.listeners.push()

    def _react(self, event: e.Event, waiting: Waiting) -> None:
        match receive(event, waiting.by, waiting.id):
            case TellGood(alert):
                self._raise(alert, is_written=True)
            case SendAway(role, reason, code):
                self.send_away(role, reason, code)
            case ExpectPhone(role):
                self.presence.pulse.expect(role, self.now_ms())
            case CoverAlerts():
                self.alerts.all_written()

    def _answer(self, waiting: Waiting, problem: BaseException | None) -> None:
        self._deadlines.answered(waiting.command, problem, self.now_ms())
        if problem is None:
            waiting.answer.set_result(None)
        else:
            waiting.answer.set_exception(problem)

    # What phones are told

    def severity(self) -> Severity:
        """Return the worst severity of the state and of what is told but not yet written."""
        return max(severity_of(self.state), self.alerts.severity())

    def look(self, role: Role) -> StateTold:
        """Return the newest state as one phone may know it."""
        return view(
            self.presence.as_it_is(self.state),
            role,
            self.now_ms(),
            self._journal.epoch,
            self.alerts.severity(),
            bool(self.invitable(role)),
            self.knock is not None and self.knock[0] is role,
            self.is_restarting,
        )

    def invitable(self, by: Role) -> tuple[Role, ...]:
        """List the seats that this phone may invite someone to."""
        return invitable(self.state, by)

    def knocking(self, at: Role | None, knock: str | None) -> None:
        """Note who is asked to let someone in, or that nobody waits any more."""
        self.knock = (at, knock) if at is not None and knock is not None else None
        self.listeners.push()

    def tell(self, role: Role, message: Message) -> None:
        """Queue a message for the phone of a seat, if it is connected."""
        self.listeners.tell(role, message)

    def send_away(self, role: Role, reason: str, code: int) -> None:
        """Close the socket of a seat, saying why."""
        self.listeners.send_away(role, reason, code)

    # Phones come, see and go

    def attach(self, role: Role, tab: str = "", n: int = 0) -> Outbox:
        """Open an outbox for a phone's new socket, with the truth and all unseen alerts in it."""
        outbox = self.listeners.connect(role, tab, n)
        if self._closing is not None:
            self.listeners.send_away(role, *self._closing)
        for raised in self.alerts.for_role(role):
            outbox.put_alert(raised.message())
        self._alarm.set()
        return outbox

    def leave(self, role: Role, outbox: Outbox) -> None:
        """Forget a socket that is closed."""
        self.listeners.disconnect(role, outbox)

    def beat(
        self, role: Role, n: int, sent_ms: float, visible: bool, sound: str, awake: bool
    ) -> BeatAnswer:
        """Renew the lease of a seat's phone and return the answer to its beat."""
        return self.presence.beat(role, n, sent_ms, visible, sound, awake)

    def pass_on(self, by: Role, data: str) -> None:
        """Hand what one page says to the page across the mat, unread."""
        self.listeners.pass_on(other(by), DirectLineTold(data=data))

    def seen(self, role: Role, alert: str) -> None:
        """Note that a phone's page has painted an alert, and tell its raiser."""
        shown = self.alerts.seen(alert, role, self.now_ms())
        if shown is None:
            return
        told, shown_ms = shown
        self._tally.shown(told.kind, shown_ms)
        self.tell(told.by, Fate(alert=told.alert, shown_ms=shown_ms))
        if told.kind in ("stop", "ease"):
            self.ask(c.NoteShown(alert=told.alert, shown_ms=shown_ms))

    def page_failed(self, faults: int) -> None:
        """Count errors in a page's script, for the operator."""
        self._tally.page_failed(faults)

    # Seats that change hands

    def coming(self, role: Role, token_hash: str) -> AbstractContextManager[None]:
        """Let a phone take a seat within this; raises Refused `not_now` while another takes it."""
        return self.presence.coming(role, token_hash)

    def formers(self, role: Role) -> list[str]:
        """List the token of the phone before: it counts until its successor has been seen."""
        return self.presence.formers(role)

    def is_as_when(self, role: Role, held: str | None) -> bool:
        """Return whether no phone has been seen in a seat since its token was `held`."""
        return self.presence.is_as_when(role, held)

    def is_awaited(self, role: Role) -> bool:
        """Return whether a phone has just been given a seat and is still on its way."""
        return self.presence.is_awaited(role)

    # What its own parts ask of it

    def waiting(self) -> Iterable[c.Command]:
        """List the commands that are on their way."""
        return (waiting.command for waiting in self.line)

    def note(self, news: c.NotePresence) -> None:
        """Have what changed about a seat written."""
        self.ask(news)

    def tick(self) -> None:
        """Let the rules act on the time."""
        self.ask(c.Tick())

    def push_unwritten(self) -> None:
        """Push what is no longer written after the end, and set the timer for a lease's end."""
        self.listeners.push()
        self.work()

    @property
    def is_closed(self) -> bool:
        """Whether everybody was sent away; nothing is taken any more."""
        return self._closing is not None

    def hand_over(self) -> list[Waiting]:
        """Send everybody away and take nothing new; return what was told but never written."""
        self.send_all_away("restarting", CLOSE_RESTARTING)
        return [waiting for waiting in self.line if isinstance(waiting.command, c.URGENT)]

    async def close(self, reason: str, code: int) -> None:
        """Send everybody away, take nothing new and finish what is being written."""
        self.send_all_away(reason, code)
        if self._worker is not None:
            await asyncio.wait([self._worker], timeout=1.0)

    def send_all_away(self, reason: str, code: int) -> None:
        """Send everybody away and take nothing new."""
        self._closing = reason, code
        self._alarm.cancel()
        self.listeners.send_all_away(reason, code)
