"""Proofs of promises: a short seeded slice in `make test`, the long form in `make prove`.

A test marked `prove` opens a `proof`, counts its trials and keeps its worst figure; at the end of
the run all proofs stand in one table. With PROVE_INTO, a folder, they are kept there too.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

LONG = int(os.environ.get("PROVE", "1"))  # how much longer than in `make test`
START, END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass
class Proof:
    """One row: `worst` of the figures that were looked at, in `unit`; `allowed` is the promise."""

    promise: str
    what: str
    unit: str = ""
    allowed: float | None = None
    trials: int = 0
    failures: int = 0
    figures: list[float] = field(default_factory=list)

    def trial(self, figure: float | None = None, times: int = 1) -> None:
        """Count a trial that held, with its figure where it has one."""
        self.trials += times
        if figure is not None:
            self.figures.append(figure)

    def row(self) -> str:
        """Return the row of the table."""
        worst = f"{max(self.figures):.4g} {self.unit}" if self.figures else "-"
        bound = f" (≤ {self.allowed:g} {self.unit})" if self.allowed is not None else ""
        verdict = "FAILED" if self.failures else f"0 failures, under {3 / max(1, self.trials):.2g}"
        return f"| {self.promise} | {self.what} | {self.trials:,} | {worst}{bound} | {verdict} |"


PROOFS: list[Proof] = []


@contextmanager
def proof(promise: str, what: str, unit: str = "", allowed: float | None = None) -> Iterator[Proof]:
    """Keep the figures of a promise, whether it holds or not."""
    found = Proof(promise, what, unit, allowed)
    PROOFS.append(found)
    try:
        yield found
    except BaseException:
        found.failures += 1
        raise


def table(proofs: Sequence[Proof]) -> str:
    """Return proofs as Markdown: trials, worst figure, verdict with its bound.

    With no failure in n trials, 3/n bounds the rate of failure with 95 % confidence.
    """
    rows = sorted(_merged(proofs), key=lambda one: (int(one.promise.strip("P")), one.what))
    head = "| promise | what was tried | trials | worst | verdict |\n|---|---|---|---|---|"
    return "\n".join([head, *(one.row() for one in rows)])


def _merged(proofs: Sequence[Proof]) -> list[Proof]:
    """One row for what several runs of a test have tried."""
    rows: dict[tuple[str, str], Proof] = {}
    for one in proofs:
        row = rows.setdefault(
            (one.promise, one.what), Proof(one.promise, one.what, one.unit, one.allowed)
        )
        row.trials += one.trials
        row.failures += one.failures
        row.figures += one.figures
    return list(rows.values())


def machine() -> str:
    """Return what the figures were taken on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"Commit {commit}, {os.cpu_count()} cores, Python {platform.python_version()}."


def keep_in(folder: Path) -> None:
    """Keep this run's proofs."""
    text = json.dumps([asdict(one) for one in PROOFS])
    (folder / f"{os.getpid()}.json").write_text(text, encoding="utf-8")


def write_into(file: Path, kept: Path) -> None:
    """Put the table of what several runs have kept where the file has its place for it."""
    proofs = [Proof(**one) for run in kept.glob("*.json") for one in json.loads(run.read_text())]
    text = file.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    made = f"{before}{START}\n{machine()}\n\n{table(proofs)}\n{END}{after}"
    file.write_text(made, encoding="utf-8")
