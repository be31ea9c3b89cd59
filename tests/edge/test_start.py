"""Where a session begins: the choice of stretches, its honest total, the same as last time."""

from __future__ import annotations

import re

import httpx
import pytest

from app.core.model import Routine
from tests.support.app import SAME_SITE, Served, serve_app

ALL = ["figure_four", "hamstring_raise", "knees_to_chest", "spinal_twist"]
OTHER_SITE = {"origin": "http://elsewhere.example"}


def form(*stretches: str, **numbers: str) -> dict[str, str | list[str]]:
    return {"role": "client", "stretch": list(stretches), **numbers}


async def post(served: Served, path: str, data: dict[str, str | list[str]]) -> httpx.Response:
    """Send a form; what this browser was in before is left."""
    before = [name.split("_")[1] for name in served.http.cookies if name.startswith("seat_")]
    return await served.http.post(path, data=data | {"leave": before}, headers=SAME_SITE)


def routine(served: Served, started: httpx.Response) -> Routine:
    assert started.status_code == 303, started.text
    room = started.headers["location"].split("/")[2]
    return served.room(room).state.routine


def total(answer: httpx.Response) -> str:
    found = re.search(r'id="total".*?</div>', answer.text, re.S)
    assert found, answer.text
    return found[0]


async def test_a_preset_starts_as_it_stands() -> None:
    async with serve_app() as served:
        for preset in served.app.state.library.presets.values():
            started = await post(served, "/start", {"role": "partner", "routine": preset.id})
            assert started.headers["location"].endswith("/partner")
            assert routine(served, started) == preset.routine


async def test_one_s_own_choice_starts_with_its_own_numbers_and_no_other_stretch() -> None:
    async with serve_app() as served:
        chosen = form("figure_four", "spinal_twist", hold_figure_four="25", reps_spinal_twist="3")
        items = routine(served, await post(served, "/start/own", chosen)).items
        assert [(i.stretch, i.hold_s, i.reps) for i in items] == [
            ("figure_four", 25, 2),
            ("spinal_twist", 20, 3),
        ]


@pytest.mark.parametrize(
    "number",
    [("hold", "9"), ("hold", "61"), ("hold", "x"), ("hold", ""), ("reps", "0"), ("reps", "6")],
)
async def test_a_number_out_of_bounds_starts_nothing_and_stays_to_be_mended(
    number: tuple[str, str],
) -> None:
    name, typed = number
    async with serve_app() as served:
        answer = await post(
            served, "/start/own", form("figure_four", **{f"{name}_figure_four": typed})
        )
        assert answer.status_code == 422
        assert "Seconds go from 10 to 60, times from 1 to 5." in total(answer)
        assert re.search(f'name="{name}_figure_four" value="{typed}"', answer.text)
        assert not re.search(r'value="spinal_twist" checked', answer.text)


async def test_nothing_ticked_says_what_to_do() -> None:
    async with serve_app() as served:
        for path, status in (("/start/total", 200), ("/start/own", 422)):
            answer = await post(served, path, form())
            assert answer.status_code == status
            assert "Tick at least one stretch." in total(answer)


async def test_the_total_is_that_of_the_session_that_starts() -> None:
    async with serve_app() as served:
        for chosen in (form("figure_four"), form(*ALL, hold_spinal_twist="60")):
            answer = await post(served, "/start/total", chosen)
            made = routine(served, await post(served, "/start/own", chosen))
            minutes = served.app.state.library.minutes(made)
            assert f"About {minutes} minutes" in total(answer)


async def test_the_same_as_last_time_is_the_same() -> None:
    async with serve_app() as served:
        own = form("figure_four", hold_figure_four="35", reps_figure_four="1")
        for path, data in (("/start/own", own), ("/start", form() | {"routine": "lower_back"})):
            first = await post(served, path, data)
            home = await served.http.get("/")
            assert "Same as last time" in home.text
            again = await post(served, "/start", {"role": "client", "routine": "last"})
            assert routine(served, again) == routine(served, first)


@pytest.mark.parametrize("written", ["client~gone.20.2", "client~figure_four.99.2", "~;", "x" * 99])
async def test_a_cookie_of_another_version_is_no_last_time(written: str) -> None:
    async with serve_app() as served:
        home = await served.http.get("/", headers={"cookie": f"last={written}"})
        assert home.status_code == 200 and "Same as last time" not in home.text


async def test_forms_of_another_site_start_nothing() -> None:
    async with serve_app() as served:
        for path in ("/start", "/start/own", "/start/total", "/host", "/try"):
            for headers in ({}, OTHER_SITE):
                answer = await served.http.post(path, data=form(*ALL), headers=headers)
                assert answer.status_code == 403, path


async def test_a_leaflet_leads_to_a_form_with_its_stretch_alone() -> None:
    async with serve_app() as served:
        led = await served.http.get("/?stretch=figure_four")
        assert led.headers["location"] == "/start?stretch=figure_four"
        text = (await served.http.get(led.headers["location"])).text
        ticked = re.findall(r'name="stretch" value="(\w+)" checked', text)
        assert ticked == ["figure_four"]


async def test_an_unknown_preset_starts_nothing() -> None:
    async with serve_app() as served:
        answer = await post(served, "/start", {"role": "client", "routine": "nonsense"})
        assert answer.status_code == 422 and not len(served.app.state.rooms)
