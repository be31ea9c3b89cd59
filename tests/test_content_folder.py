"""A fifth stretch is a file: it appears everywhere without a line of code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.config import ASSETS
from tests.support.app import bearer, serve_app


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    shutil.copytree(ASSETS / "content", folder)
    twist = (folder / "stretches" / "spinal_twist.toml").read_text()
    lean = twist.replace("spinal_twist", "side_lean").replace("Knees to the side", "Side lean")
    assert lean.count("Side lean") >= 1
    (folder / "stretches" / "side_lean.toml").write_text(lean)
    routines = folder / "routines.toml"
    items = 'items = [{ stretch = "side_lean", hold_s = 20, reps = 2 }]'
    preset = f'\n[[presets]]\nid = "lean"\nname = "Only the lean"\n{items}\n'
    routines.write_text(routines.read_text() + preset)
    return folder


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "Only the lean"),
        ("/start", "Side lean"),
        ("/stretches", "Side lean"),
        ("/stretches/side_lean", "<svg"),
        ("/api/stretches", "side_lean"),
        ("/api/stretches/side_lean", "Side lean"),
        ("/api/routines", "Only the lean"),
    ],
)
async def test_a_fifth_stretch_stands_on_every_page_that_lists_them(
    content: Path, path: str, said: str
) -> None:
    async with serve_app() as without, serve_app(content=content) as served:
        assert said in (await served.http.get(path)).text
        before = (await without.http.get(path)).text
        assert said == "<svg" or said not in before


async def test_a_session_of_a_fifth_stretch_shows_its_words_and_both_sides(content: Path) -> None:
    async with serve_app(content=content) as served:
        made = await served.start(routine="lean")
        token = bearer(made["seat"]["token"])
        room = served.room(made["room"])
        assert [(hold.stretch, hold.side) for hold in room.state.plan] == [
            ("side_lean", side) for side in ("left", "left", "right", "right")
        ]
        page = await served.http.get(f"/room/{made['room']}/client", headers=token)
        assert page.status_code == 200
        for said in ("Side lean", "Knees to the left", "Both shoulders heavy on the floor."):
            assert said in page.text, said
