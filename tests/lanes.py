"""Run the tests in lanes, one a core, each about as long as the other; a third one mostly waits,
and goes before them when it does not: what takes its time is about time.

`python -m tests.lanes` is `make test`, `python -m tests.lanes prove` is `make prove`; what one
names after it goes to pytest as it is, in one lane.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.proof import write_into

YIELDS = ["nice", "-n", "15"]
PYTEST = [sys.executable, "-m", "pytest"]
HANDS = ["tests/browser", "tests/faults/test_cables.py", "tests/faults/test_direct_line.py"]
WAITS = [
    "tests/browser/test_door_to_door.py",
    "tests/browser/test_asked_once_more.py",
    "tests/browser/test_behind_caddy.py",
    "tests/browser/test_foreign_answers.py",
    "tests/browser/test_pairing.py",
    "tests/browser/test_weight_and_latency.py",
    "tests/faults/test_behind_nginx.py",
    "tests/faults/test_two_phones.py",
    "tests/faults/test_poor_wires.py",
    "tests/faults/test_returning_pages.py",
    "tests/faults/test_stopped_server.py",
]
TEST = (
    [*HANDS, *(f"--ignore={part}" for part in WAITS)],
    ["tests", *(f"--ignore={part}" for part in (*HANDS, *WAITS))],
    WAITS,
)
COMPUTES = (
    "core",
    "edge",
    "hub",
    "journal",
    "js",
    "faults/test_simulation.py",
    "browser/test_lighthouse.py",
    "browser/test_every_phase.py",
)
PROVE = (
    ["-m", "prove", "tests/faults", "--ignore=tests/faults/test_simulation.py"],
    ["-m", "prove", *(f"tests/{part}" for part in COMPUTES)],
)
PROMISES = Path("docs/promises.md")


def run(lanes: Sequence[Sequence[str]], **env: str) -> int:
    """Run all at once, the first one's lines first; gives the worst exit code."""
    started = time.monotonic()
    with contextlib.ExitStack() as held:
        kept = [held.enter_context(tempfile.TemporaryFile("w+")) for _ in lanes[1:]]
        running = [
            subprocess.Popen(
                [*([] if lane is WAITS else YIELDS), *PYTEST, *lane],
                stdout=out,
                env={**os.environ, **env},
            )
            for lane, out in zip(lanes, [None, *kept], strict=True)
        ]
        try:
            codes = [one.wait() for one in running]
        finally:
            for one in running:
                one.kill()
        for output in kept:
            output.seek(0)
            sys.stdout.write(output.read())
    print(f"\n{len(lanes)} lanes in {time.monotonic() - started:.0f} s, exit codes {codes}")
    return max(abs(code) for code in codes)


def main(args: Sequence[str]) -> int:
    """Choose the lanes."""
    if args[:1] == ["prove"]:
        with tempfile.TemporaryDirectory() as folder:
            code = run([[*args[1:]]] if args[1:] else PROVE, PROVE="100", PROVE_INTO=folder)
            write_into(PROMISES, Path(folder))
            return code
    return run([args] if args else TEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
