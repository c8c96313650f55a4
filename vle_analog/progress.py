"""Reports of progress, as every long step gives them."""

from collections.abc import Callable

Progress = Callable[[float], None]
"""Called with the fraction of a step that is done."""
StageProgress = Callable[[str, float], None]
"""Called with the name of a stage and the fraction of it that is done."""
