"""Every phase, both roles and a big screen, in every shape, theme and hand.

It must be readable at two metres, and usable with eyes shut.

One session is walked; its stills, and what they would be with other stretches and faults, are then
looked at. A failure says phase, role, shape, element and what was measured.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from app.config import ASSETS
from app.content.library import load_library
from tests.browser.duo import browser, duo
from tests.browser.screenshots import walk
from tests.browser.shapes import (
    ELSE,
    OFTEN,
    SCREENS,
    SCREENS_ELSE,
    SHORT,
    UPRIGHT,
    WIDE,
)
from tests.browser.stills import ROLES, WATCH, WRONG_CLOCK, Look, Still, Stills, viewer
from tests.browser.variants import variants
from tests.support.proof import LONG
from tests.support.quick import quicken
from tests.support.serving import serving

pytestmark = pytest.mark.browser
LEAST_CONTRAST = 7
CAPITALS_PX = 71  # 20 minutes of arc at two metres
FAST_MS = 100
PLACE_PX = 44
FAR_PX = 28
# Where the stretches are felt: no thumb has to scroll to say so.
FELT = sorted(
    {
        place
        for stretch in load_library(ASSETS / "content").stretches.values()
        for places in stretch.expected.values()
        for place in places
    }
)
NUMBERS = re.compile(r"\d+")
LIVE = ("positioning", "easing_in", "holding", "eased", "releasing", "resting", "paused", "stopped")
# By sign and word; the ground of those the partner must not mistake for another.
SAID = {
    "client": {
        "easing in": ("stop", "Easing in"),
        "holding": ("good", " s"),
        "eased": ("ease", "Eased"),
        "releasing": ("down", "Slowly back"),
        "stopped": ("stop", "Stopped"),
        "lost": ("lost", "Contact lost"),
        "say it out loud": ("stop", "Say it out loud"),
    },
    "partner": {
        "easing in": ("breath", "Slowly"),
        "easing in, asking": ("ask", "Ask"),
        "holding": ("ring", "1"),
        "eased": ("ease", "A little less"),
        "releasing": ("down", "Slowly back"),
        "resting": ("rest", "Rest"),
        "resting, other side": ("switch", "Switch sides"),
        "paused": ("pause", "Paused"),
        "stopped": ("stop", "No more pressure"),
        "lost, hamstring_raise left": ("lost", "A little less"),
    },
    "display": {
        "easing in": ("", "Slowly"),
        "holding": ("", "1"),
        "eased": ("ease", "A little less"),
        "releasing": ("", "Slowly back"),
        "paused": ("", "Paused"),
        "stopped": ("stop", "No more pressure"),
        "let go": ("stop", "Stopped They're resting"),
        "lost": ("lost", "Look at the phone"),
    },
}
GROUNDS = {
    "partner": ("easing in", "eased", "releasing", "stopped", "lost, hamstring_raise left"),
    "display": ("easing in", "eased", "stopped", "lost"),
}


APART = ("holding", "eased", "stopped", "lost")
# What fills the places of GOOD, EASE OFF, STOP and the line above them, as sRGB from 0 to 255.
FILLED = """() => [[290, 360], [100, 360], [200, 790], [30, 120]].map(([x, y]) => {
  const filled = document.elementsFromPoint(x, y).map((e) => getComputedStyle(e).backgroundColor)
    .find((colour) => !/^rgba[(].* 0[)]$|transparent/.test(colour));
  return filled.match(/[0-9.]+/g).slice(0, 3).map(Number);
})"""
# Viénot, Brettel & Mollon 1999 (protan, deutan) and Brettel 1997 (tritan), on linear light.
EYES = {
    "three cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
    "protan": ((0.1124, 0.8876, 0), (0.1124, 0.8876, 0), (0.004, -0.004, 1)),
    "deutan": ((0.2927, 0.7073, 0), (0.2927, 0.7073, 0), (-0.0223, 0.0223, 1)),
    "tritan": ((1, 0.1446, -0.1446), (0, 0.8592, 0.1408), (0, 0.8592, 0.1408)),
}


def seen(colour: list[float], matrix: tuple[tuple[float, ...], ...]) -> list[float]:
    """Return linear light as an eye with this matrix sees it."""
    parts = [c / 255 for c in colour]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return [sum(m * c for m, c in zip(row, light, strict=True)) for row in matrix]


def contrast(a: list[float], b: list[float]) -> float:
    """Return the ratio of WCAG 2."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(light: list[float]) -> float:
    return max(0.0, sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), light, strict=True)))


@dataclass(frozen=True)
class Session:
    """A walked session, and the server whose style sheets its stills need."""

    url: str
    stills: Stills

    def of(self, role: str, is_varied: bool = True) -> list[Still]:
        """One role's stills; the summary is a leaflet with style sheets of its own."""
        every = self.stills.taken + (list(variants(self.stills.of)) if is_varied else [])
        return [one for one in every if one.role == role and one.name != "summary"]


def usual(role: str) -> Look:
    """How it is looked at where one look is enough."""
    return SCREENS[0] if role == "display" else Look(UPRIGHT)


