"""One page of content/learn/: TOML between +++ lines, then Markdown -> a checked Leaflet.

Each paragraph and list item ends with {S} (from the source article) or {A} (an addition of ours);
the marks are taken off, and additions get a span that CSS draws a dot into. Only headings, lists,
emphasis and links are Markdown here: all else is text, so that no line escapes its mark. Reads no
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from pydantic import Field

from app.content.files import Line, Part, Text, read_part
from app.errors import ContentError

FRONT = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+\n", re.DOTALL | re.MULTILINE)
MARK = re.compile(r"\s*\{([SA])\}")
MARKDOWN = MarkdownIt("zero", {"html": False}).enable(["heading", "list", "emphasis", "link"])
ADDITION = '<span class="addition"></span>'


class Front(Part):
    title: Text
    summary: Line
    order: Annotated[int, Field(ge=1, le=99)]


@dataclass(frozen=True)
class Leaflet:
    """A page to learn from, as it is shown."""

    slug: str
    title: str
    summary: Line
    order: int
    body: Markup


def parse_leaflet(file: str, text: str) -> Leaflet:
    """Read one page. Raises ContentError with file, field or line, and what is wrong."""
    front = FRONT.match(text)
    if front is None:
        raise ContentError(f"{file}: front matter: has to stand first, between two lines of +++")
    about = read_part(Front, file, front[1], "front matter: ")
    tokens = MARKDOWN.parse(text[front.end() :])
    offset = text.count("\n", 0, front.end())
    _check_headings(file, offset, tokens)
    for token in _lines(tokens):
        _take_mark(f"{file}: line {offset + _last_line(token)}", token)
    body = Markup(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))
    return Leaflet(file.removesuffix(".md"), about.title, about.summary, about.order, body)


def _check_headings(file: str, offset: int, tokens: list[Token]) -> None:
    """Check that the text begins at ## and skips no level: the title is the page's one h1."""
    level = 1
    for token in tokens:
        if token.type == "heading_open":
            before, level = level, int(token.tag[1:])
            if not 2 <= level <= before + 1:
                where = f"{file}: line {offset + _last_line(token)}"
                raise ContentError(f"{where}: a heading of level {level} after level {before}")


def _lines(tokens: list[Token]) -> Iterator[Token]:
    """Yield the text of every paragraph and list item."""
    for opening, token in pairwise(tokens):
        if token.type == "inline" and opening.type != "heading_open":
            yield token


def _last_line(token: Token) -> int:
    return token.map[1] if token.map else 0


def _take_mark(where: str, line: Token) -> None:
    marks = list(MARK.finditer(line.content))
    if not marks or marks[-1].end() != len(line.content):
        raise ContentError(f"{where}: has to end with {{S}} (source) or {{A}} (addition)")
    if len(marks) > 1:
        raise ContentError(f"{where}: has more than one mark; one, at its end, is for all of it")
    assert line.children  # a line that ends with a mark ends with a piece of text
    line.children[-1].content = MARK.sub("", line.children[-1].content)
    if marks[0][1] == "A":
        line.children.append(Token("html_inline", "", 0, content=ADDITION))
