"""What words may not do: a way back that can be obeyed as force, a holding cue that asks for more.

Pure. The words themselves are content: they differ by language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.content.files import Line, Phrases, Stretch, Wording
from app.errors import ContentError

CLAUSE = re.compile(r"[.,;:!?]|\band\b|\bthen\b|\bbut\b")
WORD = re.compile(r"[a-z']+")
NO_MORE = re.compile(r"\b(?:no|not|never) [a-z]+")


def obeyed_as_force(text: str, wording: Wording) -> str | None:
    """Return the first verb in `text` that can be obeyed as force, or that lets go; else None."""
    low = text.lower()
    for said in wording.lets_go:
        if said in low:
            return said
    return next(filter(None, (_order(one, wording) for one in CLAUSE.split(low))), None)


def _order(clause: str, wording: Wording) -> str | None:
    words = [word for word in WORD.findall(clause) if word not in wording.how]
    return words[0] if words and words[0] in wording.force else None


def asks_for_more(text: str, wording: Wording) -> str | None:
    """Return the first word in `text` that asks a helper who holds for more, else None."""
    words = WORD.findall(NO_MORE.sub(" ", text.lower()))
    more = wording.more
    return next((word for word in words if word in more or word.removesuffix("s") in more), None)


def check_phrases(phrases: Phrases, wording: Wording) -> None:
    """Raise ContentError where what is said when force must go can be obeyed as force."""
    for name, text in phrases.model_dump().items():
        _refuse("phrases.toml", name, obeyed_as_force(text, wording), "can be obeyed as force")


def check_words(stretch: Stretch, wording: Wording) -> None:
    """Raise ContentError for a way back or a holding cue that could be obeyed the wrong way."""
    file = f"{stretch.id}.toml"
    for field, line in _numbered("way_back", stretch.way_back):
        _refuse(file, field, obeyed_as_force(line.text, wording), "can be obeyed as force")
        said = [word for word in stretch.never_back if _says(line.text, word)]
        _refuse(file, field, next(iter(said), None), "is the stretch itself here")
    for field, line in _numbered("place_advice", stretch.place_advice):
        _refuse(file, field, obeyed_as_force(line.text, wording), "can be obeyed as force")
    for field, line in _numbered("holding_cues", stretch.holding_cues):
        _refuse(file, field, asks_for_more(line.text, wording), "asks for more while holding")


def _numbered(name: str, lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    return ((f"{name}.{number}", line) for number, line in enumerate(lines))


def _says(text: str, word: str) -> bool:
    return word.lower() in WORD.findall(text.lower())


def _refuse(file: str, field: str, word: str | None, why: str) -> None:
    if word is not None:
        raise ContentError(f"{file}: {field}: {word!r} {why}")
