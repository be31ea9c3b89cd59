"""What a clone promises: a wheel that serves from an empty venv, locks that name no index."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import urllib.request
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.serving import serving

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
APART = ROOT / "tests/old_engine/pinned.txt"  # for a venv of its own
NPM_LOCKS = [
    ROOT / folder / "package-lock.json"
    for folder in ("", "bench/peers", "tests/floor", "tests/lighthouse", "tests/nu", "tests/types")
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _pins(lock: Path) -> dict[str, Requirement]:
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pins = [Requirement(line.split("--hash")[0].strip()) for line in lines if line.strip()]
    return {canonicalize_name(pin.name): pin for pin in pins if not pin.marker or _is_here(pin)}


def _is_here(pin: Requirement) -> bool:
    return pin.marker is not None and pin.marker.evaluate()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("saywhen-*.whl"))


@pytest.fixture(scope="session")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A venv that holds what locks/runtime.txt pins, linked from this one, and nothing else."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python3*/site-packages"))
    for name in _pins(ROOT / "locks" / "runtime.txt"):
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            (site / top).symlink_to(distribution(name).locate_file(top))  # type: ignore[arg-type]
    return folder


def test_the_wheel_carries_what_it_serves(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for carried in ("templates", "static", "content"):
        wanted = {
            f"app/_assets/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / carried).rglob("*")
            if path.is_file() and not path.name.startswith(".")
        }
        assert wanted <= names
    assert "app/_assets/static/vendor/htmx.esm.min.js" in names
    foreign = {name for name in names if not re.match(r"app/|saywhen-[^/]+\.dist-info/", name)}
    assert not foreign


def test_the_wheel_serves_from_an_empty_venv(wheel: Path, empty_venv: Path, tmp_path: Path) -> None:
    python = empty_venv / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, *install, str(wheel)], check=True, capture_output=True)
    command = [str(empty_venv / "bin" / "saywhen"), "serve", "--host=127.0.0.1", "--port=0"]
    with serving(command, cwd=tmp_path) as server:
        assert urllib.request.urlopen(f"{server.url}/readyz").status == 200
        page = urllib.request.urlopen(server.url).read().decode()
        carried = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
        assert carried
        for path in carried:
            assert urllib.request.urlopen(server.url + path).status == 200
        assert server.end()[0] == 0


@pytest.mark.parametrize("lock", [*LOCKS, APART], ids=lambda lock: lock.stem)
def test_locks_pin_by_hash_and_name_no_place(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|^-|file:|@ ", text, re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert blocks and all("==" in block and "--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("runtime", PROJECT["project"]["dependencies"]),
        ("dev", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]),
        ("build", PROJECT["dependency-groups"]["build"]),
        ("node", PROJECT["dependency-groups"]["node"]),
    ],
)
def test_locks_hold_what_the_project_asks_for(lock: str, wanted: list[str | object]) -> None:
    pins = _pins(ROOT / "locks" / f"{lock}.txt")
    for asked in (Requirement(text) for text in wanted if isinstance(text, str)):
        pinned = str(pins[canonicalize_name(asked.name)].specifier).removeprefix("==")
        assert asked.specifier.contains(pinned), f"{asked} is not {pinned}: make lock"


def test_one_version_everywhere() -> None:
    dev = _pins(ROOT / "locks" / "dev.txt")
    for lock in LOCKS:
        for name, pin in _pins(lock).items():
            assert str(dev[name].specifier) == str(pin.specifier), f"{lock.stem}: {name}"


def test_what_pages_carry_is_pinned_as_asked() -> None:
    manifest = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in manifest["dependencies"].items():
        entry = locked[f"node_modules/{name}"]
        assert entry["version"] == version and entry["integrity"].startswith("sha512-")


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.parent.name)
def test_npm_locks_pin_by_integrity_and_name_no_place(lock: Path) -> None:
    locked = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert not any("resolved" in entry for entry in locked.values())
    assert all(entry["integrity"].startswith("sha512-") for name, entry in locked.items() if name)


def test_the_commands_that_are_told_exist() -> None:
    told = "".join((ROOT / name).read_text() for name in ("README.md", ".ci/run"))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", told)) <= targets
