"""The way in, the hold and the way back as one drawing that moves, again and again.

By SMIL: Safari animates no path by CSS. Whoever wants less motion is shown two pictures instead.
"""

from __future__ import annotations

from app.content.files import Figure
from app.screen.limbs import HEAD_PX, Drawn, arrows, glow, parts_of, path, phone
from app.screen.tween import between

LOOP_S = 12
BETWEEN = (0.25, 0.5, 0.75)
# Begin, the way in, the hold, the way back: a place in the loop for each step and back again.
KEY_TIMES = "0;0.12;0.2;0.28;0.36;0.44;0.72;0.78;0.84;0.9;0.96;1"
GLOW_SEEN = ("0;0.3;0.44;0.72;0.8;1", "0;0;1;1;0;0")
ARROWS_SEEN = ("0;0.08;0.12;0.4;0.46;1", "0;0;1;1;0;0")


def loop(drawn: Figure, name: str) -> str:
    """Draw two poses and all between them; ids begin with `name`."""
    first, last = drawn.start, drawn.stretched
    steps = [first, *(between(first, last, part) for part in BETWEEN), last]
    # The order of painting can't change while it moves: it is that of the stretch.
    steps = [step.model_copy(update={"upper": last.upper}) for step in steps]
    layers = [list(parts_of(step, drawn.view)) for step in steps]
    people = "".join(
        f'<g class="{who}">{_moving_all(f"{name}-{n}", [step[n][1] for step in layers])}</g>'
        for n, (who, _) in enumerate(layers[0])
    )
    return (
        f"<g>{glow(last)}{_seen(*GLOW_SEEN)}</g>{people}{phone(last)}"
        f"<g>{arrows(last)}{_seen(*ARROWS_SEEN)}</g>"
    )


def _moving_all(name: str, steps: list[list[Drawn]]) -> str:
    return "".join(
        _moving(f"{name}-{n}", list(same)) for n, same in enumerate(zip(*steps, strict=True))
    )


def _moving(name: str, steps: list[Drawn]) -> str:
    """Draw one part; its line is defined once, and used for its edge too."""
    part = steps[0]
    if part.name == "head":
        (x, y) = part.points[0]
        xs, ys = ([f"{round(step.points[0][axis], 1):g}" for step in steps] for axis in (0, 1))
        return (
            f'<circle class="head" cx="{x:g}" cy="{y:g}" r="{HEAD_PX}">'
            f"{_animate('cx', xs)}{_animate('cy', ys)}</circle>"
        )
    moves = _animate("d", [path(step.points) for step in steps])
    shape = f'<defs><path id="{name}" d="{path(part.points)}">{moves}</path></defs>'
    edge = "" if part.name == "neck" else f'<use href="#{name}" class="limb {part.name} edge"/>'
    return f'{shape}{edge}<use href="#{name}" class="limb {part.shade}"/>'


def _animate(what: str, steps: list[str]) -> str:
    """Return how one attribute goes through its steps and back; empty if it stays."""
    if len(set(steps)) == 1:
        return ""
    there_and_back = [steps[0], *steps, *reversed(steps), steps[0]]
    return _timed(what, KEY_TIMES, ";".join(there_and_back))


def _seen(times: str, values: str) -> str:
    return _timed("opacity", times, values)


def _timed(what: str, times: str, values: str) -> str:
    return (
        f'<animate attributeName="{what}" dur="{LOOP_S}s" repeatCount="indefinite"'
        f' keyTimes="{times}" values="{values}"/>'
    )
