"""What goes wrong, drawn from the seed: ways, pages, the disk, the server."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from app.core.model import SEATS

if TYPE_CHECKING:
    from tests.faults.simulation.page import SimPage
    from tests.faults.simulation.world import World


def plan(world: World, lasts_ms: int) -> None:
    """Put a few faults into the time to come."""
    chance = world.chance
    for page in world.pages.values():
        page.way.delay_ms = chance.choice([(1, 5), (5, 40), (20, 90)])
        page.way.repeats = chance.choice([0.0, 0.0, 0.05])
    for _ in range(chance.randint(1, 4)):
        at_ms = chance.randint(1_000, lasts_ms - 1_000)
        fault = chance.choice(FAULTS)
        world.clock.after(at_ms, lambda fault=fault: fault(world))  # type: ignore[misc]


def plan_an_end(world: World, lasts_ms: int) -> None:
    """In some seeds the server is told to end, as by an upgrade. Drawn apart, so that what a seed
    held before it still holds.
    """
    chance = Random(f"an end in {world.seed}")
    if chance.random() < 0.25:
        at_ms, within_ms = (
            chance.randint(1_000, lasts_ms - 1_000),
            chance.choice([0, 2_000, 60_000]),
        )
        back_ms = chance.choice([150, 800, 2_400])
        world.clock.after(at_ms, lambda: world.end(within_ms, back_ms))


def _page(world: World) -> SimPage:
    return world.pages[world.chance.choice(SEATS)]


def _lasts(world: World, *, most_ms: int = 8_000) -> int:
    return world.chance.choice([200, 700, 1_500, 2_600, 3_300, 5_000, most_ms])


def stall(world: World) -> None:
    """One phone's bytes wait, one way or both."""
    page, until = _page(world), world.clock.now_ms() + _lasts(world)
    for direction in world.chance.choice([("up",), ("down",), ("up", "down")]):
        # A shorter stall within a longer one ends nothing: what waits is in order.
        page.way.stalled_until[direction] = max(until, page.way.stalled_until[direction])
    world.hurt(f"stall {page.role} until {until}")


def cut(world: World) -> None:
    """One phone's sockets are reset and new ones refused for a while."""
    page = _page(world)
    page.way.is_cut = True
    if page.socket is not None:
        page.socket.server.gone(page.socket)
    world.hurt(f"cut {page.role}")

    def mend() -> None:
        page.way.is_cut = False

    world.clock.after(_lasts(world), mend)


def crash(world: World) -> None:
    """Kill the server; it comes back."""
    world.hurt("crash")
    world.kill(is_told=world.chance.random() < 0.7)
    world.clock.after(world.chance.choice([150, 800, 2_400, 4_000]), world.revive)


def slow_disk(world: World) -> None:
    """Every commit takes its time."""
    world.journal.delay_ms = world.chance.choice([20, 200, 500])
    world.note(f"slow disk {world.journal.delay_ms}")
    world.clock.after(_lasts(world), lambda: world.journal.heal())


def hung_disk(world: World) -> None:
    """No commit comes back for a while."""
    world.note("hung disk")
    world.journal.hang()
    world.clock.after(_lasts(world), lambda: world.journal.heal())


def full_disk(world: World) -> None:
    """Every commit fails for a while."""
    world.note("full disk")
    world.journal.is_failing = True
    world.clock.after(_lasts(world), lambda: world.journal.heal())


def freeze(world: World) -> None:
    """A page's script stands still."""
    page = _page(world)
    page.frozen_until = world.clock.now_ms() + _lasts(world)
    world.hurt(f"freeze {page.role} until {page.frozen_until}")


def hide(world: World) -> None:
    """A page is hidden, and comes back."""
    page = _page(world)
    page.show(False)
    world.hurt(f"hide {page.role}")
    world.clock.after(_lasts(world), lambda: page.show(True))


def reload(world: World) -> None:
    """A page is reloaded."""
    page = _page(world)
    world.hurt(f"reload {page.role}")
    page.reload()


def die(world: World) -> None:
    """A phone's battery is empty; it is opened again in the end."""
    page = _page(world)
    page.is_dead = True
    world.hurt(f"die {page.role}")


def crash_at_a_tap(world: World) -> None:
    """The client stops, and the server dies between any two steps of it."""
    world.pages[SEATS[0]].tap("stop")
    world.clock.after(world.chance.randint(0, 120), lambda: crash(world))


FAULTS: list[Callable[[World], None]] = [
    stall, stall, cut, crash, slow_disk, hung_disk, full_disk, freeze, hide, reload, die,
    crash_at_a_tap,
]  # fmt: skip
