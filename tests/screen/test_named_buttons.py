"""Every button that a text names is there, under that name, on the screen it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import product

import pytest

from app.config import ASSETS
from app.core.model import SEATS, Phase, Role
from tests.support.app import SAME_SITE, Served, serve_app

VOID = {"input", "link", "meta", "source", "br", "img", "path", "use", "circle", "rect", "line"}
NAMED = re.compile(r"\b(?:[Tt]aps?|[Cc]hooses?|[Pp]ress|then) ([A-Z][\w']*(?: [\w']+)*)")
# What a system or a browser calls its own, in the words of the page that leads through it.
NOT_OURS = {"Profile Downloaded", "Install anyway and choose saywhen", "Install"}
# Where each named button has to be. Seats stand for their live page; a name is a text's beginning.
WHERE: dict[str, tuple[str, ...]] = {
    "Invite a new phone": ("client", "partner"),
    "Join with a code": ("home",),
    "Help": ("client", "partner", "host"),
    "Show on a big screen": ("client", "partner", "host"),
    "Let them in": ("client", "partner", "host"),
    "STOP": ("client", "partner"),
    "They're resting": ("partner",),
    "GOOD": ("client",),
    "Hear the sounds": ("client", "partner"),
    "Your turn now": ("client", "partner"),
    "These apply": ("client",),
    "None of these": ("client",),
}


class Page(HTMLParser):
    """The buttons of a page: their text, and every condition that they and what holds them have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self._open: list[tuple[str, str]] = []
        self._buttons: list[list[str]] = []
        self.buttons: list[tuple[str, list[str], dict[str, str]]] = []
        self._mine: list[tuple[int, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in VOID:
            return
        self._open.append((tag, given.get("data-show", "")))
        if tag in ("button", "a", "summary"):
            self._mine.append((len(self._open), given))
            self._buttons.append([given.get("aria-label", "")])

    def handle_data(self, data: str) -> None:
        for texts in self._buttons:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._open:
            return
        if self._mine and self._mine[-1][0] == len(self._open):
            _, given = self._mine.pop()
            label = given.get("aria-label") or " ".join("".join(self._buttons[-1]).split())
            self._buttons.pop()
            shows = [show for _, show in self._open if show]
            self.buttons.append((label, shows, given))
        self._open.pop()


def holds(show: str, facts: Mapping[str, str]) -> bool:
    """As paint.js reads it; what is not among the facts may be as it needs to be."""
    for part in show.split():
        fact, _, values = part.partition(":")
        is_not, among = values.startswith("!"), values.removeprefix("!").split("|")
        if fact in facts and (facts[fact] in among) is is_not:
            return False
    return True


async def pages(served: Served) -> dict[str, Page]:
    """Every page that a text may speak of."""
    made = await served.start("host")
    texts = {"home": (await served.http.get("/")).text}
    keys = {role: one["url"].split("#")[1] for role, one in made["invitations"].items()}
    tokens = {"host": made["seat"]["token"]}
    for role, key in keys.items():
        tokens[role] = (await served.join(key=key)).json()["seat"]["token"]
    for role, token in tokens.items():
        cookie = {"cookie": f"seat_{made['room']}_{role}={token}"}
        answer = await served.http.get(f"/room/{made['room']}/{role}", headers=cookie)
        assert answer.status_code == 200
        texts[role] = answer.text
    return {name: Page(text) for name, text in texts.items()}


def named() -> Iterator[tuple[str, str]]:
    """Return each name of a button in a text, and where it stands."""
    files = [*(ASSETS / "templates").rglob("*.html"), *(ASSETS / "content").rglob("*.*")]
    for file in files:
        for found in NAMED.finditer(file.read_text(encoding="utf-8")):
            yield found[1], file.name


async def test_every_button_that_a_text_names_is_on_the_screen_it_speaks_of() -> None:
    async with serve_app() as served:
        there = await pages(served)
        seen = set[str]()
        for name, file in named():
            if name in NOT_OURS:
                continue
            known = [one for one in WHERE if re.match(rf"{re.escape(one)}\b", name)]
            assert known, f"{file}: is there a button {name!r}?"
            seen |= set(known)
        for name, where in WHERE.items():
            assert name in seen, f"no text names {name!r} any more"
            for page in where:
                labels = [label for label, _, _ in there[page].buttons]
                wanted = name.capitalize() if name == "GOOD" else name
                assert any(label.startswith(wanted) for label in labels), f"{name!r}, {page}"


MAY_INVITE = [
    Phase.LOBBY, Phase.WARMING_UP, Phase.POSITIONING, Phase.RESTING, Phase.PAUSED, Phase.STOPPED,
]  # fmt: skip
STATES = ("absent", "silent", "gone")


@pytest.mark.parametrize("role", [*SEATS, Role.HOST])
async def test_invite_is_there_in_every_phase_with_no_hands_on(role: Role) -> None:
    async with serve_app() as served:
        page = (await pages(served))[role]
        for phase, state in product(MAY_INVITE, STATES):
            if role is Role.HOST and (phase is Phase.STOPPED or state == "absent"):
                continue  # a laptop shows both squares until then; a stop is all its screen
            if state == "absent" and phase is not Phase.LOBBY:
                continue  # nobody leaves the lobby before both have come
            facts = {
                "phase": phase.value, "other": state, "may_invite": "yes", "may_one_phone": "yes",
                "let_go": "yes" if phase is Phase.STOPPED else "none", "drill": "none",
                "client_phone": state, "partner_phone": state, "peer": state, "link": "live",
                "todo_client": "no", "todo_partner": "no", "severity": "ok", "lost": "no",
                "hands_on": "no", "moved": "no", "gone": "no",
            }  # fmt: skip
            if phase is Phase.STOPPED:
                facts["severity"] = "stop"
            invites = [
                label
                for label, shows, given in page.buttons
                if given.get("data-tap") == "invite" and given.get("data-role") != "display"
                and all(holds(show, facts) for show in shows)
            ]  # fmt: skip
            wanted = 2 if role is Role.HOST else 1
            assert len(invites) == wanted, (phase, state, invites)
            assert all(label.startswith("Invite a new phone") for label in invites)


async def test_what_is_typed_compared_or_counted_is_never_translated() -> None:
    async with serve_app() as served:
        made = await served.http.post("/host", headers=SAME_SITE | {"hx-request": "true"})
        assert made.text.count('class="code" translate="no"') == 2
        texts = [file.read_text() for file in (ASSETS / "templates").rglob("*.html")]
        kept = re.compile(r'<[^<>]*(?:data-slot="|class="(?:code|address|two-words)")[^<>]*>')
        tags = [tag for text in texts for tag in kept.findall(text)]
        assert len(tags) > 25
        assert not [tag for tag in tags if 'translate="no"' not in tag]


async def test_good_is_promised_only_where_it_would_be_taken() -> None:
    """While eased it takes both phones here and seen: else the server refuses it."""
    async with serve_app() as served:
        text = (await pages(served))["client"].text
    promises = re.findall(r'data-show="([^"]*)"[^>]*>(?:(?!</(?:h1|span)>).)*GOOD goes on', text)
    assert len(promises) == 2  # seen, and for a screen reader
    for shows in promises:
        facts = {"phase": "eased", "link": "live"}
        assert holds(shows, facts | {"other": "here"}) and holds(shows, facts | {"other": "shared"})
        for state in ("weak", "hidden", "silent", "gone", "coming", "unknown"):
            assert not holds(shows, facts | {"other": state}), state
