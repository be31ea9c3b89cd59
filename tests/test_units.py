"""The systemd units of docs/deploy/: they are well formed, tight, and do what they say."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli, config
from tests.support.confined import CAN, settings
from tests.support.program import drill, pair, to_holding
from tests.support.serving import free_port, serving

ROOT = Path(__file__).parent.parent
UNITS = ROOT / "docs" / "deploy"
SERVER, BACKUP = UNITS / "saywhen.service", UNITS / "saywhen-backup.service"
INSTALLED = "/opt/saywhen/bin/saywhen"
EXPOSURE = {SERVER: 12, BACKUP: 6}  # tenths: 1.1 and 0.5 with systemd 252, of 10
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze here"
)
needs_seccomp = pytest.mark.skipif(not CAN, reason="no libseccomp or no systemd-analyze here")
IN_ROOT = {"PYTHONPATH": str(ROOT)}  # of tests.support.confined, wherever a unit works
KEPT = 14
SHORT = {"items": [{"stretch": "figure_four", "hold_s": 60, "reps": 1}], "warm_up_s": 300}


def confined(unit: Path, *command: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.confined", str(unit), *command]


def environment(unit: Path) -> dict[str, str]:
    pairs = [shlex.split(value) for value in settings(unit, "Environment")]
    return dict(one.split("=", 1) for several in pairs for one in several)


@needs_systemd
def test_the_units_are_well_formed(tmp_path: Path) -> None:
    for unit in UNITS.glob("saywhen*.*"):
        text = unit.read_text(encoding="utf-8").replace(INSTALLED, "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = sorted(map(str, tmp_path.iterdir()))
    assert len(units) == 3
    said = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    ours = [line for line in said.stderr.splitlines() if "saywhen" in line]
    assert (said.returncode, ours) == (0, []), said.stderr


@needs_systemd
@pytest.mark.parametrize("unit", EXPOSURE, ids=lambda unit: unit.stem)
def test_the_units_expose_next_to_nothing(unit: Path) -> None:
    asked = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE[unit]}"]
    said = subprocess.run([*asked, str(unit)], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout[-300:] + said.stderr


def test_what_the_unit_sets_are_settings_and_it_waits_longer_than_the_server() -> None:
    told = config.load(environment(SERVER), {})
    assert told.public_url == "https://say.example" and told.trusted_proxy == ("127.0.0.1/32",)
    assert int(settings(SERVER, "TimeoutStopSec")[0]) > told.drain_s + 5
    assert str(told.data_dir) == environment(BACKUP)["SAYWHEN_DATA_DIR"] == "/var/lib/saywhen"


@needs_seccomp
@pytest.mark.parametrize(
    "forbidden",
    ["os.setpriority(os.PRIO_PROCESS, 0, 1)", "socket.socket(socket.AF_NETLINK)", "os.chroot('/')",
     "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)"],
)  # fmt: skip
def test_what_the_unit_forbids_cannot_be_done_in_these_tests(forbidden: str) -> None:
    command = confined(SERVER, sys.executable, "-c", f"import mmap, os, socket; {forbidden}")
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 1 and "PermissionError" in said.stderr, said.stderr


def commands(unit: Path) -> list[list[str]]:
    """Return what a unit starts, as systemd reads it, with the program of this checkout."""
    here = str(Path(sys.executable).with_name("saywhen"))
    lines = [line.replace("%%", "%").replace("$$", "$") for line in settings(unit, "ExecStart")]
    return [shlex.split(line.replace(INSTALLED, here)) for line in lines]


@needs_seccomp
async def test_a_server_and_its_copies_do_all_they_have_to_under_the_units_filters(
    tmp_path: Path,
) -> None:
    data, copies, port = tmp_path / "data", tmp_path / "copies", free_port()
    copies.mkdir()
    own = {"SAYWHEN_DATA_DIR": str(data), "SAYWHEN_PORT": str(port), "SAYWHEN_DRAIN_S": "0"}
    [serve] = commands(SERVER)
    with serving(confined(SERVER, *serve), ROOT, **environment(SERVER) | own) as served:
        both = await pair(f"http://127.0.0.1:{port}", routine=SHORT)
        await drill(*both)
        await to_holding(*both)
        for n in range(KEPT + 2):
            (copies / f"saywhen-20200101T0000{n:02}Z.db").touch()
        for command in commands(BACKUP):
            done = subprocess.run(
                confined(BACKUP, *command), cwd=copies, env={**os.environ, **IN_ROOT, **own}
            )
            assert done.returncode == 0
        for one in both:
            await one.close()
        assert served.end()[0] == 0
    kept = sorted(copies.iterdir())
    assert len(kept) == KEPT and kept[-1].stat().st_size > 0
    assert re.fullmatch(r"saywhen-20(?!200101)\d{6}T\d{6}Z\.db", kept[-1].name)
    assert cli.main(["restore", str(kept[-1]), f"--data-dir={tmp_path / 'other'}"]) == 0
