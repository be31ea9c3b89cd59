"""What one walk does not pass, on a big screen: see variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.browser.stills import Still

STRETCHES = {
    "knees_to_chest": ("both",),
    "spinal_twist": ("left", "right"),
    "hamstring_raise": ("left", "right"),
    "figure_four": ("left", "right"),
}
SIDES = [(stretch, side) for stretch, sides in STRETCHES.items() for side in sides]
LIVE = {"lost": "no", "severity": "ok", "hands_on": "yes"}
PLAIN = {"over": "no", "asks": "no", "last3": "no", "one_phone": "no", **LIVE}


def screens(of: Callable[[str], Still]) -> Iterator[Still]:
    """Return all of them."""
    easing, holding, rest, stopped = of("easing in"), of("holding"), of("resting"), of("stopped")
    yield easing.varied("easing in, asking", asking="yes")
    yield easing.varied("easing in, one phone", one_phone="yes", over="no", **LIVE)
    yield holding.varied("holding, one phone", one_phone="yes", over="no", **LIVE)
    yield holding.varied("holding, begun", **PLAIN, cue="first").showing(remaining_s="28")
    yield holding.varied("holding, last three", **(PLAIN | {"last3": "yes"}), cue="0").showing(
        remaining_s="3"
    )
    yield of("eased").varied("eased, contact", cause="contact")
    yield of("positioning").varied("positioning, less", wish="less")
    yield rest.varied(
        "resting, other side", change="side", next_stretch="hamstring_raise", roomy="yes"
    )
    yield holding.varied("lost", lost="yes", let_go="none")
    yield stopped.varied("stopped, and lost", lost="yes", let_go="yes")
    yield of("paused").varied("off", moved="yes")
    for name in ("positioning", "easing in", "eased", "releasing", "stopped", "resting"):
        silent = {"client_phone": "silent", "partner_phone": "gone"}
        yield of(name).varied(f"{name}, both gone", **silent)
    yield of("ended").varied("ended, not down yet", let_go="no")
    for stretch, side in SIDES:
        at = {"stretch": stretch, "side": side}
        for name in ("positioning", "releasing", "stopped"):
            yield of(name).varied(f"{name}, {stretch} {side}", **at)
    for stretch, (side, *_) in STRETCHES.items():
        at = {"stretch": stretch, "side": side}
        for cue in ("0", "1"):
            yield holding.varied(f"holding, cue {cue}, {stretch}", **PLAIN, cue=cue, **at)
        for question in ("0", "1", "2"):
            asked = PLAIN | {"asks": "yes", "cue": "0", "question": question}
            yield holding.varied(f"holding, question {question}, {stretch}", **asked, **at)
