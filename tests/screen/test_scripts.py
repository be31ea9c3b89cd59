"""What phones load of the pages' scripts."""

from __future__ import annotations

from app.config import ASSETS
from app.content import load_library
from app.screen.render import Render

RENDER = Render(ASSETS, load_library(ASSETS / "content"))
SCRIPTS = {name: asset for name, asset in RENDER.assets.items() if name.startswith("js/")}


def test_scripts_are_sent_without_their_comments_and_types() -> None:
    assert {name.rsplit(".", 1)[1] for name in SCRIPTS} == {"js"}
    assert SCRIPTS and not [name for name, asset in SCRIPTS.items() if b"/**" in asset.body]
