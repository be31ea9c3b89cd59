"""Who is there: the beats of a room's phones renew their leases, and changes are written.

Leases are judged before they are renewed: after the server stood still, beats may come before the
timer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from app.core import commands as c
from app.core.model import SEATS, Link, Phase, Role, RoomState, other
from app.errors import Refused
from app.hub.pulse import COMES_WITHIN_MS, Pulse
from app.protocol.to_phone import BeatAnswer


class Around(Protocol):
    """What presence needs of the room around it."""

    @property
    def state(self) -> RoomState:
        """The newest committed state."""

    def now_ms(self) -> int:
        """Read the server's clock."""

    def waiting(self) -> Iterable[c.Command]:
        """List the commands that are on their way."""

    def note(self, news: c.NotePresence) -> None:
        """Have what changed about a seat written."""

    def push_unwritten(self) -> None:
        """Push what is no longer written after the end, and see to what is due next."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A phone that was given a seat and has not been seen yet.

    `former` is the token of the phone before it; `before` are those of all phones since one was
    last seen.
    """

    token_hash: str
    since_ms: int
    former: str | None
    before: frozenset[str | None]


class Presence:
    """Both seats of one room."""

    def __init__(self, room: Around) -> None:
        self._room = room
        self.pulse = Pulse(room.state)
        self._coming: dict[Role, Coming] = {}
        self._told: dict[Role, tuple[Link, bool]] = {}  # what phones were told after the end

    def beat(
        self, role: Role, n: int, sent_ms: float, visible: bool, sound: str, awake: bool
    ) -> BeatAnswer:
        """Renew the lease of a seat's phone and return the answer to its beat."""
        now = self._room.now_ms()
        if role in SEATS:
            self._coming.pop(role, None)
            seat = self._room.state.seat(role)
            if not self.pulse.renew(role, now, visible, sound, awake, seat):
                self.judge(now)
                self.pulse.beat(role, now, visible, sound, awake)
                self._note(role)
        peer_ms = self.pulse.heard_ms(other(role)) if role in SEATS else None
        return BeatAnswer(n=n, sent_ms=sent_ms, server_ms=now, peer_ms=peer_ms)

    @contextmanager
    def coming(self, role: Role, token_hash: str) -> Iterator[None]:
        """Let a phone take a seat within this. It is noted first, so that of two only one gets it.

        Raises Refused `not_now` while another phone that has just got it is awaited.
        """
        known, now = self._coming.get(role), self._room.now_ms()
        if known and self.is_awaited(role) and token_hash not in (known.token_hash, known.former):
            raise Refused("not_now")
        held = self._room.state.seat(role).token_hash
        former = held if known is None else known.former
        before = (frozenset() if known is None else known.before) | {held}
        mine = self._coming[role] = Coming(token_hash, now, former, before)
        try:
            yield
        except BaseException:
            if self._coming.get(role) is mine:
                self._coming.pop(role)
                self._coming |= {role: known} if known is not None else {}
            raise

    def formers(self, role: Role) -> list[str]:
        """List the token of the phone before: it counts until its successor has been seen."""
        known = self._coming.get(role)
        return [known.former] if known is not None and known.former is not None else []

    def is_as_when(self, role: Role, held: str | None) -> bool:
        """Return whether no phone has been seen in a seat since its token was `held`."""
        known = self._coming.get(role)
        before = frozenset() if known is None else known.before
        return held in before | {self._room.state.seat(role).token_hash}

    def is_awaited(self, role: Role) -> bool:
        """Return whether a phone has just been given a seat and is still on its way."""
        known = self._coming.get(role)
        return known is not None and self._room.now_ms() - known.since_ms < COMES_WITHIN_MS

    def judge(self, now_ms: int) -> None:
        """End the leases that have run out, and have that written."""
        self.pulse.judge(now_ms)
        for role in SEATS:
            self._note(role)

    def as_it_is(self, state: RoomState) -> RoomState:
        """Return a state with its links as they are now.

        After the end nothing more is written about them, but what phones are told about each other
        stays true.
        """
        if state.phase is not Phase.ENDED:
            return state
        self.pulse.judge(self._room.now_ms())
        client, partner = (self.pulse.as_it_is(role, state.seat(role)) for role in SEATS)
        return replace(state, client=client, partner=partner)

    def has_news(self) -> bool:
        """Return whether something about a seat is not written yet."""
        room = self._room
        return self._is_open and any(self.pulse.news(role, room.state) for role in SEATS)

    @property
    def _is_open(self) -> bool:
        return self._room.state.phase is not Phase.ENDED

    def _note(self, role: Role) -> None:
        if not self._is_open:
            self._tell_unwritten(role)
            return
        news = self.pulse.news(role, self._room.state)
        if news is None:
            return
        asked = self._room.waiting()
        if not any(isinstance(one, c.NotePresence) and one.says_same(news) for one in asked):
            self._room.note(news)

    def _tell_unwritten(self, role: Role) -> None:
        told = self.pulse.as_it_is(role, self._room.state.seat(role))
        if self._told.get(role) != (told.link, told.visible):
            self._told[role] = told.link, told.visible
            self._room.push_unwritten()
