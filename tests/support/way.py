"""docs/way-of-a-stop.md, read: its steps, by whose they are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WAY = (ROOT / "docs" / "way-of-a-stop.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\d+\. `([^`]+)`(?: · `([^`]+)`)?", re.MULTILINE)


def steps(part: str) -> list[tuple[str, str]]:
    """List the steps under a heading: the file, and the function where one is named."""
    [text] = [text for text in WAY.split("\n## ") if text.startswith(part)]
    return STEP.findall(text)


def beside() -> set[str]:
    """List the files of the server that are named as passed by."""
    [_, text] = WAY.split("Beside the way")
    return set(re.findall(r"`(app/[^`]+)`", text.split("\n## ")[0]))


def is_in_order(some: list[str], every: list[str]) -> bool:
    """Return whether all of `some` are in `every`, in the same order."""
    left = iter(every)
    return all(one in left for one in some)
