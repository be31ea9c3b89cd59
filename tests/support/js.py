"""Runs the very files phones run, in QuickJS, without a browser: one Phone is one link of one page.

QuickJS's binding has no module loader, so the files are read in the order of their imports, each
in a function of its own; what it exports is kept under its name.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import quickjs

from app.config import ASSETS
from app.screen import constants

SCRIPTS = ASSETS / "static" / "js"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\.[./\w]*/(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class) )", re.MULTILINE)
_NAME = re.compile(r"^export (?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def script(module: str) -> Path:
    """Find a script by its name alone: no two have the same, whatever folder they are in."""
    (found,) = SCRIPTS.rglob(f"{module}.js")
    return found


def program(*modules: str) -> str:
    """Return one script with these modules and all they import, as `M.<module>.<name>`."""
    parts: dict[str, str] = {}

    def add(module: str) -> None:
        if module in parts:
            return
        text = constants.script() if module == "constants" else script(module).read_text()
        for _, needed in _IMPORT.findall(text):
            add(needed)
        names = ", ".join(_NAME.findall(text))
        text = _IMPORT.sub(lambda m: f"const {{{_renamed(m[1])}}} = M.{m[2]};", text)
        text = _EXPORT.sub("", text)
        assert not re.search(r"^(import|export) ", text, re.MULTILINE), f"{module}.js: unread form"
        parts[module] = f"M.{module} = (() => {{\n{text}\nreturn {{ {names} }};\n}})();"

    for module in modules:
        add(module)
    return "const M = {};\n" + "\n".join(parts.values())


def is_readable(text: str) -> bool:
    """Return whether the engine can read the text of a module; nothing of it runs."""
    bare = re.sub(r"^(import [^;]*;|export (?=\w))", "", text, flags=re.MULTILINE)
    try:
        quickjs.Context().eval(f"(async () => {{ {bare}\n}})")
    except quickjs.JSException:
        return False
    return True


def _renamed(names: str) -> str:
    return names.replace(" as ", ": ")


@cache
def _pure() -> str:
    return program(
        "link", "alerts", "failsafe", "countdown", "facts", "cues", "urgent", "thumb",
        "queue", "repeat", "onlooker", "seats", "warm_up",
    )  # fmt: skip


def context() -> quickjs.Context:
    """Return a fresh engine with the pure modules in it."""
    made = quickjs.Context()
    made.eval(_pure())
    return made


def call(engine: quickjs.Context, code: str, *args: Any) -> Any:
    """Call a JS function with JSON arguments, and return its JSON result."""
    given = ", ".join(json.dumps(arg) for arg in args)
    text = engine.eval(f"JSON.stringify(({code})({given}) ?? null)")
    return json.loads(text)


class Phone:
    """One page: link, fail-safe and facts on a clock that the test moves. `now` is in ms."""

    def __init__(self, role: str = "client", now: int = 1_000_000, spread: float = 1) -> None:
        self.now = now
        self._js = context()
        self._js.eval(
            f"let L = M.link.link({json.dumps(role)}, {spread}), S = M.failsafe.failsafe();"
            "function run(input, now) {"
            " const [n, e] = M.link.step(L, input, now); L = n; return e; }"
            "function look(now) { const [n, e] = M.failsafe.step(S, {type: 'look',"
            " server: L.server, heard_at: L.heard_at, peer_heard_ms: L.peer_heard_ms,"
            " server_now: now + L.offset_ms,"
            " good: M.alerts.last_good(L.alerts)}, now);"
            " S = n; return e; }"
        )

    def put(self, type: str, **fields: Any) -> list[dict[str, Any]]:
        """Hand the link one input and return its effects."""
        effects: list[dict[str, Any]] = call(self._js, "run", {"type": type, **fields}, self.now)
        return effects

    def hear(self, type: str, **fields: Any) -> list[dict[str, Any]]:
        """Hand the link a message of the server."""
        return self.put("message", message={"type": type, **fields})

    def tap(self, command: str, id: str = "t1", **fields: Any) -> list[dict[str, Any]]:
        return self.put("tap", id=id, command=command, fields=fields)

    def wait(self, ms: int, step_ms: int = 100) -> list[dict[str, Any]]:
        """Let time pass as phone.js does: the fail-safe looks before the link ticks."""
        effects: list[dict[str, Any]] = []
        for _ in range(ms // step_ms):
            self.now += step_ms
            effects += call(self._js, "look", self.now)
            effects += self.put("tick")
        return effects

    def connect(self, **state: Any) -> list[dict[str, Any]]:
        """Open the socket and hear a state."""
        effects = self.put("tick") + self.put("opened")
        return effects + self.hear(**told(self.now, **state))

    @property
    def link(self) -> dict[str, Any]:
        seen: dict[str, Any] = call(self._js, "() => L")
        return seen

    @property
    def picture(self) -> dict[str, Any]:
        """Return the facts, slots and ring that the page would show now."""
        code = "(now) => M.facts.facts({link: L, failsafe: S}, now)"
        shown: dict[str, Any] = call(self._js, code, self.now)
        return shown

    @property
    def facts(self) -> dict[str, str]:
        facts: dict[str, str] = self.picture["facts"]
        return facts


def told(now: int, **changed: Any) -> dict[str, Any]:
    """Return a `state` message: in a hold, 20 s before its end, unless changed."""
    seat = {"taken": True, "link": "live", "ready": False, "visible": True, "sound": "on"}
    step = {"index": 0, "count": 2, "stretch": "calf", "side": "left", "rep": 1, "reps": 1}
    state = {
        "type": "state", "v": 1, "epoch": "e1", "seq": 10, "phase_no": 4, "now_ms": now,
        "role": "client", "room": "r", "host": True, "phase": "holding", "cause": None,
        "todo": [], "routine": {"items": []}, "step": {**step, "wish": None}, "next": None,
        "needs_partner": False, "drill": None, "stop": None, "closed": [], "felt": None,
        "wishes": [], "severity": "ok", "ended": None,
        "timer": {
            "kind": "hold", "length_ms": 25_000, "remaining_ms": 20_000, "ends_ms": now + 20_000,
        },
        "seats": {"client": {**seat, "awake": True}, "partner": {**seat, "awake": True}},
        "may": ["stop", "ease", "good"],
    }  # fmt: skip
    return {**state, **changed}


def sent(effects: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    """Pick the messages of one type among what was sent."""
    messages = [e["message"] for e in effects if e["type"] == "send"]
    return [m for m in messages if m["type"] == type]


def named(effects: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    """Pick the effects of one type."""
    return [e for e in effects if e["type"] == type]
