"""Pages to read: every one is there, leads on, and is honest about where its lines are from."""

from __future__ import annotations

import re
import shutil
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from app.config import ASSETS
from app.content.files import Stretch
from app.content.library import load_library
from tests.support.app import serve_app

LIBRARY = load_library(ASSETS / "content")
TITLES = {
    "/stretches": "The stretches",
    "/learn": "Good to know",
    **{f"/stretches/{s.id}": s.words.name for s in LIBRARY.stretches.values()},
    **{f"/learn/{leaflet.slug}": leaflet.title for leaflet in LIBRARY.learn.values()},
}
PROMISED = (
    *("anatomy", "with-a-partner", "before-you-start", "when-to-avoid"),
    *("how-to-talk", "questions", "key-points", "warm-up"),
)


def _levels(text: str) -> list[int]:
    return [int(level) for level in re.findall(r"<h([1-6])\b", text)]


def test_every_promised_page_is_there() -> None:
    assert set(PROMISED) <= set(LIBRARY.learn)


@pytest.mark.parametrize(("path", "title"), TITLES.items())
async def test_each_page_answers_with_its_title_and_headings_in_order(
    path: str, title: str
) -> None:
    async with serve_app() as served:
        answer = await served.http.get(path)
    text = unescape(answer.text)
    assert answer.status_code == 200
    assert f"<h1>{title}</h1>" in text and f"<title>{title} · Say When</title>" in text
    levels = _levels(text)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert not re.search(r"<script|\sstyle=|\{[SA]\}|None", text)


@pytest.mark.parametrize("path", TITLES)
async def test_every_link_leads_somewhere(path: str) -> None:
    async with serve_app() as served:
        page = (await served.http.get(path)).text
        for link in sorted(set(re.findall(r'href="(/[^"]*)"', page))):
            answer = await served.http.get(unescape(link), follow_redirects=True)
            assert answer.status_code == 200, f"{path} leads to {link}"


@pytest.mark.parametrize("path", ["/stretches/splits", "/learn/splits", "/learn/anatomy/more"])
async def test_an_unknown_page_says_what_to_do(path: str) -> None:
    async with serve_app() as served:
        answer = await served.http.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text and 'href="/"' in answer.text


@pytest.mark.parametrize("stretch", LIBRARY.stretches.values(), ids=lambda stretch: stretch.id)
async def test_a_stretch_shows_each_side_both_roles_and_where_it_is_felt(stretch: Stretch) -> None:
    async with serve_app() as served:
        text = unescape((await served.http.get(f"/stretches/{stretch.id}")).text)
    for side in stretch.sides:
        assert f'data-side="{side.value}"' in text
        for place in stretch.expected[side]:
            assert LIBRARY.places[place].name in text
    cues = (*stretch.client_cues, *stretch.before_cues, *stretch.easing_in_cues)
    held = (*stretch.holding_cues, *stretch.questions, *stretch.way_back, *stretch.muscles)
    words = stretch.words
    said = (words.client_lies, words.client_phone, words.partner_hands, words.partner_does)
    for line in (*cues, *held, *said, words.left_seen, words.right_seen):
        assert line is None or line.text in text
    for line in said:
        assert line.text in text
    assert text.count(LIBRARY.safety.not_reviewed.text) == 1
    assert "/learn/when-to-avoid" in text and f"/?stretch={stretch.id}" in text


async def test_the_article_is_named_as_far_as_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = LIBRARY.source
    assert source.title is None and source.author is None
    async with serve_app() as served:
        text = unescape((await served.http.get("/learn")).text)
    assert source.about in text and source.unnamed in text
    content = shutil.copytree(ASSETS / "content", tmp_path / "content")
    with (content / "source.toml").open("a", encoding="utf-8") as file:
        file.write('title = "On stretching"\nauthor = "A. Writer"\n')
    monkeypatch.setattr("app.main.load_library", lambda _: load_library(content))
    async with serve_app() as served:
        text = unescape((await served.http.get("/learn")).text)
    assert "<cite>On stretching</cite> by A. Writer" in text and source.unnamed not in text


async def test_the_warm_up_shows_every_move_in_words_and_pictures() -> None:
    async with serve_app() as served:
        text = unescape((await served.http.get("/learn/warm-up")).text)
    for move in LIBRARY.warm_up:
        assert f"<h2>{move.name}</h2>" in text and move.shown.text in text
        assert text.count(move.drawn.text) == 3  # the loop, and two pictures that stand still
    for pose in ("start", "stretched"):
        assert text.count(f'data-pose="{pose}"') == len(LIBRARY.warm_up)


@pytest.mark.parametrize("path", [f"/stretches/{id}" for id in LIBRARY.stretches])
async def test_every_picture_of_a_stretch_can_be_made_large_and_small_again(path: str) -> None:
    async with serve_app() as served:
        text = (await served.http.get(path)).text
    ids = set(re.findall(r' id="([^"]+)"', text))
    assert len(ids) == len(re.findall(r' id="([^"]+)"', text))
    larger = re.findall(r'class="enlarge" href="#([^"]+)"', text)
    smaller = re.findall(r'class="button close" href="#([^"]+)"', text)
    assert len(larger) == len(smaller) == len(LIBRARY.stretches[path.split("/")[-1]].sides)
    assert {*larger, *smaller} <= ids


async def test_when_to_avoid_says_all_that_the_screening_asks() -> None:
    async with serve_app() as served:
        text = unescape((await served.http.get("/learn/when-to-avoid")).text)
    safety = LIBRARY.safety
    told = [part for one in safety.questions for part in (one.text, one.advice)]
    for part in (*told, *(line.text for line in (*safety.emergency, *safety.soon))):
        assert part in text


async def test_a_new_stretch_is_one_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tmp_path / "content"
    shutil.copytree(ASSETS / "content", content)
    written = (content / "stretches" / "knees_to_chest.toml").read_text(encoding="utf-8")
    renamed = written.replace("knees_to_chest", "one_more").replace("Knees to chest", "One more")
    (content / "stretches" / "one_more.toml").write_text(renamed, encoding="utf-8")
    monkeypatch.setattr("app.main.load_library", lambda _: load_library(content))
    async with serve_app() as served:
        assert 'href="/stretches/one_more">One more<' in (await served.http.get("/stretches")).text
        assert (await served.http.get("/stretches/one_more")).status_code == 200
