"""Lines of the table, and whether what was promised was kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

NAME_WIDTH = 56


@dataclass(frozen=True)
class Figures:
    """What is told of one series, ms."""

    p50: float
    p95: float
    p99: float
    worst: float


def figures(values_ms: list[float]) -> Figures:
    ordered = sorted(values_ms)
    p50, p95, p99 = (ordered[math.ceil(len(ordered) * share) - 1] for share in (0.5, 0.95, 0.99))
    return Figures(p50, p95, p99, ordered[-1])


def head() -> None:
    print(f"{'ms':<{NAME_WIDTH}}{'p50':>9}{'p95':>9}{'p99':>9}{'worst':>9}")


def row(
    name: str, values_ms: list[float], *, p99: float | None = None, worst: float | None = None
) -> Figures:
    """Print one line; with bounds it also says whether they hold."""
    found = figures(values_ms)
    told = (found.p50, found.p95, found.p99, found.worst)
    line = f"{name:<{NAME_WIDTH}}" + "".join(f"{value:>9.2f}" for value in told)
    if p99 is not None and worst is not None:
        is_kept = found.p99 <= p99 and found.worst <= worst
        line += f"  {_verdict(is_kept)} (≤ {p99:g} p99, ≤ {worst:g} worst)"
    print(line, flush=True)
    return found


def ratio(name: str, one: Figures, other: Figures, most: float | None = None) -> None:
    """Print how many times as much, of p50 and of p99."""
    p50, p99 = one.p50 / other.p50, one.p99 / other.p99
    line = f"{name:<{NAME_WIDTH}}{p50:>8.2f}x{'':>9}{p99:>8.2f}x"
    if most is not None:
        line += f"{'':>9}  {_verdict(p99 <= most)} (p99 ≤ {most:g}x)"
    print(line, flush=True)


def _verdict(is_kept: bool) -> str:
    return "kept" if is_kept else "NOT KEPT"
