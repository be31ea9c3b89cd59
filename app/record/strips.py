"""The record -> strips: for each hold a time bar, with every signal on it by its shape.

Words come from the template, shapes from the sprite, colours from CSS classes: one drawing serves
day, night and every language. All strips of a record share one scale. Times are milliseconds
since the start of easing in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from app.content.library import Library
from app.core.model import Side

WIDTH, MARK, LANE, BAR = 320, 24, 27, 16
EDGE = 1  # marks at the very ends may stand over it
SHORTEST_SPAN_MS = 10_000
# kind -> the symbol that shows it; hidden and restarted are in parts/strips.html.
SHAPES = {
    "good": "good",
    "ease": "ease",
    "stop": "stop",
    "pain": "pain",
    "contact": "lost",
    "hidden": "hidden-mark",
    "restarted": "restarted-mark",
}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """One signal on a strip."""

    at_ms: int
    kind: str
    by: str

    @property
    def at_s(self) -> int:
        return round(self.at_ms / 1000)

    @property
    def shape(self) -> str:
        return SHAPES[self.kind]


@dataclass(frozen=True, slots=True)
class Strip:
    """One try at a hold; `held` lists the parts of time in which it was held."""

    number: int
    stretch: str
    side: str
    side_name: str | None
    rep: int
    reps: int
    is_again: bool
    planned_ms: int
    held_ms: int
    outcome: str
    wish: str | None
    marks: tuple[Mark, ...]
    held: tuple[Span, ...]

    @property
    def planned_s(self) -> int:
        return round(self.planned_ms / 1000)

    @property
    def held_s(self) -> int:
        return self.held_ms // 1000

    @property
    def left_over(self) -> Span:
        """Return what was planned and not held, where it would have been."""
        last_mark_ms = self.marks[-1].at_ms if self.marks else 0
        start_ms = self.held[-1][1] if self.held else last_mark_ms
        return start_ms, start_ms + max(0, self.planned_ms - self.held_ms)

    @property
    def end_ms(self) -> int:
        return max(self.left_over[1], *(mark.at_ms for mark in self.marks), 0)


@dataclass(frozen=True, slots=True)
class Stretched:
    """All strips of one stretch: a row for each repetition, left beside right."""

    stretch: str
    name: str
    rows: tuple[tuple[Strip, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every strip of a record; `span_ms` is what the full width stands for."""

    span_ms: int
    stretches: tuple[Stretched, ...]


def sheet(record: Mapping[str, Any], library: Library) -> Sheet:
    """Lay out a record's holds."""
    reps = {item["stretch"]: item["reps"] for item in record["routine"]["items"]}
    strips = list(_strips(record["holds"], reps, library))
    span_ms = max([SHORTEST_SPAN_MS, *(strip.end_ms for strip in strips)])
    runs = groupby(strips, key=lambda strip: strip.stretch)
    stretches = (
        Stretched(id, stretch_name(library, id), tuple(_rows(list(run)))) for id, run in runs
    )
    return Sheet(span_ms, tuple(stretches))


def stretch_name(library: Library, stretch: str) -> str:
    """Name a stretch; one that content no longer has is named by its id."""
    known = library.stretches.get(stretch)
    return known.words.name if known else stretch.replace("_", " ").capitalize()


def side_name(library: Library, stretch: str, side: str) -> str | None:
    """Name a side of a stretch, or None where it has none."""
    known = library.stretches.get(stretch)
    if known is None:
        return None if side == Side.BOTH else side.capitalize()
    return known.side_name(Side(side))


def full_name(library: Library, stretch: str, side: str) -> str:
    """Name a stretch and its side."""
    return " · ".join(
        filter(None, [stretch_name(library, stretch), side_name(library, stretch, side)])
    )


def _strips(
    holds: Iterable[Mapping[str, Any]], reps: Mapping[str, int], library: Library
) -> Iterable[Strip]:
    tried: set[int] = set()
    for number, hold in enumerate(holds, 1):
        marks = tuple(Mark(**mark) for mark in hold["marks"])
        stretch, side = hold["stretch"], hold["side"]
        copied = ("rep", "planned_ms", "held_ms", "outcome", "wish")
        yield Strip(
            number=number,
            stretch=stretch,
            side=side,
            side_name=side_name(library, stretch, side),
            reps=reps.get(stretch, hold["rep"]),
            is_again=hold["index"] in tried,
            marks=marks,
            held=_held(marks, hold["held_ms"]),
            **{name: hold[name] for name in copied},
        )
        tried.add(hold["index"])


