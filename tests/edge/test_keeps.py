"""The page *What we keep* says what the code does: each figure, each cookie, each stored name."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import config
from app.core import timing
from app.errors import ConfigError
from app.hub import keeping, rooms
from app.web import cookies, held, keeps
from tests.support.app import Served, serve_app

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "static/js"
STORES = ("localStorage", "sessionStorage")
TOUCHED = re.compile(
    r"\b(recall|keep|this_tab|getItem|setItem|removeItem|caches\.open)\((`[^`]*`|[\w\"':.]+)"
)
NO_NAME = {"kept.js": {"recall", "keep"}, "alive.js": {"keep"}, "standing.js": {"keep"}}


async def text_of(path: str, **settings: Any) -> str:
    async with serve_app(**settings) as served:
        answer = await served.http.get(path)
        assert answer.status_code == 200
        return answer.text


def named(text: str, where: str) -> set[str]:
    part = text[text.index(f'data-keeps="{where}"') :].partition("</dl>")[0]
    return set(re.findall(r"<code>([^<]+)</code>", part))


async def test_every_cookie_that_the_code_sets_is_named_and_no_other() -> None:
    assert named(await text_of("/what-we-keep"), "cookies") == set(_cookies())


def _cookies() -> Iterator[str]:
    """Follow each call that sets a cookie to the name it is given."""
    spelt = {"LAST": cookies.LAST, "HOSTED": cookies.HOSTED, "claims.COOKIE": "knock"}
    through = {("cookies.py", "SECURE + name if is_https else name"), ("start.py", "name")}
    for file in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            place = {"response.set_cookie": 0, "cookies.put": 1, "_set": 2}.get(called)
            assert (
                place is not None
                or not called.endswith((".set_cookie", "cookies.put"))
                or (called == "answers.set_cookie")
            ), f"{file.name}: {called}"
            if place is None:
                continue
            name = ast.unparse(node.args[place])
            if (file.name, name) == ("answers.py", "name"):
                yield "seat_…"  # authority.cookie_name
            elif (file.name, name) not in through:
                yield spelt[name]


@pytest.mark.parametrize("store", [*STORES, "caches"])
async def test_every_name_that_a_script_stores_is_named_and_no_other(store: str) -> None:
    found = {name for where, name in _stored() if where == store}
    assert named(await text_of("/what-we-keep"), store) == found and found


def _stored() -> Iterator[tuple[str, str]]:
    for file in sorted(SCRIPTS.rglob("*.js")):
        text = file.read_text(encoding="utf-8")
        for line in text.splitlines():
            if re.match(r"\s*(//|/?\*|import )", line):
                continue
            for found in TOUCHED.finditer(line):
                called, name = found.groups()
                if called in NO_NAME.get(file.name, ()) or name == "`saywhen:${name}`":
                    continue
                if (spelt := _spelt(text, name)) is not None:
                    yield _store(called, line, found), _shown(spelt, called)
    whole = "".join(file.read_text(encoding="utf-8") for file in SCRIPTS.rglob("*.js"))
    assert not re.search(r"indexedDB|document\.cookie|cookieStore|localStorage\[", whole)


def _spelt(text: str, name: str) -> str | None:
    """Return what a name stands for in its file; None inside a function that only passes it on."""
    if name[0] in "`\"'":
        return name
    made = re.search(rf"(?:const|var) {re.escape(name)} = (`[^`]*`|\"[^\"]*\")", text)
    if made is None:
        assert name in ("key", "from", "name"), name
    return made[1] if made else None


def _store(called: str, line: str, found: re.Match[str]) -> str:
    """Return where a call stores: the end of its name, or its object, says so."""
    if called == "caches.open":
        return "caches"
    end = ")" if called == "recall" else ";"
    near = line[max(0, found.start() - len("sessionStorage.")) :] if "Item" in called else ""
    near = near or line[found.start() :].partition(end)[0]
    is_session = near.startswith("sessionStorage") or '"sessionStorage"' in near
    return "sessionStorage" if is_session or called == "this_tab" else "localStorage"


def _shown(spelt: str, called: str) -> str:
    """Spell a name as the page does: kept.js puts `saywhen:` before, what varies is left out."""
    name = re.sub(r"(\$\{[\w.]+\}:?)+", lambda m: "…:" if m[0][-1] == ":" else "…", spelt)
    return ("saywhen:" if called in ("recall", "keep") else "") + name.strip("`\"'")


async def test_each_figure_is_the_one_in_the_code() -> None:
    figures = keeps._figures()
    assert figures["unkept_hours"] * keeping.HOUR_MS == keeping.UNKEPT_LASTS_MS
    assert figures["look_minutes"] * 60_000 == rooms.LOOK_EVERY_MS
    assert figures["abandoned_minutes"] * 60_000 == timing.ABANDONED_AFTER_MS
    assert figures["seat_hours"] * 3600 == cookies.SEAT_LASTS_S
    assert figures["hosted_hours"] * 3600 == cookies.HOSTED_LASTS_S
    assert figures["kept_months"] == figures["kept_seat_months"] == 12
    assert cookies.KEPT_SEAT_LASTS_S * 1000 == keeping.KEPT_LASTS_MS
    assert (figures["most_seats"], figures["kept_most"]) == (cookies.MOST_SEATS, held.KEPT_MOST)
    assert "STANDING_DAYS * 24" in (SCRIPTS / "room/show/standing.js").read_text()
    text = await text_of("/what-we-keep", code_ttl_s=600)
    for said in ("end after 10 minutes", "24 hours after its end", "every 10 minutes", "12 months"):
        assert said in text, said


async def test_the_page_says_who_runs_the_server_or_that_it_is_whose_machine_it_is() -> None:
    nobody = await text_of("/what-we-keep")
    assert "the person whose machine this is." in nobody and "mailto:" not in nobody
    told = {"operator": "Studio <Nord>", "contact": "hello@say.example"}
    text = await text_of("/what-we-keep", **told)
    assert "<strong>Studio &lt;Nord&gt;</strong>" in text
    assert '<a href="mailto:hello@say.example">hello@say.example</a>.' in text
    assert re.search(r"</strong>\.\s+You reach them at\s", text)
    assert "whose machine" not in text
    page = await text_of("/accessibility", contact="https://say.example/write")
    assert '<a href="https://say.example/write">' in page
    words = await text_of("/what-we-keep", contact="javascript:alert(1) the desk")
    assert "javascript:alert(1) the desk" in words and 'href="javascript' not in words


@pytest.mark.parametrize(
    ("days", "said"),
    [(None, "ask them"), (0, "keep no copies"), (1, "for 1 day."), (14, "for 14 days.")],
)
async def test_the_page_says_that_copies_may_hold_what_is_deleted(
    days: int | None, said: str
) -> None:
    async with serve_app() as served:
        served.app.state.settings = served.app.state.settings.model_copy(
            update={"journal": "sqlite", "copies_days": days}
        )
        text = (await served.http.get("/what-we-keep")).text
    assert "still in the copies taken before" in text and said in text
    assert "memory only" not in text


async def test_a_server_that_forgets_at_its_end_says_so() -> None:
    text = await text_of("/what-we-keep")
    assert "in memory only" in text and "nothing is written to a disk" in text


async def test_the_imprint_is_there_only_where_it_is_set() -> None:
    async with serve_app() as served:
        assert (await served.http.get("/imprint")).status_code == 404
        assert "/imprint" not in (await served.http.get("/")).text
    async with serve_app(imprint="Studio <Nord>\nSome Street 1") as served:
        assert 'href="/imprint"' in (await served.http.get("/")).text
        text = (await served.http.get("/imprint")).text
    assert "Studio &lt;Nord&gt;<br>Some Street 1" in text


PURPOSE = "For comfort and flexibility. It is no medical device."


@pytest.fixture
async def site() -> AsyncIterator[Served]:
    async with serve_app() as one:
        yield one


@pytest.mark.parametrize(
    "path",
    ["/", "/start", "/join", "/try", "/help", "/learn", "/stretches", "/deleted", "/nowhere",
     "/knock/nobody", "/api/docs", "/what-we-keep", "/accessibility"],
)  # fmt: skip
async def test_every_page_to_read_says_what_this_is_for(site: Served, path: str) -> None:
    text = (await site.http.get(path, headers={"accept": "text/html"})).text
    assert PURPOSE in text
    assert 'href="/what-we-keep"' in text and 'href="/accessibility"' in text


async def test_a_live_screen_has_no_footer_and_asks_before_the_questions(site: Served) -> None:
    made = await site.start()
    headers = {"authorization": f"Bearer {made['seat']['token']}"}
    text = (await site.http.get(f"/room/{made['room']}/client", headers=headers)).text
    assert PURPOSE not in text and "<footer" not in text
    asked = text.index("By answering you agree")
    assert text.index('id="screening"') < asked < text.index('name="none"')
    assert asked < text.index('type="checkbox"')
    link = re.search(r'<a href="/what-we-keep"[^>]*>', text)
    assert link and 'target="_blank"' in link[0], "the room stays open behind it"


async def test_who_has_deleted_a_session_is_told_of_older_copies(site: Served) -> None:
    text = (await site.http.get("/deleted")).text
    assert "older ones may still hold it" in text and 'href="/what-we-keep#copies"' in text
    assert 'id="copies"' in (await site.http.get("/what-we-keep")).text


def test_what_is_said_of_the_server_is_plain_words_from_its_settings() -> None:
    lines = {"SAYWHEN_IMPRINT": " Studio Nord\r\nSome Street 1 \n"}
    assert config.load(lines, {}).imprint == "Studio Nord\nSome Street 1"
    assert config.load({"SAYWHEN_IMPRINT": " \n "}, {}).imprint == ""
    assert config.load({"SAYWHEN_COPIES_DAYS": "14"}, {}).copies_days == 14
    for name, wrong in (
        ("OPERATOR", "Nord\x1b[2J"),
        ("CONTACT", "\u202ereversed"),
        ("IMPRINT", "x" * 4_001),
        ("COPIES_DAYS", "-1"),
        ("COPIES_DAYS", "a week"),
    ):
        with pytest.raises(ConfigError, match=f"SAYWHEN_{name}"):
            config.load({f"SAYWHEN_{name}": wrong}, {})
