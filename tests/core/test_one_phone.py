"""One phone for both: the client's choice while the other is gone, and what it changes."""

from __future__ import annotations

import pytest

from app.core import commands as c
from app.core.model import SEATS, After, AlertId, Link, Phase, Role
from app.core.safety import todo
from app.protocol.view import view
from tests.support.session import Session

OPEN = [
    Phase.WARMING_UP, Phase.POSITIONING, Phase.RESTING, Phase.PAUSED, Phase.STOPPED,
]  # fmt: skip
CLIENT, PARTNER = Role.CLIENT, Role.PARTNER


def one_phone(s: Session) -> c.OnePhone:
    return c.OnePhone(id=s.id())


def alone(phase: Phase = Phase.POSITIONING) -> Session:
    """A room whose partner's phone fell silent, and whose client goes on."""
    s = Session().to(phase)
    s.presence(PARTNER, Link.LOST)
    s.client(one_phone(s))
    return s


@pytest.mark.parametrize("phase", OPEN)
def test_one_phone_is_offered_only_while_the_other_is_gone(phase: Phase) -> None:
    s = Session().to(phase)
    assert s.reason(one_phone(s), CLIENT) == "not_now"
    s.presence(PARTNER, Link.LOST)
    assert "one_phone" in view(s.state, CLIENT, s.now_ms, "e").may
    assert s.reason(one_phone(s), PARTNER) == "not_yours"
    s.client(one_phone(s))
    assert s.phase() is phase and s.state.is_one_phone
    assert s.reason(one_phone(s), CLIENT) == "not_now"


@pytest.mark.parametrize("phase", [Phase.EASING_IN, Phase.HOLDING, Phase.EASED, Phase.RELEASING])
def test_one_phone_is_never_chosen_with_hands_on(phase: Phase) -> None:
    s = Session().to(phase)
    s.presence(PARTNER, Link.LOST)
    assert s.reason(one_phone(s), CLIENT) == "not_now"


def test_without_a_second_phone_the_client_alone_leads_through_lobby_and_drill() -> None:
    s = Session()
    s.ask(c.TakeSeat(role=CLIENT, token_hash="hash"))
    s.presence(CLIENT)
    s.ask(c.PassScreening(list="1"), CLIENT)
    assert s.reason(c.Brief(id=s.id()), CLIENT) == "not_now"
    s.client(one_phone(s))
    assert todo(s.state) == ("briefed",)
    s.client(c.Brief(id=s.id()))
    assert s.phase() is Phase.WARMING_UP
    s.client(c.Stop(id=s.id()))
    assert s.state.drill is not None
    s.client(c.LetGo(id=s.id(), alert=s.state.drill.alert))
    s.ready(CLIENT)
    assert s.phase() is Phase.POSITIONING


def test_with_one_phone_its_ready_and_its_good_are_enough() -> None:
    s = alone()
    told = view(s.state, CLIENT, s.now_ms, "e")
    assert (told.seats["partner"].phone, told.needs_partner) == ("shared", False)
    s.ready(CLIENT)
    s.wait(1_000)
    s.good()
    assert s.phase() is Phase.HOLDING
    s.wait(20_000)
    assert s.phase() is Phase.HOLDING  # nobody waits for the phone that is gone


def test_with_one_phone_its_own_silence_still_eases_and_brings_down() -> None:
    s = alone()
    s.ready(CLIENT)
    s.wait(1_000)
    s.good()
    s.lose(CLIENT)
    assert s.phase() is Phase.EASED
    s.wait(10_000)
    assert s.phase() is Phase.RELEASING


def test_with_one_phone_the_client_clears_what_the_partner_had_stopped() -> None:
    s = Session().to(Phase.HOLDING)
    s.partner(c.Stop(id=s.id()))
    s.presence(PARTNER, Link.LOST)
    assert s.state.stop is not None
    stop = s.state.stop.stop
    s.client(c.LetGo(id=s.id(), stop=stop))
    s.now_ms += 3_000
    assert s.reason(c.Clear(id=s.id(), stop=stop, then=After.AGAIN), CLIENT) == "not_yours"
    s.client(one_phone(s))
    s.client(c.Clear(id=s.id(), stop=AlertId(stop), then=After.AGAIN))
    assert s.phase() is Phase.POSITIONING


def test_another_phone_that_is_here_ends_it_and_counts_from_then_on() -> None:
    s = alone()
    s.ask(c.TakeSeat(role=PARTNER, token_hash="another"))
    assert s.state.is_one_phone  # it has not said a word yet
    s.presence(PARTNER, visible=False)
    assert s.state.is_one_phone  # nobody sees it
    s.presence(PARTNER)
    assert not s.state.is_one_phone
    assert s.reason(one_phone(s), CLIENT) == "not_now"
    for role in SEATS:
        s.ready(role)
    s.lose(PARTNER)
    assert s.phase() is Phase.EASED


def test_a_phone_that_comes_back_unseen_neither_counts_nor_eases_when_it_goes() -> None:
    s = alone()
    s.ready(CLIENT)
    s.presence(PARTNER, visible=False)
    s.presence(PARTNER, Link.LOST, visible=False)
    assert s.phase() is Phase.EASING_IN


def test_one_phone_outlasts_a_restart_of_the_server() -> None:
    s = alone()
    s.ask(c.Restart())
    s.presence(CLIENT)
    assert s.state.is_one_phone
    s.ready(CLIENT)
    assert s.phase() is Phase.EASING_IN
