"""The live page itself in QuickJS, every module of it, on a glass that the test touches.

Its elements are those that fingers and keys reach. The test speaks for the server.
"""

from __future__ import annotations

import json
import weakref
from functools import cache
from pathlib import Path
from typing import Any

import quickjs

from tests.support.js import call, program, told

STEP_MS = 10  # between two looks at what was promised
PARTS = Path(__file__).with_name("page_parts.js")
SOUNDS = Path(__file__).with_name("page_sounds.js")
Tree = tuple[str, dict[str, str], list[Any]]


def button(tap: str, **more: str) -> Tree:
    """Make a button that asks for something; `more` are its other data."""
    data = {f"data-{name.replace('_', '-')}": value for name, value in more.items()}
    return ("button", {"id": tap, "data-tap": tap, **data}, [("span", {"id": f"{tap}-word"}, [])])


DOES = (
    "reconnect", "reload", "help", "sounds", "next_move", "change_answers",
    "hand", "pacer", "thumb",
)  # fmt: skip
TROUBLES = ("unreachable", "foreign", "gone", "unwell", "no_sockets", "restarting", "none")
SCREEN: list[Tree] = [
    *(button(tap) for tap in ("stop", "ease", "good", "pain", "ready", "clear")),
    ("div", {"id": "stopped", "data-show": "phase:stopped"}, [button("let_go", show="let_go:no")]),
    ("button", {"id": "sharp", "data-tap": "pain", "data-toggle": "sharp"}, []),
    ("button", {"id": "calf", "data-tap": "pain", "data-place": "calf_left"}, []),
    ("p", {"id": "mute", "data-show": "voice:failed"}, []),
    ("p", {"id": "short", "data-show": "short:yes"}, []),
    *(("p", {"id": f"is-{one}", "data-show": f"trouble:{one}"}, []) for one in TROUBLES),
    ("p", {"id": "sampled", "data-show": "sampled:yes"}, []),
    ("b", {"id": "left", "data-slot": "remaining_s"}, []),
    ("b", {"id": "move", "data-slot": "move_s"}, []),
    *(("button", {"id": f"do-{what}", "data-do": what}, []) for what in DOES),
    ("dialog", {"id": "help"}, []),
    ("div", {"class": "resting"}, [("details", {"id": "folded"}, [])]),
    ("div", {"id": "outcome"}, [("p", {"id": "answered"}, [])]),
    ("input", {"id": "name"}, []),
    ("a", {"id": "away", "href": "/"}, []),
]


@cache
def _browser(has_sound: bool) -> quickjs.Context:
    """Read all scripts once; `browser()` gives a page, as a function that runs code within it."""
    parts = PARTS.read_text(encoding="utf-8")
    sounds = SOUNDS.read_text(encoding="utf-8") if has_sound else ""
    engine = quickjs.Context()
    engine.eval(
        f"const PAGES = []; function browser() {{ {parts}\n{sounds}\n"
        f"function begin() {{ {program('main')} }}\n return (code) => eval(code); }}"
    )
    return engine


