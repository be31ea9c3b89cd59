"""Put what `make bench` printed into docs/performance.md: `python -m bench.fill < printed`.

A table of the document is replaced by the one that begins with the same cell; all else stays.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent / "docs/performance.md"
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def filled(document: str, printed: str) -> str:
    """Return the document with the newest tables in it."""
    found = {_name(table[0]): _narrow(table[0]) for table in TABLE.finditer(printed)}
    return TABLE.sub(lambda table: found.get(_name(table[0]), table[0]), document)


def _name(table: str) -> str:
    return table.split("|")[1].strip()


def _narrow(table: str) -> str:
    return re.sub(r" {2,}", " ", table)


if __name__ == "__main__":
    DOCUMENT.write_text(filled(DOCUMENT.read_text(), sys.stdin.read()))
