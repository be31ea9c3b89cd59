"""A fault is one place of a text, and what stands there instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """`text[start:end]` is spoilt; `what` says how, in one line."""

    start: int
    end: int
    new: str
    what: str

    def planted(self, text: str) -> str:
        """Return the text with this fault in it."""
        return text[: self.start] + self.new + text[self.end :]

    def line(self, text: str) -> int:
        """Return on which line it is."""
        return text.count("\n", 0, self.start) + 1


COMPARED = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "==": "!=", "!=": "==", "===": "!==", "!==": "===",
    "is not": "is", "is": "is not", "not in": "in", "in": "not in",
    "and": "or", "or": "and", "&&": "||", "||": "&&", "+": "-", "-": "+",
}  # fmt: skip


TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def more(number: str) -> str:
    """Return a larger number: a count that is off by one, a time that is twice as long."""
    plain = number.replace("_", "")
    if not plain.isdecimal():
        return str(float(plain) * 2)
    return str(int(plain) + 1 if int(plain) < 10 else int(plain) * 2)
