"""The shape of each file of content/, field by field. Every line says where it is from."""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.model import Side
from app.errors import ContentError

Text = Annotated[str, Field(min_length=1, max_length=300)]
Ident = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Point = tuple[float, float]
Limb = Annotated[tuple[Point, ...], Field(min_length=2)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


P = TypeVar("P", bound=Part)


def read_part(kind: type[P], where: str, text: str, what: str = "") -> P:
    """Read a part from TOML. Raises ContentError with `where`, the field and what is wrong.

    `what` names the piece of a file that is no TOML as a whole.
    """
    try:
        return kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as e:
        raise ContentError(f"{where}: {what}is not TOML: {e}") from e
    except ValidationError as e:
        first = e.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{where}: {field}: {first['msg']}") from e


class Line(Part):
    text: Text
    origin: Literal["source", "addition"] = Field(alias="from")


Lines = Annotated[tuple[Line, ...], Field(min_length=1)]


class Words(Part):
    name: Text
    left: Text | None = None
    right: Text | None = None
    summary: Line
    client_lies: Line
    partner_place: Line
    partner_hands: Line
    partner_does: Line
    client_phone: Line
    left_seen: Line | None = None
    right_seen: Line | None = None
    phone: Line
    easing_in: Line
    figure: Line


class Body(Part):
    head: Point
    torso: Limb
    leg: Limb
    far_leg: Limb
    arm: Limb
    far_arm: Limb


class Pose(Part):
    """One or two people. `upper` is the leg of the client that is painted over the other one.

    `glow` runs through the parts where the stretch is felt. Each of the `arrows` is the way a hand
    goes. The `phone` is the client's.
    """

    glow: Limb | tuple[()] = ()
    arrows: tuple[tuple[Point, Point], ...] = ()
    phone: tuple[Point, Point] | None = None
    upper: Literal["leg", "far_leg"] = "leg"
    client: Body
    partner: Body | None = None


class Figure(Part):
    """Two poses in one `view`; if there are two sides, of the one that is `drawn`.

    From the `side` the partner is at the feet; `beside`, they kneel nearer to us than the client.
    Slantwise from `above` they kneel beyond the client or at the feet, and are painted behind.
    `upright` is one person who stands, from the side; `front` the same from in front.
    """

    view: Literal["side", "beside", "above", "upright", "front"] = "side"
    drawn: Literal[Side.LEFT, Side.RIGHT] | None = None
    start: Pose
    stretched: Pose


class Phrases(Part):
    """What is said when force must go: one source for screens, voices and pages."""

    stop: Text
    less: Text
    wait: Text
    ask: Text
    back: Text
    resting: Text
    off_me: Text


class Wording(Part):
    """Words that a way back may not begin with, and that no holding cue may say."""

    force: frozenset[Text]
    how: frozenset[Text]
    lets_go: tuple[Text, ...]
    more: frozenset[Text]


class Muscle(Line):
    """A muscle in plain words, and as the page of the muscles has it."""

    called: Text | None = None


class PlaceAdvice(Line):
    places: tuple[Ident, ...]


class Stretch(Part):
    """One stretch. The helper's cues belong to a moment: before, easing in, holding.

    `helper_moves`: whether the helper kneels elsewhere for the other side. `never_back`: words that
    name the stretch itself, so that its way back may not use them.
    """

    id: Ident
    sided: bool
    helper_moves: bool = False
    way_back_s: Annotated[int, Field(ge=6, le=8)]
    words: Words
    muscles: Annotated[tuple[Muscle, ...], Field(min_length=1)]
    client_cues: Lines
    before_cues: Lines
    easing_in_cues: Lines
    holding_cues: Lines
    questions: Annotated[tuple[Line, ...], Field(min_length=4)]
    way_back: Lines
    never_back: tuple[Text, ...] = ()
    expected: dict[Side, tuple[Ident, ...]]
    place_advice: tuple[PlaceAdvice, ...] = ()
    figure: Figure

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides it is done on, in their usual order."""
        return (Side.LEFT, Side.RIGHT) if self.sided else (Side.BOTH,)

    def side_name(self, side: Side) -> str | None:
        """Name a side as people see it, or None where there are none."""
        return {Side.LEFT: self.words.left, Side.RIGHT: self.words.right}.get(side)

    def side_seen(self, side: Side) -> Line | None:
        """Return where a helper who faces them finds that side, or None if there are no sides."""
        return {Side.LEFT: self.words.left_seen, Side.RIGHT: self.words.right_seen}.get(side)


class PresetItem(Part):
    stretch: Ident
    hold_s: Annotated[int, Field(ge=10, le=60)]
    reps: Annotated[int, Field(ge=1, le=5)]
    rest_s: Annotated[int, Field(ge=5, le=60)] = 15
    first_side: Side = Side.LEFT


class PresetFile(Part):
    id: Ident
    name: Text
    items: Annotated[tuple[PresetItem, ...], Field(min_length=1, max_length=12)]
    warm_up_s: Annotated[int, Field(ge=300, le=600)] = 300


class RoutinesFile(Part):
    default: Ident
    presets: Annotated[tuple[PresetFile, ...], Field(min_length=1)]


class PlaceFile(Part):
    id: Ident
    name: Text
    view: Literal["front", "back"]
    sided: bool = False
    box: tuple[int, int, int, int]


class BodyMapFile(Part):
    places: Annotated[tuple[PlaceFile, ...], Field(min_length=1)]


class Move(Part):
    """One move of the warm-up: shown, spoken and drawn."""

    id: Ident
    name: Text
    seconds: Annotated[int, Field(ge=20, le=120)]
    shown: Line
    spoken: Line
    drawn: Line
    figure: Figure


class WarmUpFile(Part):
    moves: Annotated[tuple[Move, ...], Field(min_length=1)]


class Source(Part):
    """The article that lines marked "source" come from; who it is by, once that is known."""

    about: Text
    title: Text | None = None
    author: Text | None = None
    unnamed: Text


class Question(Line):
    id: Ident
    clearable: bool
    standing: bool
    advice: Text


class Safety(Part):
    version: Text
    not_reviewed: Line
    before: Line
    nothing_found: Line
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    rules: Lines
    client_card: Lines
    warm_up: Lines
    get_up: Lines
    emergency_call: Line
    emergency_with: Line
    emergency: Lines
    soon_with: Line
    soon: Lines
    pain_advice: dict[Literal["sharp", "spreading", "numb", "weak", "cramp", "ache"], Text]