class LivePage:
    """One phone's page. It begins without contact; `hears` gives it a socket and a state.

    `likes` and `session` are what its browser has kept, `before` runs before the page's scripts.
    """

    def __init__(
        self,
        role: str = "client",
        likes: dict[str, str] | None = None,
        session: dict[str, str] | None = None,
        before: str = "null",
        *,
        has_sound: bool = False,
    ) -> None:
        self.role = role
        self._js = _browser(has_sound)
        self._page = int(self._js.eval("PAGES.push(browser()) - 1"))
        weakref.finalize(self, self._js.eval, f"PAGES[{self._page}] = null")
        root = ("main", {"id": "room", "data-room": "r", "data-role": role}, SCREEN)
        self.do(f"void document.body.put(grown({json.dumps(root)}))")
        for name, value in (likes or {}).items():
            self.do(f"localStorage.setItem('saywhen:{name}', {json.dumps(value)})")
        for name, value in (session or {}).items():
            self.do(f"sessionStorage.setItem({json.dumps(name)}, {json.dumps(value)})")
        self.do(before)
        self.do("begin()")
        self.wait(20)

    def do(self, code: str) -> Any:
        """Run this and all that it put off; return its value."""
        value = call(self._js, f"(code) => PAGES[{self._page}](code)", f"({code})")
        while self._js.execute_pending_job():
            pass
        return value

    def wait(self, ms: int) -> None:
        """Let the page live for so long; the server answers each beat, and is heard."""
        for passed in range(0, ms, STEP_MS):
            self.do(f"lives({min(STEP_MS, ms - passed)})")

    @property
    def now(self) -> int:
        return int(self.do("NOW"))

    def hears(self, **state: Any) -> LivePage:
        """Send a state on an open socket."""
        if self.do("SOCKETS.length === 0 || socket().readyState !== 1"):
            self.do("answers()")
        self.says(**told(self.now, role=self.role, **state))
        self.wait(40)
        return self

    def says(self, **message: Any) -> None:
        """Send any other message."""
        self.do(f"says({json.dumps(message)})")

    def sent(self, *types: str) -> list[dict[str, Any]]:
        """List what went over the socket that is open now, of these types or all."""
        messages: list[dict[str, Any]] = self.do("socket().sent")
        return [one for one in messages if one["type"] in types or not types]

    def posted(self) -> list[dict[str, Any]]:
        """List what went without a socket."""
        calls: list[dict[str, Any]] = self.do("POSTED.filter(({method}) => method === 'POST')")
        return [one["message"] for one in calls]

    def answers_post(self, status: int, headers: dict[str, str], text: str) -> None:
        """Answer the oldest of what went without a socket, or was asked."""
        self.do(f"answers_fetch({status}, {json.dumps(headers)}, {json.dumps(text)})")

    def look(self, attribute: str, on: str = "room") -> str | None:
        """Read what stands on the page."""
        found: str | None = self.do(f"document.getElementById('{on}').getAttribute('{attribute}')")
        return found

    def sees(self, element: str) -> bool:
        """Return whether an element is shown."""
        return self.look("hidden", on=element) is None

    # Fingers and keys

    def down(self, element: str, pointer: int = 1, **more: Any) -> bool:
        """Put a finger on an element; returns whether the page took it for its own."""
        return bool(self._finger("pointerdown", element, pointer, more))

    def up(self, element: str, pointer: int = 1) -> None:
        """Lift it; a browser makes that a click."""
        self._finger("pointerup", element, pointer, {})
        self.click(element, detail=1)

    def taken_away(self, pointer: int = 1) -> None:
        """The system takes the finger away: no click follows."""
        self._finger("pointercancel", "room", pointer, {})

    def tap(self, element: str) -> None:
        self.down(element)
        self.wait(30)
        self.up(element)

    def press(self, element: str, ms: int) -> None:
        self.down(element)
        self.wait(ms)
        self.up(element)

    def click(self, element: str, detail: int = 0) -> None:
        """Click without a finger, as a screen reader does."""
        self.do(
            f"document.getElementById('{element}').dispatchEvent("
            f"new MouseEvent('click', {{bubbles: true, detail: {detail}}}))"
        )

    def _finger(self, type: str, element: str, pointer: int, more: dict[str, Any]) -> Any:
        return self.do(
            f"finger('{type}', document.getElementById('{element}'), {pointer}, "
            f"{json.dumps(more)}).defaultPrevented"
        )

    def key(self, key: str, on: str = "room", **more: Any) -> bool:
        """Press a key; returns whether the page took it for its own."""
        event = json.dumps({"bubbles": True, "key": key, "repeat": False, **more})
        return bool(
            self.do(
                f"((e) => (document.getElementById('{on}').dispatchEvent(e), e.defaultPrevented))"
                f"(new Event('keydown', {event}))"
            )
        )

    def unreadable(self, type: str) -> None:
        """A tap or a key comes of which the page can read nothing."""
        spoilt = {
            "keydown": "Object.defineProperty(new Event('keydown', {bubbles: true}), 'key', "
            "{get() { throw new Error('none'); }})"
        }.get(type, f"new Event('{type}', {{bubbles: true, target: 0}})")
        self.do(f"document.getElementById('room').dispatchEvent({spoilt})")

    # The life of the page

    def hides(self, is_told: bool = True) -> None:
        self.do("(SEEN = false)")
        if is_told:
            self.do("document.dispatchEvent(new Event('visibilitychange'))")

    def shows(self) -> None:
        self.do("(SEEN = true)")
        self.do("document.dispatchEvent(new Event('visibilitychange'))")

    def happens(self, type: str, **more: Any) -> None:
        """Something befalls the page as a whole."""
        self.do(f"window.dispatchEvent(new Event('{type}', {json.dumps(more)}))")
