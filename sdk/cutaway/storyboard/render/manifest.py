"""What may stand in a manifest. The published schema is drawn from these models.

    version: 1
    defaults: {model: draft, size: 640x360, rate: 24, frames: 48}
    assets:
      opener: {prompt: a red ball rolls left across a desert at sunset}
      product:
        matrix: {colour: [red, blue], way: [left, right]}
        prompt: a ${{ matrix.colour }} car drives ${{ matrix.way }} through a city
      longer: {extend: clips/shot.mp4, frames: 24}

An asset is of the kind that its one key of `KIND_KEYS` says. Times are frames at `rate`, or seconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from cutaway.timebase import Rate

ASSET_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_ANY_PLACEHOLDER: Final = {"type": "string", "pattern": r"^\$\{\{.+\}\}$", "description": "A placeholder."}


def _or_placeholder(schema: dict[str, Any]) -> WithJsonSchema:
    """In the file a placeholder may stand for the number; it is replaced before the models look."""
    return WithJsonSchema({"anyOf": [schema, _ANY_PLACEHOLDER]})


def _text_of_size(value: Any) -> Any:
    if isinstance(value, str):
        width, _, height = value.lower().partition("x")
        if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
            raise ValueError(f"a size is written WIDTHxHEIGHT, such as 1280x720, not {value!r}")
        return f"{int(width)}x{int(height)}"
    return value


def _exact_rate(value: Any) -> Any:
    return None if value is None else str(Rate.parse(value))


Count = Annotated[int, Field(ge=1, le=14_400), _or_placeholder({"type": "integer", "minimum": 1, "maximum": 14_400})]
Seconds = Annotated[
    float, Field(gt=0, le=60, allow_inf_nan=False), _or_placeholder({"type": "number", "exclusiveMinimum": 0})
]
Share = Annotated[
    float, Field(ge=0, le=1, allow_inf_nan=False), _or_placeholder({"type": "number", "minimum": 0, "maximum": 1})
]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1), _or_placeholder({"type": "integer", "minimum": 0})]
Size = Annotated[str, BeforeValidator(_text_of_size)]
FrameRate = Annotated[
    str, BeforeValidator(_exact_rate), WithJsonSchema({"type": ["number", "string"], "description": "24, 23.976, ..."})
]
Steps = Annotated[int, Field(ge=1), _or_placeholder({"type": "integer", "minimum": 1})]
Guidance = Annotated[float, Field(ge=0, allow_inf_nan=False), _or_placeholder({"type": "number", "minimum": 0})]
Flag = Annotated[bool, _or_placeholder({"type": "boolean"})]
Profile = Annotated[
    Literal["exact", "balanced", "fast", "low-memory"],
    _or_placeholder({"type": "string", "enum": ["exact", "balanced", "fast", "low-memory"]}),
]
Picture = Annotated[str, Field(min_length=1)]
Scalar = str | bool | int | float
Format = Literal["mp4", "prores", "dnxhr", "ffv1"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


class Settings(_Strict):
    """What an asset may say about how it is made, and `defaults` for all of them."""

    model: str | None = Field(None, description="As `cutaway models` lists them; the best one when left out.")
    size: Size | None = Field(None, description="Pixels, such as 1280x720.")
    rate: FrameRate | None = Field(None, description="Frames per second: 24, 23.976, 30000/1001.")
    frames: Count | None = Field(None, description="How long it is; of extend and fill, how much is added.")
    seconds: Seconds | None = Field(None, description="The same in seconds; frames are exact.")
    seed: Seed | None = Field(None, description="Left out: one that follows from the asset's name, always the same.")
    style: str | None = Field(None, description="A look, such as papercraft.")
    negative_prompt: str | None = Field(None, description="What should not be seen.")
    references: list[Picture] | None = Field(
        None, max_length=16, description="Pictures of what should look the same, without being frames of the video."
    )
    profile: Profile | None = Field(None, description="How a real model is run; exact when left out.")
    steps: Steps | None = Field(None, description="Of the denoiser; the model's own number when left out.")
    guidance: Guidance | None = Field(None, description="How strictly the prompt is followed; else the model's own.")
    expand_prompt: Flag | None = Field(None, description="A language model writes the prompt out first.")
    allow_degraded: Flag | None = Field(
        None, description="Accept a way that loses something, where the model has no better one."
    )
    strength: Share | None = Field(None, description="Of a remix: 0 keeps the source, 1 forgets it.")
    context_frames: Count | None = Field(None, description="How many frames of a neighbour the model is shown.")
    format: Format | None = Field(None, description="Codec and container; else as the suffix of `output` says.")
    sound: Literal["keep", "silent"] | None = Field(None, description="Of a source that has sound.")
    part: Literal["full", "segment"] | None = Field(
        None, description="Of extend and fill: the whole shot, or only the new frames."
    )
    output: str | None = Field(
        None, description="The file below the output folder; the default is ${{ id }} with the format's suffix."
    )

    @model_validator(mode="after")
    def _one_length(self) -> Settings:
        if self.frames is not None and self.seconds is not None:
            raise ValueError("a length is given in frames or in seconds, not in both")
        return self


class Character(_Strict):
    """Somebody who appears in several shots of a board, and what to say of them wherever they are named."""

    name: str = Field(min_length=1)
    description: str = Field(min_length=1)


class Shot(_Strict):
    """One shot of a board."""

    prompt: str = Field(min_length=1)
    frames: Count | None = None
    seconds: Seconds | None = None
    seed: Seed | None = None
    style: str | None = None
    negative_prompt: str | None = None
    image: str | None = Field(None, description="The first frame.")


class Shots(_Strict):
    """Ordered shots with one look, rendered one by one and cut together in a timeline."""

    characters: list[Character] = Field(default_factory=list)
    shots: list[Shot] = Field(min_length=1, max_length=500)


class Asset(Settings):
    """One thing to be made, or with a matrix one for each combination."""

    prompt: str | None = Field(None, description="What should be seen.")
    image: str | None = Field(None, description="A picture that is the first frame.")
    last_image: str | None = Field(None, description="A picture that is the last frame.")
    looped: bool = Field(default=False, description="Of a new video: the end runs into the start.")
    extend: str | None = Field(None, description="A clip that is made longer.")
    direction: Literal["forward", "backward"] | None = Field(None, description="Which end of the clip grows.")
    remix: str | None = Field(None, description="A clip that is made again with other words.")
    loop: str | None = Field(None, description="A clip whose end is made to run into its start.")
    blend: tuple[str, str] | None = Field(None, description="Two clips, of which the first turns into the second.")
    overlap: Count | None = Field(None, description="Of a blend: over how many frames.")
    fill: tuple[str, str] | None = Field(None, description="Two clips between which `frames` are made.")
    cut: str | None = Field(None, description="A timeline (.otio) whose gaps are filled.")
    board: Shots | None = Field(None, description="Shots that are made one by one and cut together.")
    matrix: dict[str, Annotated[list[Scalar], Field(min_length=1)]] | None = Field(
        None, description="Axes; the asset is made once for each combination. Used as ${{ matrix.AXIS }}."
    )


class Prices(_Strict):
    """What a second of video costs, by model. Servers do not say it; without it there is no estimate in money."""

    currency: str = Field("USD", pattern="^[A-Z]{3}$")
    per_second: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)


class Manifest(_Strict):
    """Assets to be rendered, for `cutaway render MANIFEST.yaml -o DIR`."""

    version: Literal[1]
    name: str = Field("", description="The title of the reports; the file's name when left out.")
    defaults: Settings = Field(default_factory=lambda: Settings.model_validate({}))
    prices: Prices | None = None
    assets: dict[Annotated[str, Field(pattern=ASSET_NAME)], Asset] = Field(min_length=1)


TOLD: Final = frozenset({"references", "profile", "steps", "guidance", "expand_prompt", "allow_degraded"})
"""What a real model is told."""
ALWAYS: Final = TOLD | {"matrix", "output", "model", "seed", "negative_prompt", "style", "format", "sound"}
KIND_KEYS: Final = ("extend", "remix", "loop", "blend", "fill", "cut", "board")
TAKES: Final[dict[str, frozenset[str]]] = {
    "generate": frozenset({"prompt", "image", "last_image", "looped", "size", "rate", "frames", "seconds"}),
    "extend": frozenset({"extend", "prompt", "frames", "seconds", "direction", "context_frames", "part"}),
    "remix": frozenset({"remix", "prompt", "strength", "size"}),
    "loop": frozenset({"loop", "prompt", "frames", "size"}),
    "blend": frozenset({"blend", "prompt", "overlap", "size"}),
    "fill": frozenset({"fill", "prompt", "frames", "seconds", "context_frames", "part", "size", "rate"}),
    "cut": frozenset({"cut", "prompt", "rate", "context_frames"}),
    "board": frozenset({"board", "size", "rate", "frames", "seconds"}),
}
"""What each kind of asset takes besides `ALWAYS`. Of the defaults, an asset takes what its kind does."""
OWN: Final[dict[str, frozenset[str]]] = {"cut": frozenset({"rate"})}
"""What an asset takes from nobody but itself: a cut runs at its own rate, whatever new clips are made at."""
NEEDS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "generate": (("prompt", "image"),),
    "extend": (("frames", "seconds"),),
    "remix": (("prompt",),),
    "fill": (("frames", "seconds"),),
}
"""Of each of these, one has to be given, by the asset or by the defaults."""


def kind_of(raw: dict[str, Any]) -> str:
    """The kind of an asset by its keys.

    Raises:
        ValueError: it says two.
    """
    found = [key for key in KIND_KEYS if raw.get(key) is not None]
    if len(found) > 1:
        raise ValueError(f"it says {' and '.join(found)}; an asset is one of them")
    return found[0] if found else "generate"


def schema() -> dict[str, Any]:
    """The JSON Schema of a manifest."""
    made = Manifest.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "cutaway render manifest"}
