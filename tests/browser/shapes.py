"""The shapes, themes and hands in which every screen is looked at."""

from __future__ import annotations

from tests.browser.duo import LANDSCAPE, PORTRAIT
from tests.browser.look import Shape
from tests.browser.screen import FULL_HD
from tests.browser.stills import Look

UPRIGHT = Shape("390x844", PORTRAIT)
WIDE = Shape("844x390", LANDSCAPE)
SHORT = Shape("320x568", {"width": 320, "height": 568})
NARROW = Shape("320x640", {"width": 320, "height": 640})
DOUBLE = Shape("200 % text", PORTRAIT, is_double=True)
# Where every variant is looked at, and where only what was walked is.
OFTEN = (Look(UPRIGHT), Look(WIDE, "dark"), Look(SHORT, handed="left"))
ELSE = (
    Look(UPRIGHT, "dark", handed="left"),
    Look(WIDE, handed="left"),
    Look(NARROW, "dark"),
    Look(DOUBLE),
    Look(UPRIGHT, is_forced=True),
    Look(WIDE, "dark", is_forced=True),
)
# A big screen lies on its side or stands, on a laptop, a TV or a tablet.
SCREENS = (
    Look(Shape("1920x1080", FULL_HD)),
    Look(Shape("768x1024", {"width": 768, "height": 1024}), "dark"),
)
SCREENS_ELSE = (
    Look(Shape("1280x720", {"width": 1280, "height": 720}), "dark"),
    Look(Shape("1280x720, 200 % text", {"width": 1280, "height": 720}, is_double=True)),
    Look(Shape("1920x1080", FULL_HD), "dark", is_forced=True),
)
