"""Markdown tables, and whether what was promised was kept: docs/performance.md takes them as is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

NAME_WIDTH = 58
CELL_WIDTH = 9
MS = ("p50 ms", "p95 ms", "p99 ms", "worst ms")


@dataclass(frozen=True)
class Figures:
    """What is told of one series, ms."""

    p50: float
    p95: float
    p99: float
    worst: float


@dataclass(frozen=True)
class Target:
    """What a figure must reach: at most so much, or at least."""

    bound: float
    unit: str
    is_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.bound:g}{self.unit}"

    def verdict(self, value: float) -> str:
        return _verdict(value >= self.bound if self.is_least else value <= self.bound)


@dataclass(frozen=True)
class Reached:
    """A figure that has a target, once for each round."""

    name: str
    values: Sequence[float]
    target: Target

    def cells(self) -> list[str]:
        middle = statistics.median(self.values)
        spread = f"{_short(min(self.values))}-{_short(max(self.values))}"
        told = f"{_short(middle)}{self.target.unit}"
        return [told, spread, str(self.target), self.target.verdict(middle)]


def figures(values_ms: list[float]) -> Figures:
    ordered = sorted(values_ms)
    p50, p95, p99 = (ordered[math.ceil(len(ordered) * share) - 1] for share in (0.5, 0.95, 0.99))
    return Figures(p50, p95, p99, ordered[-1])


def head(name: str, *columns: str) -> None:
    """Begin a table."""
    print()
    line(name, *columns)
    line("---", *["---:"] * len(columns))


def line(name: str, *cells: str) -> None:
    """Print one line of a table."""
    told = "".join(f" {cell:>{CELL_WIDTH}} |" for cell in cells)
    print(f"| {name:<{NAME_WIDTH}} |{told}", flush=True)


def series(values: Sequence[float]) -> list[str]:
    """Return the median and the spread of what the rounds gave, as cells."""
    return [_short(statistics.median(values)), f"{_short(min(values))}-{_short(max(values))}"]


def by_round(ours: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return how many times the other's each figure is, round by round."""
    return [one / other if other else math.inf for one, other in zip(ours, others, strict=True)]


def row(
    name: str, values_ms: list[float], *, p99: float | None = None, worst: float | None = None
) -> Figures:
    """Print one line of times; with bounds it also says whether they hold."""
    found = figures(values_ms)
    cells = [f"{value:.2f}" for value in (found.p50, found.p95, found.p99, found.worst)]
    if p99 is not None:
        is_kept = found.p99 <= p99 and (worst is None or found.worst <= worst)
        bounds = f"p99 ≤ {p99:g}" + (f", worst ≤ {worst:g}" if worst is not None else "")
        cells.append(f"{_verdict(is_kept)} ({bounds})")
    line(name, *cells)
    return found


def ratio(name: str, one: Figures, other: Figures, most: float | None = None) -> None:
    """Print how many times as much, of p50 and of p99."""
    p50, p99 = one.p50 / other.p50, one.p99 / other.p99
    cells = [f"{p50:.2f}x", "", f"{p99:.2f}x", ""]
    if most is not None:
        cells.append(f"{_verdict(p99 <= most)} (p99 ≤ {most:g}x)")
    line(name, *cells)


def must_reach(all_reached: Sequence[Reached]) -> None:
    """Print the table of everything that has a target."""
    head("must reach", "median", "spread", "must", "")
    for one in all_reached:
        line(one.name, *one.cells())


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _verdict(is_kept: bool) -> str:
    return "kept" if is_kept else "NOT KEPT"
