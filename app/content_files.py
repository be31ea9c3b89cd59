"""The shape of each file of content/, field by field. Every line says where it is from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.model import Side

Text = Annotated[str, Field(min_length=1, max_length=300)]
Ident = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Point = tuple[float, float]
Limb = Annotated[tuple[Point, ...], Field(min_length=2)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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
    """Two people; `glow` runs through the parts where it is felt, `arrow` the way the hands go."""

    glow: Limb
    arrow: tuple[()] | tuple[Point, Point] = ()
    client: Body
    partner: Body


class Figure(Part):
    """Two poses, from the `side`, or slantwise from `above`; of two sides, the one `drawn`.

    From above the partner kneels beyond the client or at the feet: they are painted behind.
    """

    view: Literal["side", "above"] = "side"
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


class PlaceAdvice(Line):
    places: tuple[Ident, ...]


class Stretch(Part):
    """One stretch. Cues belong to a moment: `before`, easing in (in the words), `holding`.

    `helper_moves`: whether who helps kneels elsewhere for the other side.
    """

    id: Ident
    sided: bool
    helper_moves: bool = False
    come_out_s: Annotated[int, Field(ge=6, le=8)]
    words: Words
    muscles: Lines
    client_cues: Lines
    before_cues: Lines
    holding_cues: Lines
    questions: Lines
    way_back: Lines
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
        """Say where a helper who faces them finds that side, or None where there are none."""
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
    emergency: Lines
    soon: Lines
    pain_advice: dict[Literal["sharp", "spreading", "numb", "weak", "cramp", "ache"], Text]
