"""What one walk does not pass: other stretches and sides, faults, answers, words that come late.

Each is a still with other facts; the page's own conditions decide what it then shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.browser.stills import Still
from tests.browser.variants_of_screens import SIDES, STRETCHES, screens

Of = Callable[[str, str], Still]
NO_SCREEN = {
    "invited_display": "no",
    "knock_display": "no",
    "display": "no",
    "may_invite_display": "no",
}
LIVE = {"link": "live", "one_phone": "no", "peer": "live", "peer_visible": "yes"}
NOT_FELT = {"felt": "no", "felt_place": "knee_left"}


def variants(of: Of) -> Iterator[Still]:
    """Yield all of them, for both phones."""
    yield from _client(lambda name: of(name, "client"))
    yield from _halted(lambda name: of(name, "client"))
    yield from _partner(lambda name: of(name, "partner"))
    yield from screens(lambda name: of(name, "display"))
    for role in ("client", "partner"):
        yield from _anywhere(lambda name, role=role: of(name, role))  # type: ignore[misc]


def _client(of: Callable[[str], Still]) -> Iterator[Still]:
    easing, holding = of("easing in"), of("holding")
    yield easing.varied("easing in, pacer")
    yield easing.varied("easing in, weak", link="weak")
    yield easing.varied("easing in, cut off", link="connecting")
    for name in ("easing in", "holding", "eased", "releasing", "resting", "paused"):
        yield of(name).varied(f"{name}, one phone", one_phone="yes")
    for thumb in ("on", "missing"):
        yield easing.varied(f"easing in, thumb {thumb}", thumb=thumb)
    yield of("positioning").varied("positioning, by thumb", thumb="on")
    yield easing.varied("easing in, not taken", refused="yes")
    yield easing.varied("easing in, too short a press", short="yes", refused="no")
    yield of("drilled").varied("drilled, gentler limits", gentle="yes", may_gentler="yes")
    yield of("drilled").varied("drilled, sounds heard", sampled="yes", sound="on")
    yield of("paused").varied("paused, gentler limits", gentle="yes", may_gentler="no")
    yield of("positioning").varied("positioning, partner ready", peer_ready="yes", one_phone="no")
    for name in ("easing in", "holding", "releasing", "positioning", "resting"):
        yield of(name).varied(f"{name}, muted", silence="there")
    yield holding.varied("holding, over by its own clock", over="yes")
    yield holding.varied("holding, nine").showing(remaining_s="9")
    yield of("eased").varied("eased, cut off", link="connecting")
    yield of("eased").varied("eased, sending", last_tap="ease", fate="sending")
    yield holding.varied("lost", lost="yes", say_it="no")
    yield of("stopped").varied("say it out loud", lost="no", say_it="yes")
    here = of("positioning")
    yield here.varied("positioning, waiting", ready="yes", may_ready="yes")
    yield here.varied("positioning, no contact", ready="no", may_ready="no", link="weak")
    yield here.varied("positioning, connecting", link="connecting", one_phone="no")
    for stretch, side in SIDES:
        yield here.varied(f"positioning, {stretch} {side}", stretch=stretch, side=side)
    yield here.varied("positioning, one phone", one_phone="yes")
    rest = of("resting")
    yield rest.varied(
        "resting, other side", change="side", next_stretch="hamstring_raise", roomy="yes"
    )
    yield rest.varied("resting, where it was felt").unfolded(".resting details")
    yield rest.varied("resting, not felt there", may_feel="no", **NOT_FELT)
    yield rest.varied("resting, no more", may_more="no", change="stretch", next_wish="less")
    invites = {"may_one_phone": "yes", "may_invite": "yes"}
    yield of("paused").varied("paused, the other gone", **invites, other="gone", one_phone="no")
    for name in ("positioning", "resting"):
        yield of(name).varied(f"{name}, the other silent", may_invite="yes", other="silent")
    for name in ("easing in", "eased", "releasing", "stopped"):
        yield of(name).varied(f"{name}, the other silent", other="silent")


def _halted(of: Callable[[str], Still]) -> Iterator[Still]:
    stopped, down = of("stopped"), of("let go")
    yield stopped.varied("stopped, an error", stop_cause="error", one_phone="no")
    yield stopped.varied("stopped, sending", last_tap="stop", fate="sending")
    for stretch, side in SIDES:
        yield stopped.varied(
            f"stopped, one phone, {stretch} {side}",
            stop_cause="asked", one_phone="yes", stretch=stretch, side=side,
        )  # fmt: skip
    yield down.varied("let go, the other's stop", mine="no", may_one_phone="yes")
    yield of("pain").varied("pain, where and how much").unfolded(".stopped details")
    cramps = {"pain_cramp": "yes", "pain_sharp": "no", "options_again": "yes"}
    yield of("ache").varied("pain, cramp and ache", **cramps, timer="rest")
    yield of("ache").varied("pain, cramp, rested", **cramps, pain_ache="no", timer="none")
    sharp = {"pain_sharp": "yes", "pain_ache": "no", "pain_cramp": "no", "options_again": "no"}
    yield of("ache").varied("pain, sharp", **sharp, timer="none")
    yield down.varied("let go, did it hurt").unfolded(".stopped .asked")


def _partner(of: Callable[[str], Still]) -> Iterator[Still]:
    # Long because it is a list.
    easing, holding, rest = of("easing in"), of("holding"), of("resting")
    yield easing.varied("easing in, asking", asking="yes")
    yield easing.varied("easing in, weak", link="weak")
    yield easing.varied("easing in, pacer")
    yield holding.varied("holding, begun", cue="first", last3="no", asks="no")
    yield holding.varied("holding, nine", digits="one").showing(remaining_s="9")
    yield holding.varied("holding, twenty-eight", digits="two").showing(remaining_s="28")
    yield holding.varied("holding, last three", digits="one", last3="yes").showing(remaining_s="3")
    yield holding.varied("holding, pacer", other="weak")
    for name in ("easing in", "holding", "releasing", "positioning", "resting"):
        yield of(name).varied(f"{name}, no sound", silence="here")
    yield of("eased").varied("eased, contact", cause="contact")
    yield of("eased").varied("eased, restarted", cause="restarted")
    yield of("positioning").varied(
        "positioning, waiting", ready="yes", may_ready="yes", need_partner="yes"
    )
    yield of("positioning").varied("positioning, next one", need_partner="no", wish="less")
    yield of("positioning").varied(
        "positioning, gentle, the other ready", gentle="yes", peer_ready="yes", wish="less"
    )
    for silence in ("here", "there", "chosen", "voice"):
        for name in ("easing in", "eased", "releasing", "paused"):
            yield of(name).varied(f"{name}, silence {silence}", silence=silence)
    yield rest.varied(
        "resting, other side", change="side", next_stretch="hamstring_raise", roomy="yes"
    )
    yield rest.varied("resting, too long", change="stretch", cause="too_long", next_wish="less")
    yield rest.varied("resting, not felt there", stretch="knees_to_chest", side="both", **NOT_FELT)
    yield of("paused").varied("paused, ready", ready="yes", may_invite="yes", cause="contact")
    for name in ("positioning", "eased", "releasing", "stopped", "resting"):
        yield of(name).varied(f"{name}, the other silent", may_invite="yes", other="silent")
    down = of("let go")
    yield down.varied("let go, own stop", mine="yes", may_invite="yes")
    yield of("stopped").varied("stopped, an error", stop_cause="error")
    for stretch, side in SIDES:
        at = {"stretch": stretch, "side": side}
        name = f"{stretch} {side}"
        yield of("positioning").varied(f"positioning, {name}", **at)
        yield of("releasing").varied(f"releasing, {name}", **at)
        yield of("stopped").varied(f"stopped, {name}", **at)
        yield holding.varied(
            f"lost, {name}", lost="yes", say_it="no", cue="first", last3="no", asks="no", **at
        )
        yield holding.varied(
            f"holding, over, {name}", over="yes", cue="first", last3="no", asks="no", **at
        )
    for stretch in STRETCHES:
        side = STRETCHES[stretch][0]
        for cue in ("0", "1"):
            yield holding.varied(
                f"holding, cue {cue}, {stretch}",
                stretch=stretch, side=side, cue=cue, asks="no", last3="no",
            )  # fmt: skip
        for question in ("0", "1", "2"):
            yield holding.varied(
                f"holding, question {question}, {stretch}",
                stretch=stretch, side=side, cue="0", question=question, asks="yes", last3="no",
            )  # fmt: skip


def _anywhere(of: Callable[[str], Still]) -> Iterator[Still]:
    yield of("lobby").varied(
        "connecting", phase="connecting", link="connecting", lost="no",
        display="no", may_invite_display="no",
    )  # fmt: skip
    invites = {"may_invite": "yes", "other": "gone"}
    for name in ("lobby", "warm-up", "let go"):
        yield of(name).varied(f"{name}, the other gone", **invites)
    for name in ("positioning", "holding", "let go", "resting"):
        yield of(name).varied(f"{name}, restarts soon", restarting="yes", **LIVE)
    for name in ("warm-up", "positioning", "resting", "paused"):
        yield of(name).varied(f"{name}, cut off", link="connecting", lost="no", trouble="offline")
    for away in ("moved", "gone", "deleted"):  # then its socket is closed
        yield of("warm-up").varied(away, **{away: "yes"}, link="connecting", lost="no")
    yield (
        of("resting")
        .varied("knock", knock="yes", let_go="none")
        .showing(knock_words="copper lantern")
    )
    yield (
        of("warm-up")
        .varied("invited", invited="yes", knock="no", let_go="none", hands_on="no", **NO_SCREEN)
        .showing(code="BCDFGH", address="https://192.168.178.105:8000")
    )
    over = {"begun": "yes", "one_phone": "no", "invited": "no", "knock": "no"}
    yield of("ended").varied("ended by signs", ended="signs", let_go="none", **over)
    yield of("ended").varied("ended, not down yet", ended="ended_by_partner", let_go="no", **over)
