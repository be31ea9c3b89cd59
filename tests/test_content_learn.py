"""Pages to learn from are checked as they load: a broken one is named with its field or line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.config import ASSETS
from app.content.leaflets import parse_leaflet
from app.content.library import load_library
from app.errors import ContentError

FRONT = '+++\ntitle = "A page"\nsummary = { text = "Short.", from = "source" }\norder = 1\n+++\n'


def _refusal(text: str) -> str:
    with pytest.raises(ContentError) as refused:
        parse_leaflet("page.md", text)
    return str(refused.value)


def test_marks_are_taken_off_and_additions_are_told_apart() -> None:
    body = parse_leaflet("page.md", FRONT + "One **two**. {S}\n\n- Three. {A}\n- Four {S}\n").body
    assert "<p>One <strong>two</strong>.</p>" in body
    assert '<li>Three.<span class="addition"></span></li>' in body
    assert "<li>Four</li>" in body


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Marked. {S}\n\nNot marked.\n", 8),
        ("Two lines,\nof which none has a mark\n", 7),
        ("- marked {A}\n- not marked\n", 7),
        ("- marked {A}\n\n  a second paragraph without\n", 8),
        ("## Heading\n\n{X} is no mark {X}\n", 8),
        ("> a quotation is text\n", 6),
        ("```\ncode is text\n```\n", 8),
        ("<p>HTML is text</p>\n", 6),
        ("[a]: /learn 'a definition is text'\n", 6),
    ],
)
def test_a_line_without_a_mark_is_refused_by_file_and_line(text: str, line: int) -> None:
    assert _refusal(FRONT + text).startswith(f"page.md: line {line}: has to end with {{S}}")


def test_a_mark_stands_once_and_at_the_end() -> None:
    assert "line 7: has more than one mark" in _refusal(FRONT + "One. {S}\nTwo. {A}\n")


def test_html_comes_out_as_text() -> None:
    body = parse_leaflet("page.md", FRONT + "<b onclick=x>[y](javascript:z) {S}\n").body
    assert "&lt;b onclick=x&gt;" in body and "<a" not in body


@pytest.mark.parametrize("text", ["# The title twice\n", "### Leaves a level out\n"])
def test_headings_keep_their_order(text: str) -> None:
    assert _refusal(FRONT + text).startswith("page.md: line 6: a heading of level")


@pytest.mark.parametrize(
    ("front", "named"),
    [
        ("No front matter {S}\n", "page.md: front matter: "),
        ("+++\ntitle = \n+++\n", "page.md: front matter: is not TOML"),
        (FRONT.replace("order = 1\n", ""), "page.md: order: "),
        (FRONT.replace("order = 1", 'order = "first"'), "page.md: order: "),
        (FRONT.replace("A page", ""), "page.md: title: "),
        (FRONT.replace('"source"', '"hearsay"'), "page.md: summary.from: "),
        (FRONT.replace("order", "colour = 2\norder"), "page.md: colour: "),
    ],
)
def test_broken_front_matter_is_refused_by_file_and_field(front: str, named: str) -> None:
    assert _refusal(front).startswith(named)


def test_one_broken_page_stops_the_start(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ASSETS / "content", content)
    (content / "learn" / "extra.md").write_text(FRONT + "No mark.\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"extra\.md: line 6"):
        load_library(content)


def test_pages_come_in_the_order_they_name() -> None:
    orders = [leaflet.order for leaflet in load_library(ASSETS / "content").learn.values()]
    assert orders == sorted(orders) and len(set(orders)) == len(orders) >= 7
