"""Whatever a helper reads or hears when force must go begins with no verb that can be obeyed as
force; whatever is shown or spoken in a hold asks for no more.

Read off the pages as they are served, by their own conditions.
"""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser

import pytest

from app.config import ASSETS
from app.content.files import Wording
from app.content.library import load_library
from app.content.wording import asks_for_more, obeyed_as_force
from tests.screen.test_named_buttons import VOID, holds, pages
from tests.support.app import serve_app

CONTENT = ASSETS / "content"
WORDING = Wording.model_validate(tomllib.loads((CONTENT / "wording.toml").read_text("utf-8")))
SPOKEN = re.compile(r"^(stop|ease|contact|restarted|felt_no|way_back:.*)$")
HELD = re.compile(r"^(hold|good|half|question:.*)$")
HANDS_ON = {"link": "live", "lost": "no", "severity": "ok", "over": "no", "phase": "holding"}
GOES = {
    "stopped": {"phase": "stopped", "severity": "stop", "let_go": "no", "lost": "no"},
    "eased": {"phase": "eased", "severity": "ease", "lost": "no"},
    "on the way back": {"phase": "releasing", "severity": "ok", "lost": "no"},
    "over by its own clock": {"phase": "holding", "severity": "ok", "over": "yes", "lost": "no"},
    "lost": {"phase": "holding", "lost": "yes", "severity": "ease", "say_it": "no"},
}


class Texts(HTMLParser):
    """Every text of a page, with the conditions it is shown under, or the key it is spoken by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[tuple[str, str | None, str | None]] = []
        self.found: list[tuple[str, list[str], str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, given.get("data-show"), given.get("data-say")))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _, _ in self._open]
        if not data.strip() or not {"script", "style", "dialog", "title"}.isdisjoint(tags):
            return
        shows = [show for _, show, _ in self._open if show]
        says = next((say for _, _, say in reversed(self._open) if say), None)
        self.found.append((" ".join(data.split()), shows, says))


def shown(page: Texts, facts: dict[str, str]) -> list[str]:
    """Return what can be read with these facts, without what to do about the phone itself."""
    return [
        text
        for text, shows, says in page.found
        if says is None
        and any("phase" in show or "lost" in show for show in shows)
        and all(holds(show, facts) and "trouble:" not in show for show in shows)
    ]


@pytest.mark.parametrize("role", ["partner", "host"])
async def test_no_order_to_use_force_is_read_or_heard_when_force_must_go(role: str) -> None:
    async with serve_app() as served:
        page = Texts((await pages(served))[role].text)
    tried = 0
    for name, facts in GOES.items():
        for text in shown(page, facts):
            tried += 1
            assert obeyed_as_force(text, WORDING) is None, f"{name}, {role}: {text!r}"
    assert tried > 40
    spoken = [text for text, _, says in page.found if says and SPOKEN.match(says)]
    assert bool(spoken) is (role == "partner")
    for text in spoken:
        assert obeyed_as_force(text, WORDING) is None, f"spoken: {text!r}"


async def test_nothing_read_or_heard_in_a_hold_asks_for_more() -> None:
    async with serve_app() as served:
        page = Texts((await pages(served))["partner"].text)
    library = load_library(CONTENT)
    names = {s.words.name for s in library.stretches.values()} | {
        word for s in library.stretches.values() for word in (s.words.left, s.words.right) if word
    }
    in_hold = [text for text in shown(page, HANDS_ON) if text not in names]
    spoken = [text for text, _, says in page.found if says and HELD.match(says)]
    assert len(in_hold) > 20 and len(spoken) > 20
    for text in (*in_hold, *spoken):
        if not text.startswith(("Ask:", "Do you feel a stretch")):
            assert asks_for_more(text, WORDING) is None, text


@pytest.mark.parametrize("word", ["way down", "come out", "hands off", "bring them down"])
def test_the_way_back_has_one_name_wherever_people_read(word: str) -> None:
    files = [*(ASSETS / "templates").rglob("*.html"), *CONTENT.rglob("*.*")]
    for file in files:
        if file.name != "wording.toml":
            assert word not in file.read_text("utf-8").lower(), f"{file.name}: {word}"
