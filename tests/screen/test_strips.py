"""Strips show what was held, and every signal by shape and word; the table is safe to open."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markupsafe import Markup

from app.config import ASSETS
from app.content.library import load_library
from app.record.csv_record import COLUMNS, csv_of, wants_csv
from app.record.strips import SHAPES, Strip, draw, sheet
from app.screen.render import Render

LIBRARY = load_library(ASSETS / "content")
LEG = "hamstring_raise"


def mark(at_s: float, kind: str, by: str = "client") -> dict[str, Any]:
    return {"at_ms": round(at_s * 1000), "kind": kind, "by": by}


def hold(side: str = "left", rep: int = 1, **more: Any) -> dict[str, Any]:
    index = (0 if side in ("left", "both") else 2) + rep - 1
    told = {"index": index, "stretch": LEG, "side": side, "rep": rep, "planned_ms": 20_000}
    told |= {"held_ms": 20_000, "outcome": "full", "wish": None, "marks": [mark(2, "good")]}
    return told | more


def record(*holds: dict[str, Any]) -> dict[str, Any]:
    stretches = dict.fromkeys(one["stretch"] for one in holds)
    return {
        "routine": {"items": [{"stretch": stretch, "reps": 2} for stretch in stretches]},
        "holds": list(holds),
    }


def strip(*marks: dict[str, Any], **more: Any) -> Strip:
    return sheet(record(hold(marks=list(marks), **more)), LIBRARY).stretches[0].rows[0][0]


def shown(*holds: dict[str, Any]) -> str:
    render = Render(ASSETS, LIBRARY)
    return render.html("parts/strips.html", sheet=sheet(record(*holds), LIBRARY), draw_strip=draw)


WORDS = {
    "good": "Good",
    "ease": "Ease off",
    "stop": "Stop",
    "pain": "Pain",
    "contact": "Contact lost",
    "hidden": "Screen hidden",
    "restarted": "Server restarted",
}


@pytest.mark.parametrize("kind", SHAPES)
def test_each_signal_is_shown_by_its_shape_and_its_word(kind: str) -> None:
    page = shown(hold(marks=[mark(12, kind)]))
    assert f"{WORDS[kind]} at 12 s" in page.replace("\n", "")
    svg, after = page.split('<svg class="strip-drawn"')[1].split("</svg>", 1)
    assert f'href="#{SHAPES[kind]}"' in svg and f"{WORDS[kind]} at 12 s" in svg
    assert f'href="#{SHAPES[kind]}"' in after


def test_no_two_signals_share_a_shape_and_every_shape_is_drawn() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES) == len(WORDS)
    drawn = (ASSETS / "templates/parts/sprite.html").read_text() + shown(hold())
    for shape in SHAPES.values():
        assert f'<symbol id="{shape}"' in drawn


def test_left_stands_beside_right_whichever_came_first() -> None:
    told = record(*(hold(side, rep) for side in ("right", "left") for rep in (1, 2)))
    (stretched,) = sheet(told, LIBRARY).stretches
    told_rows = [[(one.side, one.rep) for one in row] for row in stretched.rows]
    assert told_rows == [[("left", 1), ("right", 1)], [("left", 2), ("right", 2)]]


def test_a_hold_tried_again_says_so_in_the_same_row() -> None:
    page = shown(hold(), hold(), hold("right"))
    assert page.count('class="strip-row"') == 1
    assert page.count("1 of 2 · again</h3>") == 1


def test_the_blue_is_what_was_held() -> None:
    eased = strip(mark(2, "good"), mark(12, "ease"), mark(16, "good"))
    assert eased.held == ((2_000, 12_000), (16_000, 26_000))
    assert eased.left_over == (26_000, 26_000)
    reassured = strip(mark(2, "good"), mark(9, "good"))
    assert reassured.held == ((2_000, 22_000),)


def test_what_was_left_over_is_outlined_where_it_would_have_been() -> None:
    stopped = strip(mark(2, "good"), mark(7, "stop"), held_ms=5_000, outcome="stopped")
    assert stopped.held == ((2_000, 7_000),) and stopped.left_over == (7_000, 22_000)
    told_later = strip(mark(2, "good"), mark(30, "ease"), held_ms=5_000, outcome="short")
    assert told_later.held == ((2_000, 7_000),)
    never = strip(held_ms=0, outcome="not_begun")
    assert never.held == () and never.left_over == (0, 20_000)
    assert "Not begun" in shown(hold(marks=[], held_ms=0, outcome="not_begun"))


def test_all_strips_share_one_scale() -> None:
    short = hold(planned_ms=10_000, held_ms=10_000)
    both = sheet(record(short, hold("right")), LIBRARY)
    drawn = [draw(one, both.span_ms, "", "") for one in both.stretches[0].rows[0]]
    held = [re.findall(r'class="strip-held"[^>]* width="([\d.]+)"', svg) for svg in drawn]
    (short_px,), (long_px,) = held
    assert float(long_px) == pytest.approx(2 * float(short_px), abs=0.2)


def test_signals_close_together_hide_no_other() -> None:
    crowd = strip(mark(2, "good"), mark(2.5, "ease"), mark(3, "good"), mark(3.2, "stop"))
    svg = draw(crowd, 30_000, "", "")
    places = re.findall(r'<use [^>]*x="([\d.-]+)" y="(\d+)"', svg)
    assert len(set(places)) == 4
    for x, y in places:
        near = [1 for x2, y2 in places if y2 == y and abs(float(x2) - float(x)) < 24]
        assert len(near) == 1


def test_everything_is_escaped() -> None:
    svg = draw(strip(mark(2, "good")), 30_000, "<b>&", '"<script>')
    assert "<script>" not in svg and "<b>" not in svg and isinstance(svg, Markup)
    page = shown(hold(stretch="<script>", side="both"))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_the_wish_is_told() -> None:
    assert "Asked for a little less" in shown(hold(wish="less"))
    assert "Asked for" not in shown(hold())


def test_a_table_has_a_row_for_each_hold_and_each_mark() -> None:
    told = record(hold(marks=[mark(2, "good"), mark(9, "stop", "partner")], wish="less"))
    assert csv_of(told).split("\r\n") == [
        ",".join(COLUMNS),
        f"1,{LEG},left,1,20000,20000,full,less,,hold,",
        f"1,{LEG},left,1,,,,,2000,good,client",
        f"1,{LEG},left,1,,,,,9000,stop,partner",
        "",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_a_spreadsheet_runs_nothing_of_a_table(start: str) -> None:
    told = record(hold(stretch=f'{start}HYPERLINK("http://x")'))
    cell = csv_of(told).split(",", len(COLUMNS))[-1]
    assert cell.lstrip('"').startswith("'" + start)


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("", False),
        ("text/csv", True),
        ("text/csv;q=0", False),
        ("text/csv;q=0.2, application/json;q=0.1", True),
        ("text/csv, application/json", False),
        ("text/html, */*;q=0.8", False),
        ("*/*;q=0.1, text/csv", True),
        ("text/csv;q=none", False),
    ],
)
def test_what_accept_likes_better_is_given(accept: str, is_csv: bool) -> None:
    assert wants_csv(accept) is is_csv