def _held(marks: Sequence[Mark], held_ms: int) -> tuple[Span, ...]:
    """List the parts: a good that finds the timer frozen starts one, any other signal ends it."""
    parts: list[Span] = []
    since_ms: int | None = None
    left_ms = held_ms
    for mark in marks:
        if mark.kind == "good":
            since_ms = mark.at_ms if since_ms is None else since_ms
        elif since_ms is not None:
            parts.append((since_ms, min(mark.at_ms, since_ms + left_ms)))
            left_ms -= parts[-1][1] - since_ms
            since_ms = None
    if since_ms is not None:
        parts.append((since_ms, since_ms + left_ms))
    return tuple((start, end) for start, end in parts if end > start)


def _rows(strips: Sequence[Strip]) -> Iterable[tuple[Strip, ...]]:
    if strips[0].side == Side.BOTH:
        yield tuple(strips)
        return
    for rep in sorted({strip.rep for strip in strips}):
        row = [strip for strip in strips if strip.rep == rep]
        yield tuple(sorted(row, key=lambda strip: (strip.side == Side.RIGHT, strip.number)))


def draw(strip: Strip, span_ms: int, title: str, desc: str) -> Markup:
    """Draw a strip as SVG; its symbols are those of the page's sprite."""
    name = f"strip{strip.number}"
    lanes = _lanes([_x(mark.at_ms, span_ms) for mark in strip.marks])
    bar_y = (max(lanes, default=-1) + 1) * LANE + 1
    height = bar_y + BAR + 1
    bars = _bars(strip, span_ms, bar_y)
    marks = _marks(strip.marks, lanes, span_ms, bar_y)
    return Markup(
        f'<svg class="strip-drawn" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-labelledby="{name}t" aria-describedby="{name}d">'
        f'<title id="{name}t">{escape(title)}</title><desc id="{name}d">{escape(desc)}</desc>'
        f"{bars}{marks}</svg>"
    )


def _x(at_ms: int, span_ms: int) -> float:
    return round(EDGE + at_ms / span_ms * (WIDTH - 2 * EDGE), 1)


def _lanes(centres: Sequence[float]) -> list[int]:
    """Return for each mark the lowest lane in which it hides no other."""
    last: list[float] = []
    lanes = []
    for x in centres:
        lane = next((n for n, end in enumerate(last) if x - end >= MARK), len(last))
        last[lane : lane + 1] = [x]
        lanes.append(lane)
    return lanes


def _bars(strip: Strip, span_ms: int, y: int) -> str:
    start, end = _x(0, span_ms), _x(strip.end_ms, span_ms)
    middle = y + BAR / 2
    line = f'<path class="strip-line" d="M{start} {middle:g}H{end}"/>'
    left_over = _bar(strip.left_over, span_ms, y, "strip-left-over")
    return line + left_over + "".join(_bar(p, span_ms, y, "strip-held") for p in strip.held)


def _bar(part: Span, span_ms: int, y: int, name: str) -> str:
    start, end = (_x(at_ms, span_ms) for at_ms in part)
    if end <= start:
        return ""
    size = f'width="{round(end - start, 1)}" height="{BAR}"'
    return f'<rect class="{name}" x="{start}" y="{y}" {size} rx="2"/>'


def _marks(marks: Sequence[Mark], lanes: Sequence[int], span_ms: int, bar_y: int) -> str:
    """Draw every mark above its moment, on a stem; stems lie behind shapes."""
    stems, shapes = "", ""
    for mark, lane in zip(marks, lanes, strict=True):
        x = _x(mark.at_ms, span_ms)
        top = bar_y - (lane + 1) * LANE
        stems += f'<path class="strip-stem" d="M{x} {top + MARK}V{bar_y + BAR}"/>'
        shapes += (
            f'<circle class="strip-plate" cx="{x}" cy="{top + MARK / 2:g}" r="{MARK / 2:g}"/>'
            f'<use class="mark {mark.kind}" href="#{mark.shape}" x="{x - MARK / 2:g}" y="{top}"'
            f' width="{MARK}" height="{MARK}"/>'
        )
    return stems + shapes
