"""Two people who look at their screens and tap what they see, at their own pace."""

from __future__ import annotations

from random import Random

from app.core.model import Role
from tests.faults.simulation.page import Shown, SimPage

LOOKS_EVERY_MS = (300, 1_500)


class Person:
    """Whoever holds one phone."""

    def __init__(self, page: SimPage, chance: Random) -> None:
        self._page = page
        self._chance = chance
        self._looks_again()

    def _looks_again(self) -> None:
        self._page.world.clock.after(self._chance.randint(*LOOKS_EVERY_MS), self._look)

    def _look(self) -> None:
        self._looks_again()
        shown = self._page.shown
        if shown is not None and self._page.is_awake and self._page.visible:
            self._act(shown)

    def _act(self, shown: Shown) -> None:
        draw = self._chance.random()
        if shown.severity == "stop" or shown.phase == "stopped":
            self._after_a_stop(shown)
        elif self._page.role is Role.CLIENT and draw < 0.12:
            self._page.tap(self._chance.choice(["stop", "ease", "ease", "pain"]))
        elif self._page.role is Role.PARTNER and draw < 0.02:
            self._page.tap("stop")
        elif "one_phone" in shown.may and draw < 0.3:
            self._page.tap("one_phone")
        elif "ready" in shown.may:
            self._page.tap("ready")
        elif "good" in shown.may and draw < 0.7:
            self._page.tap("good")

    def _after_a_stop(self, shown: Shown) -> None:
        if "clear" in shown.may and shown.options:
            self._page.tap("clear", then=shown.options[0])
        elif "let_go" in shown.may:
            self._page.tap("let_go")
        elif self._chance.random() < 0.1:
            self._page.tap("stop")
