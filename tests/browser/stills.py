"""Stills: what both phones' pages were at each moment of one walk, put on again in every shape.

A still is the page's body without its scripts. A variant of it has other facts, and shows what the
page's own conditions then show. So one session is walked once, and looked at in all shapes, themes
and hands.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from playwright.async_api import Browser, Page, Route

from tests.browser.duo import Duo, Hand
from tests.browser.look import LOOKS, Shape
from tests.browser.screen import FULL_HD, let_in
from tests.support.quick import quicken

ROLES = ("client", "partner", "display")
HEAD = re.compile(r"<head>(.*?)</head>", re.DOTALL)
NOT_STILL = re.compile(r'<script.*?</script>|<link rel="(?:modulepreload|icon)"[^>]*>', re.DOTALL)
PAINTER = re.compile(r'"([^"]*/room/show/paint\.[^"]*)"')
RARE = {"refused": "no", "short": "no", "sampled": "no", "peer_ready": "no"}
FRAME = "new Promise(requestAnimationFrame)"
BODY = (
    f"async () => {{ await {FRAME}; await {FRAME};"
    + """
  return {
  body: document.body.innerHTML.replaceAll(/<script[^]*?<[/]script>/g, ""),
  kind: document.body.className,
  told: ["now", "next"].map((one) => document.querySelector(`#live-${one}`)?.textContent).join(" "),
  heading: [...document.querySelectorAll("#room :is(h1, .command)")]
    .find((one) => !one.closest("[hidden]"))?.textContent ?? "",
  lost_focus: Boolean(document.activeElement?.closest("[hidden], [inert]")),
};}"""
)
# What has moved without having been hidden before: Chromium tells the element and both places.
WATCH = """
globalThis.moved = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    const room = document.querySelector("#room");
    for (const { node, previousRect: a, currentRect: b } of sources) {
      const element = node?.nodeType === 3 ? node.parentElement : node;
      if (!element?.isConnected || !room) continue;
      moved.push({
        phase: room.dataset.phase, value,
        what: `${element.tagName}.${element.getAttribute("class")}`,
        from: [a.x, a.y, a.width, a.height].map(Math.round),
        to: [b.x, b.y, b.width, b.height].map(Math.round),
      });
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""
FONTS = "Promise.all([400, 700].map((weight) => document.fonts.load(`${weight} 20px Atkinson`)))"
MOVED = "(role) => (globalThis.moved ?? []).splice(0).map((one) => ({ role, ...one }))"
# When the breath of its ring began, by a clock outside of the page's own.
BREATH = """() => {
  const part = Number(document.querySelector("#room .breath")?.dataset.part ?? 0);
  const is_in = document.querySelector("#room [data-show='breath:in']")?.hidden === false;
  return { began_ms: Date.now() - (is_in ? 4000 * part : 10000 - 6000 * part), part, is_in };
}"""
# A phone whose clock is wrong by seconds, as many are.
WRONG_CLOCK = """Object.defineProperty(performance, "timeOrigin",
  { value: performance.timeOrigin + 7300 });"""
KEEP = "(bodies) => { globalThis.bodies = bodies; }"
PUT_ON = "(still) => looks.put_on(still)"
LOOK_AT = """async ({ stills, checks }) => {
  const found = [];
  for (const still of stills) {
    await looks.put_on(still);
    found.push((await Promise.all(checks.map(([name, ...more]) => looks[name](...more)))).flat());
  }
  return found;
}"""
PAGE = """<!doctype html><html lang="en"><head>%s
<script>globalThis.paint_js = "%s";</script>
<script type="module">globalThis.looks = {
  ...await import("/looks/stage.js"), ...await import("/looks/boxes.js"),
  ...await import("/looks/contrast.js"), ...await import("/looks/states.js"),
  ...await import("/looks/cut_off.js"), ...await import("/looks/places.js"),
};</script></head><body></body></html>"""


@dataclass(frozen=True)
class Still:
    """One phone at one moment; `facts`, `slots` and `open` are what a variant has otherwise."""

    name: str
    role: str
    head: str
    body: str
    kind: str
    facts: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    open: str = ""

    def varied(self, name: str, **facts: str) -> Still:
        """Return this still with these facts; rare ones are left out unless named."""
        return replace(self, name=name, facts={**RARE, **self.facts, **facts})

    def showing(self, **slots: str) -> Still:
        """Return it with these numbers and words in their places."""
        return replace(self, slots=slots)

    def unfolded(self, selector: str) -> Still:
        """Return it with what is folded open."""
        return replace(self, open=selector)

    @property
    def title(self) -> str:
        return f"{self.name}, {self.role}"


class Stills:
    """What one walk through a session leaves behind, of both phones and a big screen."""

    def __init__(self, phones: Duo) -> None:
        self.phones = phones
        self._hands = {"client": phones.client, "partner": phones.partner}
        self.taken: list[Still] = []
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.moved: list[dict[str, Any]] = []
        self.breaths: dict[str, dict[str, dict[str, Any]]] = {}
        self._heads: dict[str, str] = {}

    async def take(self, name: str) -> None:
        """Keep all pages as they are."""
        if not self.taken:
            self._hands["display"] = await self._screen()
        self.breaths[name] = {
            role: await self._hands[role].page.evaluate(BREATH) for role in ("client", "partner")
        }
        for role, hand in self._hands.items():
            found = await hand.page.evaluate(BODY)
            head = await self._head(hand)
            self.taken.append(Still(name, role, head, found.pop("body"), found.pop("kind")))
            self.heard.append((self.taken[-1].title, found))
            self.moved += await hand.page.evaluate(MOVED, role)

    async def _screen(self) -> Hand:
        context = await self.phones.browser.new_context(viewport=FULL_HD)  # type: ignore[arg-type]
        self.phones.contexts.append(context)
        await quicken(context)
        await context.add_init_script(WATCH)
        screen = Hand(await context.new_page())
        await let_in(self.phones, screen)
        await screen.sees("The big screen")
        return screen

    async def _head(self, hand: Hand) -> str:
        url = hand.page.url
        if url not in self._heads:
            text = await (await hand.page.context.request.get(url)).text()
            found = HEAD.search(text)
            assert found is not None
            painter = PAINTER.search(found[1])
            head = NOT_STILL.sub("", found[1])
            self._heads[url] = PAGE % (head, painter[1] if painter else "")
        return self._heads[url]

    def of(self, name: str, role: str) -> Still:
        """The still of this name."""
        return next(one for one in self.taken if (one.name, one.role) == (name, role))


@dataclass(frozen=True)
class Look:
    """How a phone is held and set: its shape, its theme, its hand."""

    shape: Shape
    scheme: str = "light"
    handed: str = ""
    is_forced: bool = False
    is_calm: bool = False

    @property
    def name(self) -> str:
        more = [self.handed and "left-handed", self.is_forced and "forced colours"]
        calm = [self.is_calm and "reduced motion"]
        return ", ".join([self.shape.name, self.scheme, *(str(one) for one in more + calm if one)])

    async def put_on(self, page: Page) -> None:
        await page.emulate_media(
            color_scheme=self.scheme,  # type: ignore[arg-type]
            forced_colors="active" if self.is_forced else "none",
            reduced_motion="reduce" if self.is_calm else "no-preference",
        )
        await self.shape.put_on(page)


class Viewer:
    """Shows stills of one head on one page, and looks at them."""

    def __init__(self, page: Page, stills: Sequence[Still]) -> None:
        self.page = page
        self.stills = stills
        self._bodies = list(dict.fromkeys(still.body for still in stills))

    async def open(self, url: str) -> None:
        await self.page.goto(url + "/still")
        await self.page.wait_for_function("globalThis.looks")
        await self.page.evaluate(FONTS)
        await self.page.evaluate(KEEP, self._bodies)

    def _given(self, still: Still, look: Look) -> dict[str, Any]:
        given = {"facts": dict(still.facts), "slots": dict(still.slots), "open": still.open}
        is_pacing = "pacer" in still.name
        return {
            **given,
            "title": still.title,
            "body": self._bodies.index(still.body),
            "kind": still.kind,
            "set": {"handed": look.handed, "pacer": "on" if is_pacing else ""},
        }

    async def show(self, still: Still, look: Look) -> None:
        await look.put_on(self.page)
        await self.page.evaluate(PUT_ON, self._given(still, look))

    async def shot(self, still: Still, look: Look) -> bytes:
        """A picture of it."""
        await self.show(still, look)
        return await self.page.screenshot()

    async def look_at(self, stills: Sequence[Still], look: Look, *checks: list[Any]) -> list[Any]:
        """What each check finds on each still, one list a still."""
        await look.put_on(self.page)
        given = {"stills": [self._given(one, look) for one in stills], "checks": checks}
        found: list[Any] = await self.page.evaluate(LOOK_AT, given)
        return found


@asynccontextmanager
async def viewer(launched: Browser, url: str, stills: Sequence[Still]) -> AsyncIterator[Viewer]:
    """A page that shows stills, with the pages' own style sheets and painter."""
    heads = {still.head for still in stills}
    assert len(heads) == 1, "one viewer shows stills with the same style sheets"
    context = await launched.new_context(has_touch=True, is_mobile=True, device_scale_factor=1)

    async def serve(route: Route) -> None:
        path = route.request.url.removeprefix(url)
        if path == "/still":
            await route.fulfill(body=stills[0].head, content_type="text/html; charset=utf-8")
        else:
            file = LOOKS / path.removeprefix("/looks/")
            await route.fulfill(body=file.read_text(), content_type="text/javascript")

    await context.route(re.compile(r"/(still|looks/\w+\.js)$"), serve)
    try:
        one = Viewer(await context.new_page(), stills)
        await one.open(url)
        yield one
    finally:
        await context.close()
