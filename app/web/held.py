"""The seats that this browser holds, and the sessions they belong to: read from its cookies here.

Whatever a cookie is called, no other file lists them or forgets one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response

from app.core.model import HOLDERS, SEATS, Phase, Reason, Role
from app.errors import AppError
from app.hub.door import Known
from app.hub.keeping import ENDS_SOON_MS, KEPT_LASTS_MS, UNKEPT_LASTS_MS
from app.web import authority, cookies

KEPT_MOST = 12  # kept records that one browser lists
UNKEPT_LISTED_MS = UNKEPT_LASTS_MS
FIRST_STRETCH = 2  # lobby is phase 0, warming up 1


@dataclass(frozen=True, slots=True)
class Session:
    """A room, and what this browser is in it."""

    room: Known
    roles: tuple[Role, ...]

    @property
    def seat(self) -> Role | None:
        """The seat whose taps this browser may make, where it has one."""
        return self.roles[0] if self.roles[0] in SEATS else None

    @property
    def is_try(self) -> bool:
        """Whether both seats are here, as in *Try it*."""
        return set(SEATS) <= set(self.roles)

    @property
    def path(self) -> str:
        """Where it goes on."""
        return f"/try/{self.room.id}" if self.is_try else f"/room/{self.room.id}/{self.roles[0]}"

    @property
    def is_live(self) -> bool:
        """Whether it is going on; two squares that nobody has scanned are no session yet."""
        state = self.room.state
        is_begun = self.seat is not None or any(state.seat(role).is_taken for role in SEATS)
        return state.phase is not Phase.ENDED and is_begun

    @property
    def is_hands_on(self) -> bool:
        """Whether hands may be on."""
        state = self.room.state
        is_up = state.phase is Phase.STOPPED and state.stop is not None
        return state.is_hands_on or (is_up and not (state.stop and state.stop.is_let_go))

    @property
    def when(self) -> datetime:
        """When it reached its present phase, or ended, by this server's clock."""
        return local(self.room.state.phase_at_ms)


def local(at_ms: int) -> datetime:
    """Return a moment as this server's local time."""
    return datetime.fromtimestamp(at_ms / 1000).astimezone()


async def sessions(request: Request) -> list[Session]:
    """List what this browser still has a seat in, or looks on at; the newest first."""
    roles: dict[str, tuple[Known, list[Role]]] = {}
    for room, role in await seats_of(request):
        roles.setdefault(room.id, (room, []))[1].append(role)
    found = [Session(room, tuple(sorted(held, key=HOLDERS.index))) for room, held in roles.values()]
    return sorted(found, key=lambda one: one.room.state.phase_at_ms, reverse=True)


async def seats_of(request: Request) -> list[tuple[Known, Role]]:
    """List the seats whose cookies still authorise."""
    if hasattr(request.state, "seats"):  # a page asks several times; a far room's log is long
        known: list[tuple[Known, Role]] = request.state.seats
        return known
    found: list[tuple[Known, Role]] = []
    for id, role in dict.fromkeys((one.room, one.role) for one in cookies.seats_in(request)):
        try:
            room: Known = await request.app.state.rooms.look_at(id)
            found.append((room, authority.authorise(request, room, role)))
        except AppError:
            continue
    request.state.seats = found
    return found


async def live(request: Request) -> list[Session]:
    """List the sessions that go on."""
    return [one for one in await sessions(request) if one.is_live]


async def abandoned(request: Request, now_ms: int) -> list[Session]:
    """List the sessions that were left within the last 24 hours without anybody ending them."""
    return [
        one
        for one in await sessions(request)
        if one.seat
        and one.room.state.reason is Reason.ABANDONED
        and now_ms < one.room.state.phase_at_ms + UNKEPT_LISTED_MS
    ]


async def kept(request: Request) -> list[Session]:
    """List the records that are kept and that this browser can open."""
    return [one for one in await sessions(request) if one.seat and one.room.state.is_kept]


async def kept_until(request: Request, room: Known) -> datetime:
    """Return until when a kept record stays."""
    return local(await request.app.state.rooms.kept_until_ms(room.id))


async def ending(request: Request, now_ms: int) -> dict[str, datetime]:
    """Return when each kept record ends that ends soon; only old ones have their logs read."""
    found = {}
    for one in await kept(request):
        if now_ms < one.room.state.phase_at_ms + KEPT_LASTS_MS - ENDS_SOON_MS:
            continue
        until = await kept_until(request, one.room)
        if until.timestamp() * 1000 - now_ms < ENDS_SOON_MS:
            found[str(one.room.id)] = until
    return found


async def unkept(request: Request, now_ms: int) -> list[Session]:
    """List the sessions that ended within the last 24 hours and whose record nobody has kept."""
    return [
        one
        for one in await sessions(request)
        if one.seat
        and one.room.state.phase is Phase.ENDED
        and not one.room.state.is_kept
        and one.room.state.reason is not Reason.ABANDONED
        and one.room.state.phase_no > FIRST_STRETCH
        and now_ms < one.room.state.phase_at_ms + UNKEPT_LISTED_MS
    ]


def forget(
    request: Request, response: Response, room: str, roles: Iterable[Role] = HOLDERS
) -> None:
    """Make this browser forget its seats in a room."""
    for one in cookies.seats_in(request):
        if one.room == room and Role(one.role) in roles:
            cookies.end(response, one.name)


async def forget_oldest(request: Request, response: Response, newest: Known) -> None:
    """Keep the cookies few: kept records beyond the newest leave the list."""
    older = [one for one in await kept(request) if one.room is not newest]
    for one in older[KEPT_MOST - 1 :]:
        forget(request, response, one.room.id)
