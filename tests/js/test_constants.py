"""One number, one place: what phones share with the server is the server's own, to the letter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import quickjs

from app.config import ASSETS
from app.content.library import load_library
from app.core.model import Phase
from app.protocol import constants as shared
from app.screen import constants
from app.screen.render import Render
from tests.support.js import SCRIPTS, call, program

APP = Path(shared.__file__).parent.parent
HOMES = {Path(shared.__file__), Path(constants.__file__)}
TEXTS = {path: path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.js")}


def test_pages_and_tests_load_the_same_constants() -> None:
    served = Render(ASSETS, load_library(ASSETS / "content")).assets[constants.NAME]
    assert served.body.decode() == constants.script()
    engine = quickjs.Context()
    engine.eval(program("constants"))
    assert call(engine, "() => M.constants") == json.loads(json.dumps(constants.values()))


def test_a_number_that_is_changed_here_is_changed_on_phones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared, "LOST_AFTER_MS", 9_000)
    engine = quickjs.Context()
    engine.eval(program("failsafe"))
    assert engine.eval("M.failsafe.SILENT_AFTER_MS") == 8_500


@pytest.mark.parametrize("name", constants.values())
def test_every_constant_is_read_by_who_it_is_for(name: str) -> None:
    imported = [text for text in TEXTS.values() if re.search(rf"\b{name}\b", text)]
    read = [path for path in APP.rglob("*.py") if path not in HOMES and name in path.read_text()]
    assert imported or read
    assert imported or name.startswith("CLOSE_"), "no phone needs it: it belongs elsewhere"


def test_no_script_types_again_what_it_could_have_from_there() -> None:
    codes = {str(value) for name, value in constants.values().items() if name.startswith("CLOSE_")}
    for path, text in TEXTS.items():
        for typed in re.findall(r"\[([^\[\]]*)\]", text):
            phases = set(re.findall(r'"(\w+)"', typed)) & {phase.value for phase in Phase}
            again = [name for name, some in constants.PHASES.items() if some <= phases]
            assert not again, f"{path.name} types {', '.join(again)}"
        assert not codes & set(re.findall(r"\b\d{4}\b", text)), path.name
