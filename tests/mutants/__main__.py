"""Plant faults in the product, one at a time, and see whether the nearest tests notice.

`python -m tests.mutants [--count 40] [--seed 1] [--wide] [area or file ...]`: a seeded sample of
each area, or of the files named. Faults are planted in a copy of the tree, which itself is left
alone. The phase table has a proof that tries every fault of it: tests/core/mutants.py.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mutants import in_js, in_python
from tests.mutants.faults import Fault
from tests.mutants.nearest import AREAS, Area

ROOT = Path(__file__).parent.parent.parent
READERS = {".py": in_python.faults, ".js": in_js.faults}
PATIENCE = 4  # times what the tests take without a fault: then it hangs, which is noticed
AT_LEAST_S = 30.0
# Loaded once, so that each fault's tests begin at once; never a module of our own.
AHEAD = (
    "fastapi", "httpx", "hypothesis", "jinja2", "markdown_it", "msgspec", "prometheus_client",
    "pydantic", "quickjs", "structlog", "uvicorn", "websockets.asyncio.client",
)  # fmt: skip
LOADED_AHEAD = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"


@dataclass(frozen=True)
class Planted:
    """One fault of one file."""

    area: str
    file: str
    fault: Fault
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.fault.what}"


class Copy:
    """The tree once more, where faults are planted."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        self._said = folder / "said"
        listed = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.root / name)
        vendored = ROOT / "static" / "vendor"
        if vendored.exists():
            (self.root / "static" / "vendor").symlink_to(vendored)

    def said(self) -> str:
        """Return the last line that the tests printed."""
        return self._said.read_text(encoding="utf-8", errors="replace")[-2_000:]

    @contextmanager
    def with_fault(self, planted: Planted) -> Iterator[None]:
        """Spoil the file within this."""
        file = self.root / planted.file
        true = file.read_text(encoding="utf-8")
        file.write_text(planted.fault.planted(true), encoding="utf-8")
        for stale in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
            stale.unlink()
        try:
            yield
        finally:
            file.write_text(true, encoding="utf-8")

    def passes(self, tests: Sequence[str], within_s: float) -> bool:
        """Return whether all of these tests pass here."""
        child = os.fork()
        if child == 0:
            self._run(tests)
        ends_at = time.monotonic() + within_s
        while time.monotonic() < ends_at:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status == 0
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return False

    def _run(self, tests: Sequence[str]) -> None:
        """In the child: be pytest, in the copy."""
        code = 3
        try:
            os.setsid()
            os.chdir(self.root)
            sys.path[:] = [str(self.root), *(one for one in sys.path if one not in ("", str(ROOT)))]
            for name in [one for one in sys.modules if one.split(".")[0] in ("tests", "app")]:
                del sys.modules[name]
            sys.dont_write_bytecode = True
            said = os.open(self._said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for stream in (1, 2):
                os.dup2(said, stream)
            code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", LOADED_AHEAD, *tests])
        finally:
            os._exit(int(code))


def sampled(
    name: str, files: Sequence[Path], count: int, seed: int, named: Sequence[str] = ()
) -> list[Planted]:
    """Choose so many faults of these files, always the same for one seed."""
    every = []
    lines = [one for one in named if ":" in one]
    for file in files:
        text = file.read_text(encoding="utf-8")
        path = str(file.relative_to(ROOT))
        found = [Planted(name, path, one, one.line(text)) for one in READERS[file.suffix](text)]
        mine = [one for one in found if any(f"{path}:{one.line}".endswith(at) for at in lines)]
        every += mine if lines else found
    picked = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(picked, key=lambda one: (one.file, one.fault))


class Hunt:
    """Tries faults in one copy; `took` knows how long tests last without one."""

    def __init__(self, copy: Copy, *, is_wide: bool) -> None:
        self._copy = copy
        self._is_wide = is_wide
        self._took: dict[tuple[str, ...], float] = {}

    def survives(self, planted: Planted, area: Area) -> bool:
        """Return whether neither the nearest tests notice, nor the wider ones if those are run."""
        nearest = area.nearest(ROOT / planted.file)
        rounds = (nearest, area.wider) if self._is_wide else (nearest,)
        return all(self._is_unnoticed(planted, tests) for tests in rounds)

    def _is_unnoticed(self, planted: Planted, tests: tuple[str, ...]) -> bool:
        there = tuple(one for one in tests if (ROOT / one.split("::")[0]).exists())
        within_s = self._patience_s(there)
        with self._copy.with_fault(planted):
            return self._copy.passes(there, within_s)

    def _patience_s(self, tests: tuple[str, ...]) -> float:
        if tests not in self._took:
            began = time.monotonic()
            if not self._copy.passes(tests, 3600):
                raise SystemExit(f"These do not pass without any fault:\n{self._copy.said()}")
            self._took[tests] = time.monotonic() - began
        return max(AT_LEAST_S, PATIENCE * self._took[tests])


def table(tried: Sequence[Planted], survivors: Sequence[Planted]) -> str:
    """Return the table, and the survivors below it."""
    lines = ["| area | file | faults | noticed | survived |", "|---|---|---|---|---|"]
    for file in dict.fromkeys(one.file for one in tried):
        mine = [one for one in tried if one.file == file]
        left = sum(one.file == file for one in survivors)
        lines.append(f"| {mine[0].area} | {file} | {len(mine)} | {len(mine) - left} | {left} |")
    noticed = len(tried) - len(survivors)
    lines.append(f"| all | | {len(tried)} | {noticed} | {len(survivors)} |")
    return "\n".join([*lines, "", *map(str, survivors)])


def chosen(asked: argparse.Namespace) -> Iterator[tuple[Area, Planted]]:
    """Return the faults to try, area by area; if a line is named, all of its faults."""
    named = [one for one in asked.only if one not in AREAS]
    for name, area in AREAS.items():
        files = area.files(ROOT)
        if asked.only and name not in asked.only:
            files = [one for one in files if any(_is_in(str(one), place) for place in named)]
        for planted in sampled(name, files, asked.count, asked.seed, named):
            yield area, planted


def _is_in(file: str, place: str) -> bool:
    return file.endswith(place.partition(":")[0])


def main(args: Sequence[str]) -> int:
    """Try the faults asked for, and print the table."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Plants faults, seeded.")
    parser.add_argument("--count", type=int, default=40, help="of each area")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wide", action="store_true", help="try survivors on more tests")
    parser.add_argument("only", nargs="*", help=f"areas ({', '.join(AREAS)}), files or file:line")
    asked = parser.parse_args(args)
    for module in AHEAD:
        importlib.import_module(module)
    tried: list[Planted] = []
    survivors: list[Planted] = []
    with tempfile.TemporaryDirectory() as folder:
        hunt = Hunt(Copy(Path(folder)), is_wide=asked.wide)
        for area, planted in chosen(asked):
            tried.append(planted)
            if hunt.survives(planted, area):
                survivors.append(planted)
                print(f"survived: {planted}", file=sys.stderr, flush=True)
    print(table(tried, survivors))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
