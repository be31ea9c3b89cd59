"""Plants a throw before each statement of the scripts that run again and again, one at a time.

Which lines begin a statement is found by trying: a plant that the engine can't read is none.
"""

from __future__ import annotations

from functools import cache

from playwright.async_api import BrowserContext, Route

from tests.support.js import is_readable, script

LOOP = (
    "loop", "main", "safely", "paint", "announce", "facts", "countdown", "failsafe", "urgent",
    "alerts", "phone", "life", "clock", "player", "cues", "repeat", "queue", "sound",
    "thumb_on_glass", "thumb",
)  # fmt: skip


def _planted(lines: list[str], at: int, name: str) -> list[str]:
    plant = f'if (globalThis.planted === "{name}") throw new Error("planted");'
    return [*lines[:at], plant + lines[at], *lines[at + 1 :]]


@cache
def plants() -> dict[str, str]:
    """Name -> which line; and what each script is with all of them in it, under its own name."""
    found: dict[str, str] = {}
    for module in LOOP:
        lines = script(module).read_text(encoding="utf-8").splitlines()
        whole = list(lines)
        for at, line in enumerate(lines):
            name = f"{module}:{at + 1}"
            is_inside = line.startswith("  ") and line.strip()[:2] not in ("//", "/*", "* ", "*/")
            if is_inside and is_readable("\n".join(_planted(whole, at, name))):
                whole = _planted(whole, at, name)
                found[name] = line.strip()
        assert whole != lines, f"{module}: no plant in it can be read"
        found[module] = "\n".join(whole)
    return found


async def plant_in(context: BrowserContext) -> None:
    """Serve these scripts with the plants in them; `globalThis.planted` says which one throws."""
    scripts = plants()

    async def serve(route: Route) -> None:
        module = route.request.url.rsplit("/", 1)[1].removesuffix(".js")
        body = scripts[module]
        await route.fulfill(body=body, headers={"content-type": "text/javascript"})

    for module in LOOP:
        await context.route(f"**/js/room/**/{module}.js", serve)
