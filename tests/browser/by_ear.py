"""People who use no finger: one has keys alone, one a screen reader alone."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import CDPSession, expect

from tests.browser.duo import SOON_MS, Hand, scanned

MANY_TABS = 60
# Where the focus is, and whether one sees it: an outline, on the screen, that nothing covers.
FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const at = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1));
  const name = e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent;
  return {
    name: name.replace(/\\s+/g, " ").trim(), tag: e.tagName, top: box.top, left: box.left,
    is_outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    is_covered: !(at && (e.contains(at) || at.contains(e) || e.labels?.[0]?.contains(at))),
  };
}"""


class Keys(Hand):
    """One person with a keyboard: Tab, Enter, Space, arrows. Keeps what was wrong on the way."""

    async def open(self, url: str) -> None:
        await self.page.goto(url)

    async def square(self) -> str:
        return await scanned(self.page)

    async def focus(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = await self.page.evaluate(FOCUS)
        return found

    async def tab(self) -> dict[str, Any] | None:
        """Go on by one; what has the focus shows it."""
        await self.page.keyboard.press("Tab")
        focus = await self.focus()
        if focus and (not focus["is_outlined"] or focus["is_covered"]):
            self.errors.append(f"the focus does not show on {focus}")
        return focus

    async def to(self, label: str) -> None:
        """Tab until what reads `label` has the focus."""
        passed = []
        for _ in range(MANY_TABS):
            focus = await self.tab()
            passed.append(focus and focus["name"])
            if focus and focus["name"].startswith(label):
                return
        raise AssertionError(f"no Tab gets to {label!r}: {passed}")

    async def tap(self, label: str) -> None:
        await expect(self.button(label)).to_be_visible(timeout=SOON_MS)
        focus = await self.focus()
        if not focus or not focus["name"].startswith(label):
            await self.to(label)
        await self.page.keyboard.press("Space" if len(self.taps) % 2 else "Enter")
        self.taps.append(label)

    async def press(self, label: str, ms: int = 600) -> None:
        await self.tap(label)  # a key is deliberate enough

    async def follow(self, label: str) -> None:
        await expect(self.page.get_by_role("link", name=label)).to_be_visible(timeout=SOON_MS)
        await self.to(label)
        await self.page.keyboard.press("Enter")


class Ears(Hand):
    """One person with a screen reader: the accessibility tree is all there is.

    What it does, arrives as a bare click; what it hears by itself, `heard` keeps.
    """

    cdp: CDPSession | None = None

    async def open(self, url: str) -> None:
        self.cdp = self.cdp or await self.page.context.new_cdp_session(self.page)
        await self.page.goto(url)

    async def square(self) -> str:
        return await scanned(self.page)

    async def tree(self) -> list[dict[str, Any]]:
        """Read what a screen reader is given, without what is ignored."""
        assert self.cdp is not None
        nodes = (await self.cdp.send("Accessibility.getFullAXTree"))["nodes"]
        return [
            {
                "role": node["role"]["value"],
                "name": re.sub(r"\s+", " ", node.get("name", {}).get("value", "")).strip(),
                "level": {p["name"]: p["value"].get("value") for p in node["properties"]}.get(
                    "level"
                ),
                "id": node.get("backendDOMNodeId"),
                "is_disabled": any(
                    p["name"] == "disabled" and p["value"].get("value") for p in node["properties"]
                ),
            }
            for node in nodes
            if not node["ignored"]
        ]

    async def find(self, roles: tuple[str, ...], label: str) -> dict[str, Any]:
        for _ in range(SOON_MS // 50):
            for node in await self.tree():
                is_it = node["role"] in roles and node["name"].startswith(label)
                if is_it and not node["is_disabled"]:
                    return node
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"no {roles} is named {label!r}")

    async def _click(self, roles: tuple[str, ...], label: str) -> None:
        assert self.cdp is not None
        node = await self.find(roles, label)
        found = await self.cdp.send("DOM.resolveNode", {"backendNodeId": node["id"]})
        click = {"functionDeclaration": "function () { this.click(); }", "userGesture": True}
        await self.cdp.send(
            "Runtime.callFunctionOn", {"objectId": found["object"]["objectId"], **click}
        )
        self.taps.append(label)

    async def tap(self, label: str) -> None:
        await self._click(("button",), label)

    async def press(self, label: str, ms: int = 600) -> None:
        await self.tap(label)

    async def follow(self, label: str) -> None:
        await self._click(("link",), label)

    async def sees(self, text: str, timeout_ms: int = SOON_MS) -> None:
        """Wait until it can be read by ear."""
        for _ in range(timeout_ms // 50):
            said = " ".join(n["name"] for n in await self.tree() if n["role"] == "StaticText")
            if text in re.sub(r"\s+", " ", said):
                return
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"nobody hears {text!r}: {said[:2000]}")

    async def headings(self) -> list[str]:
        """Name every h1 that is there."""
        tree = await self.tree()
        return [n["name"] for n in tree if n["role"] == "heading" and n["level"] == 1]

    async def severity(self) -> str:
        """How urgently force must come off, as the page has it."""
        return str(await self.page.locator("#room").get_attribute("data-severity"))

    async def said(self) -> dict[str, str]:
        """What the regions say: `now` breaks in, `next` and `fate` wait for a pause."""
        return {
            name: str(await self.page.locator(f"#live-{name}").text_content())
            for name in ("now", "next", "fate")
        }
