"""A page that never comes alive says so: in Chromium 83, the engine of mid 2020, itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.support.serving import Served

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-old" / "bin" / "python"

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="no old engine here: `make test` installs it where it can be had"
)


def words_of(url: str, folder: Path, *cookie: str) -> str:
    """What can be read on a page there."""
    command = [str(PYTHON), str(HERE / "look.py"), url, str(folder / "page.png"), *cookie]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert "Chrome/83." in told["engine"]
    return " ".join(told["words"].split())


def test_a_live_page_says_first_that_it_sends_nothing_and_what_to_do(
    served: Served, tmp_path: Path
) -> None:
    room = httpx.post(f"{served.url}/api/rooms", json={"role": "client"}).json()
    id, token = room["room"], room["seat"]["token"]
    page = f"{served.url}/room/{id}/client"
    words = words_of(page, tmp_path, f"seat_{id}_client={token}")
    assert words.startswith("This phone can't send signals Say it out loud")
    assert "This browser is too old for Say When" in words and "Load this page again" in words
    assert "STOP" not in words and "Connecting" not in words  # no screen of a session beside it


@pytest.mark.parametrize("path", ["/", "/join", "/start", "/try"])
def test_the_way_there_says_so_before_anybody_lies_down(
    served: Served, tmp_path: Path, path: str
) -> None:
    words = words_of(served.url + path, tmp_path)
    assert words.startswith("This browser is too old for Say When Update it, or open this page")
