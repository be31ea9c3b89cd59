"""The record as a table for spreadsheets: a row for each hold, then one for each of its marks.

Sums stay right: planned and held times stand in the hold's own row only. A cell that a spreadsheet
would run as a formula is quoted (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

OF_HOLD = ("hold", "stretch", "side", "rep")
OF_RESULT = ("planned_ms", "held_ms", "outcome", "wish")
OF_MARK = ("at_ms", "kind", "by")
COLUMNS = (*OF_HOLD, *OF_RESULT, *OF_MARK)
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_of(record: Mapping[str, Any]) -> str:
    """Write a record as CSV, lines ending as RFC 4180 has them; `hold` counts tries from 1."""
    text = StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in _rows(record):
        table.writerow([_safe(row.get(column)) for column in COLUMNS])
    return text.getvalue()


def _rows(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for number, hold in enumerate(record["holds"], 1):
        which = {"hold": number} | {name: hold[name] for name in OF_HOLD[1:]}
        yield which | {name: hold[name] for name in OF_RESULT} | {"kind": "hold"}
        for mark in hold["marks"]:
            yield which | {name: mark[name] for name in OF_MARK}


def _safe(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(STARTS_A_FORMULA)
    return f"'{cell}" if is_formula else cell


def wants_csv(accept: str) -> bool:
    """Return whether an Accept header prefers CSV to JSON, which is the default."""
    return _weight(accept, "text", "csv") > _weight(accept, "application", "json")


def _weight(accept: str, kind: str, form: str) -> float:
    """Return the q of the most exact range that matches; 0 if none does."""
    best = (0, 0.0)
    for part in accept.lower().split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        exactness = {"*/*": 1, f"{kind}/*": 2, f"{kind}/{form}": 3}.get(media, 0)
        if exactness > best[0]:
            best = (exactness, _q(parameters))
    return best[1]


def _q(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
