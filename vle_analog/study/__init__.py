"""The study file: its tables, limits and messages, and the settings that follow from it."""

from vle_analog.study.read import read_study, study_from_document
from vle_analog.study.schema import study_schema
from vle_analog.study.spec import (
    Bounds,
    CircuitSettings,
    CompareSettings,
    SimulateSettings,
    StudySpec,
    Teacher,
    VariationSettings,
)

__all__ = [
    "Bounds",
    "CircuitSettings",
    "CompareSettings",
    "SimulateSettings",
    "StudySpec",
    "Teacher",
    "VariationSettings",
    "read_study",
    "study_from_document",
    "study_schema",
]
