"""The levels of detail of a cell model, from the simplest on."""

from typing import Literal, get_args

Level = Literal["behavioural", "macromodel", "transistor"]
LEVELS: tuple[Level, ...] = get_args(Level)
BEHAVIOURAL, MACROMODEL, TRANSISTOR = LEVELS
