"""Kinds of numbers and texts of which the keys of a study file are made, and the description of a key."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

LARGEST = 1e9  # no number of a study needs to be larger than this, nor any time shorter than its inverse
_IDENTIFIER = r"^[a-z][a-z0-9_]*$"


def key(meaning: str, example: Any, default: Any = ..., unit: str = "") -> Any:
    """A key with its description on the reference page."""
    return Field(default, description=meaning, examples=[example], json_schema_extra={"unit": unit} if unit else None)


class Table(BaseModel):
    """A table of the file: unknown keys, numbers in quotes and the like are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class FileTable(Table):
    """Numbers that are read from a file, for time constants, biases and weights, of the network and of a teacher."""

    file: str = key(
        "An npz, npy or csv file, relative to the study, or with `--set` to the working directory. A matrix has one "
        "row per neuron of the target; a list is one dimension, in csv one row or one column; csv may have one header "
        "line. The numbers become part of the study: its digest and what is kept for replay hold them, not the name.",
        "trained.npz",
    )
    key: str | None = key("Which array of an npz file; not needed where it holds only one.", "W0", None)


FROM_FILE = FileTable.model_json_schema()

_NUMBER = {"type": "number"}
_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_PER_NEURON = {"anyOf": [_NUMBER, {"type": "array", "items": _NUMBER}, FROM_FILE]}
_TIMES_PER_NEURON = {"anyOf": [_POSITIVE, {"type": "array", "items": _POSITIVE}, FROM_FILE]}
MATRIX = {"type": "array", "items": {"type": "array", "items": _NUMBER}}
PerNeuron = Annotated[Any, WithJsonSchema(_PER_NEURON)]
TimePerNeuron = Annotated[Any, WithJsonSchema(_TIMES_PER_NEURON)]
NumberList = Annotated[Any, WithJsonSchema({"type": "array", "items": _NUMBER})]
Rows = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "array", "items": _NUMBER}, MATRIX]})]


def _auto_or_positive(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value == "auto" or (number and 0 < value <= LARGEST):
        return float(value) if number else value
    raise PydanticCustomError("auto_or_positive", 'a number > 0 or "auto"')


def _one_capacitor_each(nodes: list[str]) -> list[str]:
    again = next((node for node in "Uhe" if nodes.count(node) > 1), "")
    if again:
        raise PydanticCustomError("one_capacitor", "U, h and e once each: a node has one capacitor; B may be repeated")
    return nodes


Scale = Annotated[Any, AfterValidator(_auto_or_positive), WithJsonSchema({"anyOf": [_POSITIVE, {"const": "auto"}]})]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
Duration = Annotated[float, Field(ge=1 / LARGEST, le=LARGEST)]
TimeRange = Annotated[list[Duration], Field(min_length=2, max_length=2)]
NotNegative = Annotated[float, Field(ge=0, le=LARGEST)]
PoleNodes = Annotated[list[Literal["U", "h", "B", "e"]], Field(max_length=12), AfterValidator(_one_capacitor_each)]
Identifier = Annotated[str, Field(pattern=_IDENTIFIER, max_length=40)]

Word = Annotated[str, Field(max_length=40), AfterValidator(str.lower)]
"""A name in lower case that is looked up in a list; given in any case."""
