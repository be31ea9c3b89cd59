"""content/ -> a frozen, validated Library. A broken file stops the start, named with its field.

A leaf: knows the core's types and nothing else of the app. Every line of content says whether it
is from the source article or an addition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from app.content.checks import check_move, check_stretch
from app.content.files import (
    BodyMapFile,
    Move,
    Part,
    Phrases,
    PlaceFile,
    PresetFile,
    RoutinesFile,
    Safety,
    Source,
    Stretch,
    WarmUpFile,
    Wording,
    read_part,
)
from app.content.leaflets import Leaflet, parse_leaflet
from app.content.wording import check_phrases, check_words
from app.core.model import Place, Routine, RoutineItem, StretchFacts, StretchId
from app.core.routine import items_json, total_ms
from app.errors import ContentError

T = TypeVar("T", bound=Part)
# What the fields of a stretch were called before; outside programs may still use these names.
OLDER_NAMES = {
    "come_out_s": "way_back_s",
    "partner_cues": "holding_cues",
    "way_down": "way_back",
}
MAP_WIDTH, MAP_HEIGHT = 136, 430  # of the body map
PHRASE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Preset:
    """A routine that comes with the app; `total_s` is its honest length."""

    id: str
    name: str
    routine: Routine
    total_s: int


@dataclass(frozen=True)
class Zone:
    """One place of the body map, as it is drawn: box is x, y, width, height."""

    id: str
    name: str
    view: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Library:
    """All content, checked. Mappings keep the order of the files."""

    stretches: Mapping[str, Stretch]
    presets: Mapping[str, Preset]
    default_preset: str
    safety: Safety
    places: Mapping[str, Zone]
    words: tuple[str, ...]
    learn: Mapping[str, Leaflet]
    phrases: Phrases
    source: Source
    warm_up: tuple[Move, ...]

    def facts(self, stretch: str) -> StretchFacts:
        """Return what the rules need of a stretch."""
        return _facts(self.stretches[stretch])

    @cached_property
    def all_facts(self) -> Mapping[StretchId, StretchFacts]:
        """Return the facts of every stretch."""
        return {StretchId(id): self.facts(id) for id in self.stretches}

    def total_s(self, routine: Routine) -> int:
        """Return how long a routine takes, in seconds."""
        return round(total_ms(routine, self.all_facts) / 1000)

    def minutes(self, routine: Routine) -> int:
        """Return how long a routine takes, in whole minutes."""
        return round(self.total_s(routine) / 60)

    def stretches_json(self) -> list[dict[str, Any]]:
        """List all stretches in short."""
        return [
            {"id": s.id, "name": s.words.name, "sided": s.sided, "summary": s.words.summary.text}
            for s in self.stretches.values()
        ]

    def stretch_json(self, stretch: str) -> dict[str, Any]:
        """Return all about one stretch but how it is drawn; older names too, for older programs."""
        told = self.stretches[stretch].model_dump(mode="json", by_alias=True, exclude={"figure"})
        return told | {older: told[name] for older, name in OLDER_NAMES.items()}

    def routines_json(self) -> list[dict[str, Any]]:
        """List the presets."""
        return [
            {
                "id": preset.id,
                "name": preset.name,
                "total_s": preset.total_s,
                "is_default": preset.id == self.default_preset,
                "routine": {
                    "warm_up_s": preset.routine.warm_up_s,
                    "items": items_json(preset.routine),
                },
            }
            for preset in self.presets.values()
        ]

    def body_map_json(self) -> dict[str, Any]:
        """List the places by view."""
        return {
            "width": MAP_WIDTH,
            "height": MAP_HEIGHT,
            "places": [
                {"id": z.id, "name": z.name, "view": z.view, "box": z.box}
                for z in self.places.values()
            ],
        }

    def safety_json(self) -> dict[str, Any]:
        """Return the screening list, the helper's rules, and when to get help."""
        asked = {"id", "text", "clearable", "standing", "advice"}
        safety = self.safety
        return {
            "screening": {
                "list": safety.version,
                "questions": [q.model_dump(include=asked) for q in safety.questions],
            },
            "rules": [line.text for line in safety.rules],
            "emergency_call": safety.emergency_call.text,
            "emergency_with": safety.emergency_with.text,
            "emergency": [line.text for line in safety.emergency],
            "soon_with": safety.soon_with.text,
            "soon": [line.text for line in safety.soon],
        }