async def _walked(url: str) -> Stills:
    async with browser(is_whole=True) as whole, duo(url, whole) as phones:
        for context in phones.contexts:
            await quicken(context)
            await context.add_init_script(WATCH)
        await phones.partner.page.context.add_init_script(WRONG_CLOCK)
        stills = Stills(phones)
        await walk(stills)
        return stills


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    data = tmp_path_factory.mktemp("data")
    with serving([sys.executable, "-m", "tests.support.quick", str(data)]) as one:
        yield Session(one.url, asyncio.run(_walked(one.url)))


def looks(role: str, walked: list[Still], varied: list[Still]) -> dict[Look, list[Still]]:
    """What is looked at how, at length all in all.

    Else each variant in one shape, and what was walked in those and in some of the others.
    """
    often, other = (SCREENS, SCREENS_ELSE) if role == "display" else (OFTEN, ELSE)

    def share(stills: list[Still], n: int, of: int) -> list[Still]:
        return stills if LONG > 1 else stills[n % of :: of]

    return {look: walked + share(varied, n, len(often)) for n, look in enumerate(often)} | {
        look: share(walked, n, len(OFTEN)) for n, look in enumerate(other)
    }


@pytest.mark.prove
async def test_every_control_is_large_apart_and_free_and_every_word_is_seen(
    session: Session, whole: Browser
) -> None:
    bad = []
    checks = ["boxes"], ["turned"], ["contrast", LEAST_CONTRAST], ["cut_off"]
    for role in ROLES:
        every, walked = session.of(role), session.of(role, is_varied=False)
        async with viewer(whole, session.url, every) as view:
            for look, stills in looks(role, walked, every[len(walked) :]).items():
                more = [["borders"]] if look.is_forced else []
                found = await view.look_at(stills, look, *checks, *more)
                for still, wrong in zip(stills, found, strict=True):
                    bad += [f"{still.title}, {look.name}: {one}" for one in wrong]
    assert not bad, "\n".join(bad)


async def test_the_signals_stand_in_the_same_places_in_every_phase(
    session: Session, whole: Browser
) -> None:
    hands_on = ("easing in", "holding", "eased", "releasing", "stopped")
    every = [one for one in session.of("client") if one.name.startswith(hands_on)]
    async with viewer(whole, session.url, every) as view:
        for look in OFTEN + ELSE:
            found = await view.look_at(every, look, ["places"])
            places = {
                tuple(sorted(one)): still.title
                for still, one in zip(every, found, strict=True)
                if one
            }
            assert len(places) == 1, f"{look.name}: {places}"


async def test_axe_finds_nothing_in_any_phase(session: Session, whole: Browser) -> None:
    bad = []
    for role in ROLES:
        stills = session.of(role, is_varied=False)
        async with viewer(whole, session.url, stills) as view:
            await view.page.evaluate(Axe().axe_script)
            for scheme in ("light", "dark"):  # by night only colours differ
                options = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
                look = replace(usual(role), scheme=scheme)
                found = await view.look_at(stills, look, ["axe_says", options])
                for still, wrong in zip(stills, found, strict=True):
                    bad += [f"{still.title}, {scheme}: {one}" for one in wrong]
    assert not bad, "\n".join(bad)


async def test_every_state_is_told_by_sign_word_and_ground(
    session: Session, whole: Browser
) -> None:
    for role, states in SAID.items():
        every = {one.name: one for one in session.of(role)}
        stills = [every[name] for name in states]
        async with viewer(whole, session.url, stills) as view:
            for scheme in ("light", "dark"):
                look = replace(usual(role), scheme=scheme)
                found = [one for (one,) in await view.look_at(stills, look, ["says"])]
                for name, said in zip(states, found, strict=True):
                    sign, word = states[name]
                    assert sign in ["", *said["signs"]], f"{name}, {role}: {said}"
                    assert word in said["words"], f"{name}, {role}: {said}"
                grounds = dict(zip(states, (one["ground"] for one in found), strict=True))
                own = GROUNDS.get(role, ())
                assert len({grounds[name] for name in own}) == len(own), grounds


async def test_the_client_tells_hold_ease_stop_and_lost_apart_in_grey_and_colour_blind(
    session: Session, whole: Browser
) -> None:
    """By what fills the places of the signals, as each kind of eye has it: 3:1 in one at least."""
    every = {one.name: one for one in session.of("client")}
    stills = [every[name] for name in APART]
    async with viewer(whole, session.url, stills) as view:
        for scheme in ("light", "dark"):
            filled = {}
            for still in stills:
                await view.show(still, replace(usual("client"), scheme=scheme))
                filled[still.name] = await view.page.evaluate(FILLED)
            for a, b in itertools.combinations(APART, 2):
                for eye, matrix in EYES.items():
                    pairs = zip(filled[a], filled[b], strict=True)
                    best = max(contrast(seen(x, matrix), seen(y, matrix)) for x, y in pairs)
                    assert best >= 3, f"{a} and {b}, {scheme}, {eye}: {best:.1f}:1"


