"""The keys of a study file: type, unit, default, meaning and an example of each; a module for every table.

The JSON Schema, the reference page and the checks of single values are derived from here; checks that concern several
keys are made where the network is built.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from vle_analog.study.circuit_table import CircuitTable
from vle_analog.study.compare_table import CompareTable
from vle_analog.study.keys import Duration, Table, key
from vle_analog.study.network_table import NetworkTable
from vle_analog.study.simulate_table import SimulateTable
from vle_analog.study.stimulus_tables import StimulusTable, TargetTable
from vle_analog.study.variation_table import VariationTable


class StudyKeys(Table):
    """Keys outside of any table; they precede the first one."""

    title: Annotated[str, Field(max_length=200)] = key("Free text for the report.", "Online learning in a chain", "")
    duration: Duration = key("Length of the run.", 100.0, unit="model time")


class StudyTable(StudyKeys):
    """One study: everything a run depends on. Model time and potentials are dimensionless."""

    model_config = ConfigDict(title="A vle-analog study")

    network: NetworkTable
    stimuli: dict[str, StimulusTable] = Field(description="Signals that enter from outside, by name; at least one.")
    target: TargetTable = Field(description="What the output should do.")
    circuit: CircuitTable = Field(default_factory=CircuitTable)
    simulate: SimulateTable = Field(default_factory=SimulateTable)
    compare: CompareTable = Field(default_factory=CompareTable)
    variation: VariationTable = Field(default_factory=VariationTable)


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file (draft 2020-12), from which editors complete and check."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyTable.model_json_schema()}
