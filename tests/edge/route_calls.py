"""Every route of the app, how to call it in earnest, and a site whose answers are all looked at."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.core.commands import End
from app.core.model import CommandId, Role
from app.journal.memory import MemoryStore
from app.web.headers import HEADERS
from tests.support.app import ORIGIN, Served, key_of
from tests.support.clock import settle

SAFE = {"GET", "HEAD"}
# From another site, from a sandboxed frame, and from one whose name only begins as ours does.
FOREIGN = ({"origin": "http://elsewhere.example"}, {"origin": "null"}, {"origin": f"{ORIGIN}.x"})
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Call:
    """How a route is called in earnest: in what room, by whom, with what, and what it answers."""

    answer: int
    stage: str = "none"
    seat: str = ""
    send: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)


def by(seat: str, answer: int, stage: str = "lobby", **send: Any) -> Call:
    return Call(answer, stage, seat, send)


PAGE = Call(200)
KNOWN: dict[tuple[str, str], Call] = {
    ("GET", "/openapi.json"): PAGE,
    ("HEAD", "/openapi.json"): PAGE,
    ("POST", "/api/rooms"): Call(201, send={"json": {"role": "client"}}),
    ("POST", "/api/join"): Call(201, "invited", send={"json": {"key": "{key}"}}),
    ("GET", "/api/knocks/{knock}"): Call(200, "knocking"),
    ("GET", "/knock/{knock}"): Call(200, "knocking"),
    ("GET", "/api/rooms/{room}"): by("client", 200),
    ("DELETE", "/api/rooms/{room}"): by("client", 204),
    ("POST", "/api/rooms/{room}/signals"): by("client", 200, json={"type": "stop", "id": "s1"}),
    ("POST", "/api/rooms/{room}/screening"): by("client", 200, json="{screening}"),
    ("POST", "/api/rooms/{room}/swap"): by("client", 202, "ended"),
    ("POST", "/room/{room}/{role}/swap"): by("client", 200, "ended"),
    ("GET", "/api/rooms/{room}/record"): by("client", 200, "ended"),
    ("PUT", "/api/rooms/{room}/record"): by("client", 204, "ended", json={"keep": True}),
    ("GET", "/room/{room}/{role}/summary"): by("client", 200, "ended"),
    ("POST", "/room/{room}/{role}/keep"): by("client", 303, "ended"),
    ("POST", "/room/{room}/{role}/delete"): by("client", 303, "ended"),
    ("GET", "/room/{room}/{role}"): by("client", 200),
    ("GET", "/room/{room}/{role}/cards"): by("client", 200),
    ("GET", "/room/{room}/{role}/about"): by("client", 200),
    ("GET", "/room/{room}/{role}/square"): by("client", 200),
    ("GET", "/room/{room}/{role}/invitation"): by("client", 204),
    ("POST", "/room/{room}/{role}/routine"): by("client", 303, data={"routine": ""}),
    ("POST", "/room/{room}/client/screening"): by("client", 303, data={"none": "yes"}),
    ("GET", "/leave"): Call(303),
    ("POST", "/leave"): Call(303),
    ("GET", "/host/{room}"): by("host", 204, "hosted"),
    ("GET", "/try/{room}"): by("both", 200),
    ("POST", "/start"): Call(303),
    ("POST", "/start/own"): Call(303, send={"data": {"stretch": "hamstring_raise"}}),
    ("POST", "/start/total"): PAGE,
    ("POST", "/host"): Call(303),
    ("POST", "/try"): Call(303),
    ("POST", "/join"): Call(303, "invited", send={"data": {"code": "{code}"}}),
    ("GET", "/api/stretches/{stretch}"): Call(200, path={"stretch": "hamstring_raise"}),
    ("GET", "/stretches/{stretch}"): Call(200, path={"stretch": "hamstring_raise"}),
    ("GET", "/learn/{slug}"): Call(200, path={"slug": "{leaflet}"}),
    ("GET", "/static/{tree}/{name:path}"): Call(200, path={"tree": "{tree}", "name": "{name}"}),
    ("GET", "/favicon.ico"): Call(308),
    ("GET", "/imprint"): Call(404),
    **{
        ("GET", path): PAGE
        for path in (
            "/", "/start", "/try", "/join", "/help", "/learn", "/stretches", "/deleted",
            "/what-we-keep", "/accessibility",
            "/healthz", "/readyz", "/metrics", "/api/stretches", "/api/routines",
            "/api/body-map", "/api/safety", "/api/schema", "/api/docs",
            "/manifest.webmanifest", "/sw.js", "/offline",
        )
    },
}  # fmt: skip
# Programs start and join without a cookie, so without an Origin; a foreign one is still refused.
SEATLESS = {("POST", "/api/rooms"), ("POST", "/api/join")}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        if route.methods is not None:
            yield from ((method, str(route.path)) for method in sorted(route.methods))
        else:
            assert route.path == "/api/rooms/{room}/live", "a socket that nobody here tries"


@dataclass
class Site:
    """An app whose every answer is looked at, and what must be in none of their heads."""

    served: Served
    store: MemoryStore
    secrets: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)

    async def look_at(self, answer: httpx.Response) -> None:
        self.statuses.add(answer.status_code)
        said = {n: v for n, v in answer.headers.items() if n != "set-cookie"}
        where = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
        assert HEADERS.items() <= said.items(), where
        assert said["content-security-policy"].startswith("default-src 'none'"), where
        is_file = answer.request.url.path.startswith("/static/") and answer.status_code == 200
        assert said["cache-control"] == "no-store" or is_file, where
        for secret in self.secrets | self.tokens:
            assert secret not in str(said), where
        if said.get("content-type", "").startswith("text/html"):
            page = (await answer.aread()).decode()
            assert not [token for token in self.tokens if token in page], where
        for cookie in answer.headers.get_list("set-cookie"):
            assert {"httponly", "samesite=strict"} <= set(cookie.lower().split("; ")), where
            if answer.request.method in SAFE:
                assert cookie.startswith("seat_") and "knock" in where, where

    def all_there_is(self) -> Any:
        """Everything that a request could have changed."""
        rooms = self.served.app.state.rooms
        known = {room.id: (room.state, room.knock, len(room.listeners)) for room in rooms}
        return copy.deepcopy((self.store._logs, self.store._entries)), known

    async def room(self, stage: str) -> dict[str, str]:
        """Bring a room to a stage; returns what goes into paths and bodies."""
        made = await self.served.start("host" if stage == "hosted" else "client")
        offered = made.get("invitation") or made["invitations"]["partner"]
        known = {"room": made["room"], "role": "client", "code": offered["code"]}
        known |= {"key": key_of(offered), made["seat"]["role"]: made["seat"]["token"]}
        self.secrets |= {known["code"], known["key"]}
        self.tokens.add(made["seat"]["token"])
        if stage == "knocking":
            known["knock"] = (await self.served.join(code=known["code"])).json()["knock"]
        if stage in ("lobby", "ended"):
            joined = (await self.served.join(key=known["key"])).json()
            known["partner"] = joined["seat"]["token"]
            self.tokens.add(known["partner"])
        if stage == "ended":
            await self.served.room(made["room"]).ask(End(id=CommandId("e")), Role.CLIENT)
            await settle()
        return known

    async def request(
        self, method: str, path: str, known: dict[str, str], **headers: str
    ) -> httpx.Response:
        """Call a route as KNOWN says; `headers` besides."""
        call = KNOWN.get((method, path)) or KNOWN["GET", path]
        values = known | call.path | {"leaflet": next(iter(self.served.app.state.library.learn))}
        asset = self.served.app.state.render.url("icons/icon.svg").removeprefix("/static/")
        values["tree"], _, values["name"] = asset.partition("/")
        filled = re.sub(r"{(\w+)[^}]*}", lambda m: values[m[1]].format(**values), path)
        send = copy.deepcopy(call.send)
        if send.get("json") == "{screening}":
            send["json"] = await self.served.screening()
        for body in send.values():
            body |= {k: v.format(**known) for k, v in body.items() if isinstance(v, str)}
        if "data" not in send and method == "POST" and not path.startswith("/api/"):
            headers["content-type"] = FORM
        seats = ("client", "partner") if call.seat == "both" else (call.seat,)
        cookies = [f"seat_{known['room']}_{seat}={known[seat]}" for seat in seats if seat]
        headers |= {"cookie": "; ".join(cookies or ["last=client~"])}
        answer = await self.served.http.request(method, filled, headers=headers, **send)
        self.served.http.cookies.clear()
        return answer