def load_library(folder: Path, language: str = "en") -> Library:
    """Read all of content/. Raises ContentError with file, field and what is wrong."""
    del language  # one language so far; its files would lie in a folder of their own
    phrases = _read(folder / "phrases.toml", Phrases)
    wording = _read(folder / "wording.toml", Wording)
    check_phrases(phrases, wording)
    stretches = {}
    for file in sorted((folder / "stretches").glob("*.toml")):
        stretch = _read(file, Stretch, phrases)
        if stretch.id != file.stem:
            raise ContentError(f"{file.name}: id: is {stretch.id!r}, not the file's name")
        stretches[stretch.id] = stretch
    places = _zones(_read(folder / "bodymap.toml", BodyMapFile))
    for stretch in stretches.values():
        check_stretch(stretch, places)
        check_words(stretch, wording)
    routines = _read(folder / "routines.toml", RoutinesFile)
    presets = {preset.id: _preset(preset, stretches) for preset in routines.presets}
    if routines.default not in presets:
        raise ContentError(f"routines.toml: default: there is no preset {routines.default!r}")
    safety = _read(folder / "safety.toml", Safety, phrases)
    words = tuple(_text(folder / "words.txt").split())
    if len(set(words)) < 100:
        raise ContentError("words.txt: needs at least 100 different words")
    learn = _leaflets(folder / "learn", phrases)
    source = _read(folder / "source.toml", Source)
    return Library(
        *(stretches, presets, routines.default, safety, places, words, learn, phrases, source),
        _moves(folder / "warm_up.toml"),
    )


def _moves(file: Path) -> tuple[Move, ...]:
    moves = _read(file, WarmUpFile).moves
    for move in moves:
        check_move(file.name, move)
    return moves


def _leaflets(folder: Path, phrases: Phrases) -> Mapping[str, Leaflet]:
    files = sorted(folder.glob("*.md"))
    read = [parse_leaflet(file.name, _filled(file, phrases)) for file in files]
    return {leaflet.slug: leaflet for leaflet in sorted(read, key=lambda one: one.order)}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as e:
        raise ContentError(f"{file.name}: can't be read: {e}") from e


def _filled(file: Path, phrases: Phrases | None) -> str:
    """Return a file's text with the phrases put in that it names."""
    text = _text(file)
    for name in PHRASE.findall(text) if phrases else ():
        if name not in Phrases.model_fields:
            raise ContentError(f"{file.name}: phrases.toml has no {name!r}")
        text = text.replace(f"{{{{{name}}}}}", getattr(phrases, name))
    return text


def _read(file: Path, kind: type[T], phrases: Phrases | None = None) -> T:
    return read_part(kind, file.name, _filled(file, phrases))


def _facts(stretch: Stretch) -> StretchFacts:
    return StretchFacts(
        stretch=StretchId(stretch.id),
        sided=stretch.sided,
        way_back_ms=stretch.way_back_s * 1000,
        expected={
            side: frozenset(Place(place) for place in places)
            for side, places in stretch.expected.items()
        },
    )


def _preset(preset: PresetFile, stretches: Mapping[str, Stretch]) -> Preset:
    for item in preset.items:
        if item.stretch not in stretches:
            raise ContentError(
                f"routines.toml: presets.{preset.id}: there is no stretch {item.stretch!r}"
            )
    items = tuple(
        RoutineItem(StretchId(i.stretch), i.hold_s, i.reps, i.rest_s, i.first_side)
        for i in preset.items
    )
    routine = Routine(items, preset.warm_up_s, preset.name)
    facts = {StretchId(id): _facts(stretch) for id, stretch in stretches.items()}
    return Preset(preset.id, preset.name, routine, round(total_ms(routine, facts) / 1000))


def _zones(body_map: BodyMapFile) -> Mapping[str, Zone]:
    """Return the places as they are drawn: in front, the client's right is on our left."""
    return {zone.id: zone for place in body_map.places for zone in _zones_of(place)}


def _zones_of(place: PlaceFile) -> Iterator[Zone]:
    if not place.sided:
        yield Zone(place.id, place.name, place.view, place.box)
        return
    x, y, width, height = place.box
    here, there = ("left", "right") if place.view == "back" else ("right", "left")
    name = place.name
    yield Zone(f"{place.id}_{here}", f"{here.capitalize()} {name}", place.view, place.box)
    mirrored = (MAP_WIDTH - x - width, y, width, height)
    yield Zone(f"{place.id}_{there}", f"{there.capitalize()} {name}", place.view, mirrored)