async def test_the_partner_reads_words_and_digits_at_two_metres(
    session: Session, whole: Browser
) -> None:
    every = session.of("partner")
    names = [name for name in SAID["partner"] if name not in ("holding", "paused")]
    words = [one for one in every if one.name in names]
    async with viewer(whole, session.url, every) as view:
        for look in (Look(UPRIGHT), Look(WIDE)):
            found = await view.look_at(words, look, ["capitals"])
            for still, (height_px,) in zip(words, found, strict=True):
                assert height_px >= CAPITALS_PX, f"{still.title}, {look.name}: {height_px:.0f} px"
        for look in (Look(UPRIGHT), Look(WIDE), Look(SHORT)):
            for still in every:
                if still.slots.get("remaining_s") is None:
                    continue
                await view.show(still, look)
                await view.page.evaluate("() => looks.only('.digits')")
                png = base64.b64encode(await view.page.screenshot()).decode()
                size = await view.page.evaluate("(png) => looks.ink(png)", png)
                share = max(size) / min(look.shape.size.values())
                assert 0.55 <= share <= 0.75, f"{still.title}, {look.name}: {share:.2f}, {size}"


async def test_the_helper_reads_where_hands_go_from_a_metre_away(
    session: Session, whole: Browser
) -> None:
    stills = [one for one in session.of("partner") if one.name.startswith("positioning")]
    sizes = """() => [...document.querySelectorAll("p.far")].filter((e) => e.checkVisibility())
      .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
    async with viewer(whole, session.url, stills) as view:
        for look in (Look(UPRIGHT), Look(WIDE), Look(SHORT)):
            for still in stills:
                await view.show(still, look)
                found = await view.page.evaluate(sizes)
                assert len(found) >= 2 and min(found) >= FAR_PX, (still.title, look.name, found)


async def test_nothing_flashes_and_with_reduced_motion_nothing_moves(
    session: Session, whole: Browser
) -> None:
    bad = []
    for role in ROLES:
        walked = session.of(role, is_varied=False)
        stills = [one for one in session.of(role) if one in walked or "pacer" in one.name]
        async with viewer(whole, session.url, stills) as view:
            calm = replace(usual(role), is_calm=True)
            for look, most_ms in ((calm, FAST_MS), (usual(role), 10_000)):
                found = await view.look_at(stills, look, ["moving", most_ms])
                for still, wrong in zip(stills, found, strict=True):
                    bad += [f"{still.title}, {look.name}: {one}" for one in wrong]
    assert not bad, "\n".join(bad)


def test_nothing_moves_under_a_finger_from_the_first_positioning_on(session: Session) -> None:
    """Chromium's own account of a whole session: what was shown before and after, and moved."""
    fingers = [one for one in session.stills.moved if one["role"] != "display"]
    # Not by a pixel is not moved: Chromium also tells of fractions of one.
    moved = [one for one in fingers if one["phase"] in LIVE and one["from"] != one["to"]]
    assert not moved, "\n".join(map(str, moved))


def test_every_screen_is_announced_and_no_focus_is_left_behind(session: Session) -> None:
    for title, heard in session.stills.heard:
        assert not heard["lost_focus"], f"{title}: the focus is on what is hidden or inert"
        if not title.startswith("summary") and not title.endswith("display"):
            told, heading = (NUMBERS.sub("", heard[name]) for name in ("told", "heading"))
            assert heading and heading in told, f"{title}: {heard}"


def test_both_rings_breathe_together_on_two_pages_whose_clocks_differ(session: Session) -> None:
    """When a breath began, by one clock outside of both pages, worked out of each page's ring."""
    for name in ("easing in", "holding"):
        began = [one["began_ms"] for one in session.stills.breaths[name].values()]
        apart = (began[0] - began[1] + 5_000) % 10_000 - 5_000
        assert abs(apart) < 500, f"{name}: {apart:.0f} ms, {session.stills.breaths[name]}"


async def test_every_place_of_the_body_is_large_enough_for_a_thumb_in_front_and_behind(
    session: Session, whole: Browser
) -> None:
    bad = []
    maps = ("resting, where it was felt", "pain, where and how much")
    stills = [one for one in session.of("client") if one.name in maps]
    assert len(stills) == len(maps)
    async with viewer(whole, session.url, stills) as view:
        for look in (Look(UPRIGHT), Look(WIDE), Look(SHORT)):
            for still in stills:
                await view.show(still, look)
                for side in ("back", "front"):
                    places = await view.page.evaluate("(v) => looks.body_places(v)", side)
                    assert len(places) >= 15, (still.title, side)
                    for name, width, height, left, right in places:
                        is_within = left >= 0 and right <= look.shape.size["width"]
                        if min(width, height) < PLACE_PX or not is_within:
                            where = f"{still.title}, {look.name}"
                            bad.append(f"{where}: {name} {width:.1f} x {height:.1f}")
        await view.show(stills[0], Look(UPRIGHT))
        hidden = await view.page.evaluate("(names) => looks.out_of_reach(names)", FELT)
        bad += [f"resting: {name} is reached only by scrolling" for name in hidden]
    assert not bad, "\n".join(bad)
