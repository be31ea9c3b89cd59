"""Faults in a module of the pages: an operator, a bound, a negated condition, a statement gone.

They are found in its tokens, not in a syntax tree; what no longer parses is not a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutants.faults import COMPARED, TURNED, Fault, more
from tests.support.js import is_readable

_LEFT = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r"|`(?:\\.|[^`\\])*`|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|(?<=[(,=:!&|?])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*",
    re.DOTALL,
)
_WORD = re.compile(
    r"(?P<number>(?<![\w$.#])\d[\d_]*(?:\.\d+)?(?![\w.]))"
    r"|(?P<not>(?<![=!])!(?![=!]))"
    r"|(?P<compared>(?<![=<>!])(?:===|!==|<=|>=|<|>(?!>))(?![=>]))"
    r"|(?P<joined>&&(?!=)|\|\|(?!=)|(?<=\s)[+-](?=\s))"
    r"|(?P<truth>\b(?:true|false)\b)"
    r"|(?P<swapped>\bMath\.(?:min|max)\b|\.(?:some|every)(?=\())"
    r"|(?P<condition>\bif \()"
)
# Where a page's clock counts milliseconds, `<` is `<=` for everybody: it is turned round instead.
_INSTEAD = COMPARED | TURNED | {
    "true": "false", "false": "true", "Math.min": "Math.max", "Math.max": "Math.min",
    ".some": ".every", ".every": ".some",
}  # fmt: skip
_WORDS = re.compile(r'\[("\w+"(?:, "\w+")+)\]')
_EFFECT = re.compile(
    r"^[ ]+(?!return|const|let|for|while|throw|import|export|case|else|\})\S[^\n]*;$", re.M
)


@dataclass
class _Text:
    """A module, and the same with blanks for what is no program: comments and literals."""

    text: str
    bare: str


def faults(text: str) -> list[Fault]:
    """List every fault of one module, in order."""
    bare = _LEFT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    found = [*_in_words(_Text(text, bare)), *_one_less(text, bare), *_gone(text, bare)]
    return sorted({one for one in found if is_readable(one.planted(text))})


def _in_words(module: _Text) -> Iterator[Fault]:
    for found in _WORD.finditer(module.bare):
        old, (start, end) = found[0], found.span()
        match found.lastgroup:
            case "number":
                yield Fault(start, end, more(old), f"{old} -> {more(old)}")
            case "not":
                yield Fault(start, end, "", "no `!`")
            case "compared" | "joined" | "truth" | "swapped":
                yield Fault(start, end, _INSTEAD[old], f"{old} -> {_INSTEAD[old]}")
            case "condition":
                until = _closing(module.bare, end)
                inner = module.text[end:until]
                said = " ".join(inner.split())[:50]
                yield Fault(end, until, f"!({inner})", f"not: {said}")


def _closing(bare: str, start: int) -> int:
    """Return where the bracket that was opened just before `start` is closed."""
    depth = 1
    for at in range(start, len(bare)):
        depth += {"(": 1, ")": -1}.get(bare[at], 0)
        if depth == 0:
            return at
    return len(bare)


def _one_less(text: str, bare: str) -> Iterator[Fault]:
    """One of several words that are listed is forgotten."""
    for found in _WORDS.finditer(text):
        if bare[found.start()] != "[":
            continue
        words = found[1].split(", ")
        for word in words:
            left = ", ".join(one for one in words if one != word)
            yield Fault(*found.span(1), left, f"without {word}")


def _gone(text: str, bare: str) -> Iterator[Fault]:
    """A line that is a whole statement, and only has an effect."""
    for found in _EFFECT.finditer(bare):
        line = found[0]
        if all(line.count(a) == line.count(b) for a, b in ("()", "[]", "{}")):
            start, end = found.span()
            said = " ".join(text[start:end].split())[:60]
            yield Fault(start, end, ";", f"gone: {said}")
