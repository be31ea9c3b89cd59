"""Browsers with one part broken, and a room that is put back into its hold as often as needed.

What the page touches is read from its own scripts: every word of them that is the name of a member
of an interface the page reaches, in the very browser that runs the test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from msgspec.structs import replace
from playwright.async_api import Browser, BrowserContext, Page

from app.config import ASSETS
from app.core.events import Event
from app.core.model import Holding, Link, Rep, Role, RoomId, other
from app.hub.alerts import Alerts
from app.hub.room import Room
from app.journal.memory import MemoryDirectory, MemoryJournal
from tests.faults.inside import Inside, serve_inside

SCRIPTS = (*(ASSETS / "static/js/room").rglob("*.js"), ASSETS / "static/js/browser.js")
HOLD_MS = 20_000  # of the default routine
# Not the browser's but the language's: without them no page runs at all.
LANGUAGE = """
    Object Function Array Number Boolean String Symbol Date Promise RegExp Error Map Set WeakMap
    JSON Math Uint8Array Float32Array globalThis undefined NaN Infinity Intl Proxy Reflect
"""
LIST = """([members, globals, types, language]) => {
  const strange = new Set(language), found = {}, reached = new Set();
  const is_mine = (list) => (name) => list.includes(name) && !strange.has(name);
  for (const name of Object.getOwnPropertyNames(globalThis).filter(is_mine(globals))) {
    const it = Object.getOwnPropertyDescriptor(globalThis, name);
    if (it.configurable) found[name] = "value" in it;
  }
  const reach = (prototype) => {
    for (let at = prototype; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      const name = at.constructor?.name;
      if (name && !strange.has(name) && globalThis[name]?.prototype === at) reached.add(name);
    }
  };
  for (const name of types) reach(globalThis[name]?.prototype);
  const some = [navigator, navigator.wakeLock, performance, crypto, localStorage, screen, document,
    document.body, document.createElement("template"), document.createElement("dialog"),
    document.body.style, document.body.classList, document.body.dataset, history,
    speechSynthesis, new AudioContext().createOscillator(), new AudioContext().createGain(),
    new AudioContext().createGain().gain, new PointerEvent("x"), new KeyboardEvent("x"),
    new MessageEvent("x"), new CloseEvent("x"), new RTCPeerConnection().createDataChannel("x")];
  some.forEach((one) => reach(Object.getPrototypeOf(one)));
  for (const name of reached) {
    const { prototype } = globalThis[name];
    for (const member of Object.getOwnPropertyNames(prototype).filter(is_mine(members))) {
      const it = Object.getOwnPropertyDescriptor(prototype, member);
      if (member !== "constructor" && it.configurable) {
        found[`${name}.prototype.${member}`] = "value" in it;
      }
    }
  }
  return found;
}"""
# `?break=Some.prototype.part&how=throws`: from the start, or once `break_now` is called.
BREAK = """(() => {
  const asked = new URLSearchParams(location.search);
  const path = asked.get("break"), how = asked.get("how") ?? "";
  if (!path || !location.pathname.startsWith("/room/")) return;
  const member = path.split(".").pop();
  const holder = path.split(".").slice(0, -1).reduce((at, name) => at[name], globalThis);
  const broken = {
    missing: null,
    throws() { throw new Error("broken by a test"); },
    nothing() {},
    hangs() { return new Promise(() => {}); },
  }[how.split("-")[0]];
  const do_it = () => {
    const was = Object.getOwnPropertyDescriptor(holder, member);
    if (!was) return; // a script's, and not there yet
    delete holder[member];
    if (!broken) return;
    const is_part = "value" in was;
    Object.defineProperty(holder, member, is_part
      ? { ...was, value: broken } : { ...was, get: broken, set: broken });
  };
  if (how.endsWith("later")) globalThis.break_now = do_it;
  else do_it();
})();"""
HOWS = ("missing", "throws", "nothing", "hangs")


class NoDisk(MemoryJournal):
    """Takes everything and keeps nothing, so that a room can be put back."""

    async def append(self, room: RoomId, expected_seq: int, events: Sequence[Event]) -> int:
        """Mark them as written."""
        return expected_seq + len(events)


@dataclass(frozen=True)
class Break:
    """One part of the browser, how it fails, and on whose phone."""

    path: str
    how: str
    role: Role

    @property
    def is_later(self) -> bool:
        """Whether it fails only once it was used."""
        return self.how.endswith("-later")

    def __str__(self) -> str:
        return f"{self.role}: {self.path} {self.how}"


@dataclass
class Held:
    """A room in a hold, with both its pages; `broken` is reloaded for each case."""

    inside: Inside
    room: Room
    tokens: dict[Role, str]
    pages: dict[Role, Page]
    contexts: list[BrowserContext]
    zones: dict[str, tuple[float, float]] = field(default_factory=dict)
    broken: Role | None = None

    async def look_where_zones_are(self) -> None:
        """Find out once where a finger has to go: it goes there whatever is broken."""
        page = self.pages[Role.CLIENT]
        while not all(self.is_live(role) for role in self.pages):
            await asyncio.sleep(0.02)
        self.put_back()
        for what in ("ease", "pain"):
            zone = page.locator(f".hands-on .zone[data-tap={what}]")
            await zone.wait_for(state="visible")
            box = await zone.bounding_box()
            assert box is not None
            self.zones[what] = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    async def settled(self) -> None:
        """Wait until the room has nothing under way: what was tapped is written."""
        while list(self.room.line) or self.room.line.owed:
            await asyncio.sleep(0.005)

    def has_seen_all(self, role: Role) -> bool:
        """Whether this page has said `seen` to a stop, and to all that was raised with it."""
        raised = self.room.alerts._raised.values()
        return self.room.state.stop is not None and not any(role in r.unseen for r in raised)

    def put_back(self) -> None:
        """Put the room into a hold, whatever has happened; both phones are told."""
        room, now = self.room, self.room.now_ms()
        self.room.alerts = Alerts()
        seats = {
            role.value: replace(room.state.seat(role), link=Link.LIVE, visible=True)
            for role in self.pages
        }
        room.state = replace(
            room.state, seq=room.state.seq + 1, phase_no=room.state.phase_no + 1,
            at=Holding(Rep(room.state.index), now + HOLD_MS, HOLD_MS), phase_at_ms=now - 5_000,
            stops=(), closed=(), has_signs=False, **seats,
        )  # fmt: skip
        room.listeners.push()

    def is_live(self, role: Role) -> bool:
        """Whether the server has heard this page lately."""
        return bool(self.room.presence.pulse._leases[role].link is Link.LIVE)

    async def open(self, one: Break | None, role: Role) -> None:
        """Load a page, with a part of its browser broken; the other one is whole."""
        if one is not None and self.broken is other(role):
            await self.open(None, other(role))
        self.broken = role if one is not None else None
        query = f"?break={one.path}&how={one.how}" if one else ""
        url = f"{self.inside.url}/room/{self.room.id}/{role}{query}"
        await self.pages[role].goto(url, wait_until="commit")
        self.room.presence.pulse._leases[role].link = Link.ABSENT  # the page before said the rest


@asynccontextmanager
async def held(
    launched: Browser, prepare: Callable[[BrowserContext], Awaitable[None]] | None = None
) -> AsyncIterator[Held]:
    """Open a room and both its pages, in a hold; `prepare` has both contexts before they load."""
    async with (
        serve_inside((NoDisk(), MemoryDirectory())) as inside,
        httpx.AsyncClient(base_url=inside.url) as http,
    ):
        made = (await http.post("/api/rooms", json={"role": "client"})).json()
        http.cookies.clear()
        key = made["invitation"]["url"].split("#")[1]
        joined = (await http.post("/api/join", json={"key": key})).json()
        tokens = {Role.CLIENT: made["seat"]["token"], Role.PARTNER: joined["seat"]["token"]}
        room: Room = inside.app.state.rooms.here(made["room"])
        pages, contexts = {}, []
        for role, token in tokens.items():
            context = await launched.new_context(
                viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
            )
            cookie = {"name": f"seat_{room.id}_{role}", "value": token, "url": inside.url}
            await context.add_cookies([cookie])  # type: ignore[list-item]
            await context.add_init_script(BREAK)
            if prepare is not None:
                await prepare(context)
            contexts.append(context)
            pages[role] = await context.new_page()
        found = Held(inside, room, tokens, pages, contexts)
        try:
            for role in pages:
                await found.open(None, role)
            yield found
        finally:
            for context in contexts:
                await context.close()


async def parts(page: Page) -> dict[str, bool]:
    """Every part of the browser that the page's scripts may touch; whether it is called."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    code = re.sub(r"(?m)(^|\s)//.*$", "", code)
    members = sorted(set(re.findall(r"\.\s*(\w+)", code)))
    names = sorted(set(re.findall(r"(?<![\w.$])([A-Za-z]\w*)", code)))
    types = sorted(set(re.findall(r"\b[A-Z]\w+", text)))
    found: dict[str, bool] = await page.evaluate(LIST, [members, names, types, LANGUAGE.split()])
    return dict(sorted(found.items()))
