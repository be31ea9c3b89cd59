"""No word at a stop or a way back can be obeyed as force; none in a hold asks for more."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from app.cli import main
from app.config import ASSETS
from app.content.files import Stretch, Wording
from app.content.library import load_library
from app.content.wording import asks_for_more, obeyed_as_force
from app.errors import ContentError

CONTENT = ASSETS / "content"
LIBRARY = load_library(CONTENT)
STRETCHES = list(LIBRARY.stretches.values())
WORDING = Wording.model_validate(tomllib.loads((CONTENT / "wording.toml").read_text("utf-8")))
each_stretch = pytest.mark.parametrize("stretch", STRETCHES, ids=lambda s: s.id)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Push off now.", "push"),
        ("Stop. Bring them down slowly.", "bring"),
        ("Slowly lower the leg.", "lower"),
        ("Keep hold, then lift it back.", "lift"),
        ("Foot to the floor and press it there.", "press"),
        ("Hands off, slowly.", "hands off"),
        ("Keep calm. You can let go.", "let go"),
        ("Both: pull the knees to the middle.", "pull"),
    ],
)
def test_an_order_to_use_force_is_found_wherever_it_begins(text: str, word: str) -> None:
    assert obeyed_as_force(text, WORDING) == word


@pytest.mark.parametrize(
    "text",
    [
        "No more pressure. Keep hold. Slowly back.",
        "Let the knee bend.",
        "Both hands to the knees. They help.",
        "The push is over.",
        "They press nothing.",
    ],
)
def test_what_only_names_a_force_is_no_order(text: str) -> None:
    assert obeyed_as_force(text, WORDING) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("A little deeper.", "deeper"),
        ("An even, gentle push.", "push"),
        ("Lean with your weight, not your arms.", "lean"),
        ("It may go further now.", "further"),
        ("Stay here. No deeper. Now a bit more.", "more"),
        ("Someone pulls gently.", "pulls"),
    ],
)
def test_whatever_asks_for_more_in_a_hold_is_found(text: str, word: str) -> None:
    assert asks_for_more(text, WORDING) == word


def test_a_hold_may_say_no() -> None:
    for text in ("Stay here. No deeper.", "Not further. Never more than this."):
        assert asks_for_more(text, WORDING) is None


BROKEN = [
    ("stretches/hamstring_raise", "Let the knee bend.", "Bend the knee.", "way_back.0: 'bend'"),
    ("stretches/spinal_twist", "Slowly to the middle.", "Slowly down.", "way_back.1: 'down'"),
    ("stretches/hamstring_raise", "Keep hold until", "Let go when", "way_back.2: 'let go'"),
    (
        *("stretches/knees_to_chest", "Listen to what they say."),
        *("Lean in a little.", "holding_cues.1: 'lean'"),
    ),
    (
        *("stretches/figure_four", "A little less, and hold the thigh, not the knee."),
        *("Push the knee away.", "place_advice.0: 'push'"),
    ),
    ("phrases", "No more pressure.", "Push off now.", "stop: 'push'"),
    ("phrases", "A little less.", "Lift a little.", "less: 'lift'"),
    ("safety", "{{stop}}", "{{halt}}", "phrases.toml has no 'halt'"),
    ("learn/how-to-talk.md", "{{less}}", "{{lesser}}", "phrases.toml has no 'lesser'"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "told"), BROKEN, ids=lambda one: one[:24])
def test_a_word_that_can_be_misread_stops_the_start_by_file_and_field(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    right: str,
    wrong: str,
    told: str,
) -> None:
    copy = shutil.copytree(CONTENT, tmp_path / "content")
    file = copy / (name if name.endswith(".md") else f"{name}.toml")
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(ContentError) as refused:
        load_library(copy)
    assert str(refused.value).startswith(file.name) and told in str(refused.value)
    assert main(["check-content", str(copy)]) == 2
    assert told in capsys.readouterr().err


@each_stretch
def test_every_stretch_asks_all_four_questions_and_says_where_hands_and_phone_are(
    stretch: Stretch,
) -> None:
    asked = " ".join(line.text.lower() for line in stretch.questions)
    for part in ("do you feel a stretch", "where do you feel it", "too much", "ease or to stop"):
        assert part in asked
    assert "phone" in stretch.words.client_phone.text and "phone" in stretch.words.phone.text
    assert "hand" in stretch.words.partner_hands.text.lower()
    assert stretch.holding_cues[0].text == "Stay here. No deeper."


@each_stretch
def test_a_helper_is_told_each_side_as_they_see_it(stretch: Stretch) -> None:
    for side in stretch.sides if stretch.sided else ():
        seen = stretch.side_seen(side)
        assert seen is not None
        other = {"left": "right", "right": "left"}[side.value]
        assert f"their {side.value}" in seen.text.lower() and f"your {other}" in (
            seen.text.lower()
            .replace("their right", "your right")
            .replace("their left", "your left")
        )


def test_only_who_has_to_kneel_elsewhere_walks_round() -> None:
    moves = {stretch.id for stretch in STRETCHES if stretch.helper_moves}
    assert moves == {"hamstring_raise", "spinal_twist"}


def test_the_twists_way_back_never_says_down() -> None:
    twist = LIBRARY.stretches["spinal_twist"]
    assert "down" in twist.never_back
    assert all("down" not in line.text.lower().split() for line in twist.way_back)


def test_an_uneven_drawing_or_a_lone_helper_is_refused_by_field(tmp_path: Path) -> None:
    copy = shutil.copytree(CONTENT, tmp_path / "content")
    file = copy / "stretches" / "figure_four.toml"
    text = file.read_text("utf-8")
    cut = text.replace("leg = [[190, 200], ", "leg = [", 1)
    assert cut != text
    file.write_text(cut, "utf-8")
    with pytest.raises(ContentError, match=r"figure\.client\.leg: 2 joints at the start, then 3"):
        load_library(copy)
    file.write_text(text, "utf-8")
    moves = copy / "warm_up.toml"
    partner = text[text.index("[figure.start.partner]") : text.index("[figure.stretched]")]
    at = partner.replace("figure.start.partner", "moves.figure.start.partner")
    first = moves.read_text("utf-8").replace(
        "[moves.figure.stretched]", at + "[moves.figure.stretched]", 1
    )
    moves.write_text(first, "utf-8")
    with pytest.raises(
        ContentError, match=r"warm_up\.toml: moves\.march\.figure: shows one person"
    ):
        load_library(copy)


def test_the_warm_up_is_five_moves_of_five_minutes_and_no_arm_swings() -> None:
    assert len(LIBRARY.warm_up) == 5
    assert sum(move.seconds for move in LIBRARY.warm_up) == 300
    said = " ".join(line.text.lower() for line in LIBRARY.safety.warm_up)
    assert "swing" not in said and "are enough" not in said


def test_the_table_of_words_says_what_is_said() -> None:
    """It is read aloud in order, and may not lag behind the content."""
    table = (Path(__file__).parents[1] / "docs/wording.md").read_text("utf-8")
    for text in LIBRARY.phrases.model_dump().values():
        assert text in table
    for stretch in STRETCHES:
        row = next(
            line for line in table.splitlines() if line.startswith(f"| {stretch.words.name} ")
        )
        assert " ".join(line.text for line in stretch.way_back) in row
        assert f"| {stretch.way_back_s} |" in row
        assert all(advice.text in row for advice in stretch.place_advice)
        assert " · ".join(line.text for line in stretch.holding_cues) in table
