"""Every page renders, says where one is, and needs nothing that the policy forbids."""

from __future__ import annotations

import re

import httpx
import pytest

from app.journal.memory import MemoryStore
from tests.support.app import SAME_SITE, bearer, key_of, serve_app
from tests.support.faulty_journal import FaultyJournal


def _is_a_page(answer: httpx.Response) -> None:
    assert answer.headers["content-type"].startswith("text/html"), answer.text
    # A room's page holds the screen of every phase; one is shown, each has its own heading.
    headings, is_room = len(re.findall(r"<h1\b", answer.text)), "data-phase" in answer.text
    assert headings == 1 or (is_room and headings > 1)
    assert re.search(r"<title>[^<]+</title>", answer.text)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=[\"']", answer.text)
    for tag in re.findall(r"<script\b[^>]*>", answer.text):
        assert "src=" in tag or "importmap" in tag, tag


@pytest.mark.parametrize("path", ["/", "/join", "/help", "/try", "/knock/nobody", "/api/docs"])
async def test_every_page_renders(path: str) -> None:
    async with serve_app() as served:
        answer = await served.http.get(path)
        assert answer.status_code == 200
        _is_a_page(answer)


async def test_a_page_is_packed_where_the_browser_takes_it_and_says_the_same() -> None:
    async with serve_app() as served:
        plain = await served.http.get("/learn", headers={"accept-encoding": "identity"})
        packed = await served.http.get("/learn", headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in plain.headers and packed.text == plain.text
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
        assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"


async def test_an_unknown_address_says_what_to_do() -> None:
    async with serve_app() as served:
        for path in ("/nowhere", "/room/none/client", "/static/x/y"):
            answer = await served.http.get(path)
            assert answer.status_code == 404
            _is_a_page(answer)
            assert 'href="/' in answer.text


async def test_both_phones_have_their_page() -> None:
    async with serve_app() as served:
        made = await served.start()
        joined = (await served.join(key=key_of(made["invitation"]))).json()
        for seated in (made, joined):
            role, token = seated["seat"]["role"], seated["seat"]["token"]
            path = f"/room/{made['room']}/{role}"
            for part in ("", "/cards"):
                answer = await served.http.get(path + part, headers=bearer(token))
                assert answer.status_code == 200
            _is_a_page(await served.http.get(path, headers=bearer(token)))


async def test_the_forms_work_without_a_script() -> None:
    async with serve_app() as served:
        started = await served.http.post("/start", data={"role": "client"}, headers=SAME_SITE)
        assert started.status_code == 303
        lobby = await served.http.get(started.headers["location"])
        _is_a_page(lobby)
        shown = re.search(r'class="code" translate="no">([^<]+)<', lobby.text)
        assert shown is not None
        code = shown.group(1)
        knocked = await served.http.post("/join", data={"code": code}, headers=SAME_SITE)
        assert knocked.status_code == 303
        _is_a_page(await served.http.get(knocked.headers["location"]))
        wrong = await served.http.post("/join", data={"code": "000000"}, headers=SAME_SITE)
        assert wrong.status_code == 404
        _is_a_page(wrong)
        tried = await served.http.post("/try", headers=SAME_SITE)
        _is_a_page(await served.http.get(tried.headers["location"]))


async def test_health_tells_whether_the_journal_can_be_written() -> None:
    memory = MemoryStore()
    journal = FaultyJournal(memory)
    async with serve_app(store=(journal, memory)) as served:
        assert (await served.http.get("/healthz")).status_code == 200
        assert (await served.http.get("/readyz")).status_code == 200
        journal.fail()
        assert (await served.http.get("/healthz")).status_code == 200
        down = await served.http.get("/readyz")
        assert (down.status_code, down.json()["code"]) == (503, "journal_down")
        assert "# TYPE" in (await served.http.get("/metrics")).text
        assert (await served.http.get("/api/schema")).status_code == 200
