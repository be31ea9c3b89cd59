"""What phones load of the pages' scripts."""

from __future__ import annotations

import posixpath
import re

import pytest

from app.config import ASSETS
from app.content.library import load_library
from app.screen.render import Render
from app.screen.scripts import imports_of, with_all_they_import
from tests.support import acorn

RENDER = Render(ASSETS, load_library(ASSETS / "content"))
SCRIPTS = {name: asset for name, asset in RENDER.assets.items() if name.endswith(".js")}
TEMPLATES = {
    path.name: path.read_text(encoding="utf-8") for path in (ASSETS / "templates").rglob("*.html")
}
ASKED = {
    name: re.findall(r'"(js/[^"]+)"', found[1])
    for name, text in TEMPLATES.items()
    if (found := re.search(r"{{ scripts\((.*?)\) }}", text))
}


def test_scripts_are_sent_without_their_comments_and_types() -> None:
    assert not [name for name in RENDER.assets if name.endswith(".ts")]
    ours = [asset for name, asset in SCRIPTS.items() if name.startswith("js/")]
    assert ours and not [asset for asset in ours if b"/**" in asset.body]


def parsed(names: list[str]) -> set[str]:
    """Return these and all that they import, as a parser reads it."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        told = acorn.imports_of(SCRIPTS[name].body.decode())
        paths = {posixpath.normpath(posixpath.join(name, "..", one)) for one in told}
        waiting += paths - found
    return found


@pytest.mark.parametrize("template", ASKED)
def test_a_page_has_all_its_modules_fetched_at_once(template: str) -> None:
    names = ASKED[template]
    head = str(RENDER.scripts(*names))
    preloaded = re.findall(r'<link rel="modulepreload" href="([^"]+)">', head)
    assert preloaded == list(dict.fromkeys(preloaded))
    assert set(preloaded) == {RENDER.url(name) for name in parsed(names)}
    assert preloaded[: len(names)] == [RENDER.url(name) for name in names]  # in the order they run
    run = re.findall(r'<script type="module" src="([^"]+)"></script>', head)
    assert run == preloaded[: len(names)]
    (alive,) = re.findall(r'<script src="([^"]+)"></script>', head.partition("<script type")[0])
    assert alive == RENDER.url("js/alive.js") in str(RENDER.watcher(head))


def test_no_page_names_a_module_by_hand() -> None:
    assert {"room.html", "home.html", "join.html", "knock.html"} <= set(ASKED)
    by_hand = re.compile(r"modulepreload|<script(?![^>]*application/)")
    assert not [name for name, text in TEMPLATES.items() if by_hand.search(text)]


def test_on_the_way_into_a_room_all_its_files_are_fetched_ahead() -> None:
    template = RENDER._env.get_template("parts/room_ahead.html")
    ahead = set(re.findall(r'<link rel="prefetch" href="([^"]+)">', template.render()))
    modules = {RENDER.url(name) for name in parsed(ASKED["room.html"])}
    assert ahead == modules | {RENDER.url(f"css/{role}.css") for role in ("client", "partner")}
    for page in ("join.html", "knock.html"):
        assert '{% include "parts/room_ahead.html" %}' in TEMPLATES[page]


def test_an_import_is_read_in_whichever_form_it_is_written() -> None:
    text = 'import { a } from "./a.js";\nimport {\n  b,\n} from "../b.js";\nimport "../../c.js";\n'
    assert imports_of("js/room/x.js", text) == ("js/room/a.js", "js/b.js", "c.js")


def test_a_module_that_is_not_there_is_found_out_at_once() -> None:
    with pytest.raises(KeyError):
        with_all_they_import(["a"], {"a": ("missing",)})
