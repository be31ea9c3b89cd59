"""What rooms have counted: how long alerts and commits take, and what failed. No names."""

from __future__ import annotations

from typing import Protocol


class Tally(Protocol):
    """Who counts; web/metrics.py does."""

    def shown(self, kind: str, ms: int) -> None:
        """Count an alert that the other page has painted, so long after it was raised."""

    def committed(self, ms: int) -> None:
        """Count a commit that took so long."""

    def journal_failed(self) -> None:
        """Count a commit that the journal did not take."""

    def room_failed(self) -> None:
        """Count an unexpected error in a room."""

    def page_failed(self, faults: int) -> None:
        """Count so many more errors in the script of a page."""


class Uncounted:
    """Nobody counts."""

    def shown(self, kind: str, ms: int) -> None: ...
    def committed(self, ms: int) -> None: ...
    def journal_failed(self) -> None: ...
    def room_failed(self) -> None: ...
    def page_failed(self, faults: int) -> None: ...
