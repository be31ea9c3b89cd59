"""Run the tests in two lanes beside each other, each with workers of its own.

What takes its time is about time: it waits for clocks and leases, needs little of a processor, and
goes before the rest when it does. Within a lane, whoever is free takes the next file, longest
first.

`python -m tests.lanes` is `make test`, `… quick` is `make quick`: what needs no browser and no
other process. `… prove` is `make prove`, in four lanes. What one names after it goes to pytest as
it is.
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

YIELDS = ["nice", "-n", "5"]
PYTEST = [sys.executable, "-m", "pytest"]
SHARED = ["--dist", "loadfile", "--no-loadscope-reorder", "-q"]
WAITS = [
    "tests/browser/test_door_to_door.py",
    "tests/faults/test_two_phones.py",
    "tests/browser/test_behind_caddy.py",
    "tests/faults/test_behind_nginx.py",
    "tests/browser/test_foreign_answers.py",
    "tests/faults/test_poor_wires.py",
    "tests/browser/test_pairing.py",
    "tests/faults/test_slow_handshakes.py",
    "tests/faults/test_stopped_server.py",
    "tests/browser/test_asked_once_more.py",
    "tests/browser/test_weight_and_latency.py",
    "tests/faults/test_returning_pages.py",
]
WORKS = ["tests", *(f"--ignore={part}" for part in WAITS)]
TEST = ([*SHARED, "-n", "3", *WORKS], [*SHARED, "-n", "2", *WAITS])
IN_PROCESS = ("core", "hub", "journal", "js", "screen", "edge", "test_*.py")
QUICK = [
    *(
        "-n",
        "2",
        "--dist",
        "loadfile",
        "-q",
        "-m",
        "not browser and not process and not prove and not slow",
    ),
    *(str(path) for part in IN_PROCESS for path in sorted(Path("tests").glob(part))),
]
PAGES = [
    "tests/faults/test_cables.py",
    "tests/faults/test_broken_browsers.py",
    "tests/faults/test_broken_pages.py",
    "tests/faults/test_poor_wires.py",
    "tests/browser",
]
SIMULATION = "tests/faults/test_simulation.py"
PROVE = (
    ["-m", "prove", "tests/faults", *(f"--ignore={part}" for part in [SIMULATION, *PAGES])],
    ["-m", "prove", *PAGES],
    ["-m", "prove", "tests", "--ignore=tests/faults", "--ignore=tests/browser"],
    ["-m", "prove", SIMULATION],
)
PROMISES = Path("docs/promises.md")


def run(lanes: Sequence[Sequence[str]], **env: str) -> int:
    """Run all at once, the first one's lines first; gives the worst exit code."""
    started = time.monotonic()
    with contextlib.ExitStack() as held:
        kept = [held.enter_context(tempfile.TemporaryFile("w+")) for _ in lanes[1:]]
        running = [
            subprocess.Popen(
                [*([] if WAITS[0] in lane else YIELDS), *PYTEST, *lane],
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
    if args[:1] == ["quick"]:
        return run([[*QUICK, *args[1:]]])
    return run([args] if args else TEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
