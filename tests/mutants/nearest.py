"""Which tests are nearest to a file. Files are found by name, so they may move within an area.

With `--wide` a survivor of the nearest tests is tried once more on the area's wider ones, and
counts as noticed where those notice it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Area:
    """A folder of the product; `also` names tests by the file's stem, those of `common` are added.

    `leaves` are data that another proof spoils (the phase table), or that decide nothing.
    """

    folder: str
    suffix: str
    common: tuple[str, ...]
    wider: tuple[str, ...]
    also: dict[str, tuple[str, ...]]
    leaves: tuple[str, ...] = ()

    def files(self, root: Path) -> list[Path]:
        """List the files that faults are planted in."""
        found = sorted((root / self.folder).rglob(f"*{self.suffix}"))
        return [one for one in found if one.stem not in {"__init__", *self.leaves}]

    def nearest(self, file: Path) -> tuple[str, ...]:
        """Return the tests to run first, the likeliest to notice before the others."""
        return tuple(dict.fromkeys((*self.also.get(file.stem, ()), *self.common)))


_HUB = "tests/hub/test_"
_JOURNAL = "tests/journal/test_"
_CORE = "tests/core/test_"


def _js(names: str) -> tuple[str, ...]:
    return tuple(f"tests/js/test_{name}.py" for name in names.split())


AREAS = {
    "hub": Area(
        "app/hub",
        ".py",
        common=("tests/hub",),
        wider=(
            "tests/faults/test_room_errors.py",
            "tests/faults/test_clock_steps.py",
            "tests/edge/test_three_devices.py",
            "tests/edge/test_displays_and_seats.py",
            "tests/edge/test_signals.py",
            "tests/edge/test_keeps.py",
            "tests/edge/test_asking_again.py",
            "tests/edge/test_leaflets.py",
            "tests/edge/test_nobody_gets_lost.py",
            "tests/faults/test_stalled_readers.py",
            "tests/faults/test_simulation.py",
        ),
        also={
            "presence": ("tests/edge/test_asking_again.py", "tests/edge/test_three_devices.py"),
            "lag": ("tests/edge/test_lag.py",),
            "keeping": ("tests/edge/test_keeps.py",),
            "rooms": ("tests/edge/test_keeps.py",),
            "listeners": (f"{_HUB}late.py", f"{_HUB}twin_tabs.py"),
        },
    ),
    "journal": Area(
        "app/journal",
        ".py",
        common=(
            f"{_JOURNAL}contract.py",
            f"{_JOURNAL}power_cut.py",
            f"{_JOURNAL}writer.py",
            f"{_JOURNAL}sqlite.py",
        ),
        wider=("tests/journal", "tests/faults/test_disk.py"),
        also={
            "backup": (f"{_JOURNAL}backup.py",),
            "damage": (f"{_JOURNAL}start_up.py",),
            "schema": (f"{_JOURNAL}wal.py",),
            "wal": (f"{_JOURNAL}wal.py",),
            "erased": (f"{_JOURNAL}erased.py",),
            "folder": (f"{_JOURNAL}start_up.py", f"{_JOURNAL}backup.py"),
        },
        leaves=("port", "directory"),
    ),
    "core": Area(
        "app/core",
        ".py",
        common=(
            f"{_CORE}way_of_a_session.py",
            f"{_CORE}stop.py",
            f"{_CORE}pain.py",
            f"{_CORE}routine.py",
            f"{_CORE}gentler.py",
            f"{_CORE}one_phone.py",
            f"{_CORE}screening.py",
            f"{_CORE}severity_never_falls.py",
            f"{_CORE}remembered.py",
            f"{_JOURNAL}golden.py",
            "tests/hub",
            f"{_CORE}any_session.py",
        ),
        wider=(
            f"{_CORE}sketch.py",
            f"{_CORE}record.py",
            f"{_CORE}phase_table.py",
            "tests/edge/test_three_devices.py",
            "tests/edge/test_signals.py",
            f"{_CORE}every_way.py::test_every_way_keeps_every_law_and_leads_to_an_end",
        ),
        also={
            "record": (f"{_CORE}record.py", "tests/screen/test_strips.py"),
            "stored": (f"{_JOURNAL}golden.py", f"{_JOURNAL}contract.py"),
            "upcast": (f"{_JOURNAL}golden.py",),
            "routine": (f"{_CORE}routine.py",),
        },
        leaves=("phases", "model", "commands", "events", "diagram"),
    ),
    "js": Area(
        "static/js",
        ".js",
        common=_js("fingers on_the_glass life_of_a_page"),
        wider=("tests/js", "tests/faults/test_simulation.py"),
        also={
            "alerts": _js("direct_line urgent_taps link facts_of_a_phase"),
            "repeat": _js("what_is_played played_on_the_page"),
            "answer": _js("foreign_answers"),
            "ask": _js("answers_and_clocks foreign_answers"),
            "believed": _js("foreign_answers link"),
            "check": _js("foreign_answers"),
            "clock": _js("answers_and_clocks"),
            "countdown": _js("failsafe breath"),
            "cues": _js("cues what_is_played played_on_the_page"),
            "diagnose": _js("foreign_answers"),
            "facts": _js("facts_of_a_phase display failsafe breath silence urgent_taps"),
            "failsafe": _js("failsafe"),
            "player": _js("played_on_the_page what_is_played"),
            "link": _js("link urgent_taps failsafe broken_parts"),
            "onlooker": _js("display played_on_the_page"),
            "phone": _js("answers_and_clocks"),
            "queue": _js("queue played_on_the_page"),
            "reload": _js("foreign_answers"),
            "seats": _js("other_phone one_phone"),
            "direct_line": _js("direct_line"),
            "sound": _js("sound played_on_the_page"),
            "thumb": _js("thumb"),
            "urgent": _js("urgent_taps broken_parts direct_line"),
            "voice": _js("played_on_the_page"),
            "wake": _js("wake"),
            "warm_up": _js("warm_up"),
        },
        # What only a browser has is tested by tests/browser; the notes of the tones are data.
        leaves=(
            "tones", "homescreen", "start", "join", "home", "share", "worker", "alive", "parts",
            "staying", "questions", "standing", "announce", "data_channel", "kept",
        ),
    ),
}  # fmt: skip
