"""P16: the disk is full, or the folder is gone, under a real server with people on the mat."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.fixtures import SERVE
from tests.support.program import Program, drill, pair, to_holding
from tests.support.proof import LONG, proof
from tests.support.serving import serving

SHORT = {"items": [{"stretch": "figure_four", "hold_s": 60, "reps": 2}], "warm_up_s": 300}
ROUNDS = 2 if LONG == 1 else 20  # with more, the small disk is full of their own events


def why_not() -> str | None:
    """Return why this machine can't have a small disk of its own, or None."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return "a disk of one's own needs root and mount"
    return None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"this machine mounts no tmpfs: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Leave no room on it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError as e:
            assert e.errno == errno.ENOSPC
    try:
        yield
    finally:
        filler.unlink()


async def status(url: str, path: str) -> int:
    async with httpx.AsyncClient(base_url=url) as http:
        return (await http.get(path)).status_code


def is_message(type: str, **fields: str) -> Callable[[dict[str, Any]], bool]:
    """Return a test for whether a message is this one."""
    wanted = {"type": type, **fields}
    return lambda message: wanted.items() <= message.items()


async def signals_go_through(client: Program, partner: Program, number: int) -> None:
    """Tap ease, stop and pain: each is told to the partner and its fate to the client."""
    for command, more in (("ease", {}), ("stop", {}), ("pain", {"flag": f"f{number}"})):
        id = f"{command}-{number}"
        await client.say({"type": command, "id": id, **more})
        name = f"client:{id}"
        await partner.until(is_message("alert", alert=name))
        await client.until(is_message("fate", alert=name))
    await partner.until_state(lambda state: state["severity"] == "stop")


@pytest.mark.prove
@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
async def test_on_a_full_disk_signals_go_through_and_force_is_refused(small_disk: Path) -> None:
    command = [*SERVE, "--port", "0", "--data-dir", str(small_disk / "data")]
    with (
        serving(command) as served,
        proof("P16", "ease, stop and pain on a full disk, then the record tells of them") as p16,
    ):
        client, partner = await pair(served.url, routine=SHORT)
        await drill(client, partner)
        for number in range(ROUNDS):
            await to_holding(client, partner)
            with full(small_disk):
                assert await client.good() == "journal_down"
                assert await status(served.url, "/readyz") == 503
                assert await status(served.url, "/healthz") == 200
                await signals_go_through(client, partner, number)
            p16.trial(times=3)
            await is_told(served.url, client, partner, number)
        assert served.process.poll() is None
        for program in (client, partner):
            await program.close()


async def is_told(url: str, client: Program, partner: Program, number: int) -> None:
    """The disk is back: what was told is written, in its order, and the session goes on."""
    for kind in ("ease", "stop", "pain"):
        await client.until(is_message("done", id=f"{kind}-{number}"))
    pain = f"client:pain-{number}"
    await partner.until_state(lambda s: s["stop"] is not None and s["stop"]["stop"] == pain)
    assert await status(url, "/readyz") == 200
    async with httpx.AsyncClient(base_url=url) as http:
        bearer = {"Authorization": f"Bearer {client.token}"}
        record = (await http.get(f"/api/rooms/{client.room}/record", headers=bearer)).json()
    kinds = [mark["kind"] for hold in record["holds"] for mark in hold["marks"]]
    assert kinds[-2:] == ["ease", "stop"], kinds
    assert len(record["flags"]) == number + 1
    assert await partner.ask("let_go", stop=pain) == "done"
    await client.until_state(lambda s: "clear" in s["may"])
    newest = client.state["stop"]["stop"]
    assert await client.ask("clear", stop=newest, then="again") == "done"


async def test_a_folder_that_is_taken_away_stops_no_signal(tmp_path: Path) -> None:
    """What it writes now might be lost with it: it says so, and writes once the folder is back."""
    data = tmp_path / "data"
    with serving([*SERVE, "--port", "0", "--data-dir", str(data)]) as served:
        client, partner = await pair(served.url, routine=SHORT)
        await drill(client, partner)
        await to_holding(client, partner)
        data.rename(tmp_path / "elsewhere")
        assert await status(served.url, "/readyz") == 503
        await signals_go_through(client, partner, 0)
        (tmp_path / "elsewhere").rename(data)
        await is_told(served.url, client, partner, 0)
        for program in (client, partner):
            await program.close()
