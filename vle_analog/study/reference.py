"""The reference page of the study file, generated from the schema: every key with unit, default, example and meaning.

`python -m vle_analog.study.reference > docs/reference/study.md` generates it anew after the schema has changed.
"""

from typing import Any

from vle_analog.resources import shipped_studies
from vle_analog.study.build import MAX_NEURONS, MAX_SYNAPSES
from vle_analog.study.circuit_table import CircuitTable
from vle_analog.study.compare_table import BoundsTable, CompareTable
from vle_analog.study.inputs import MAX_CHANNELS, MAX_EDGES
from vle_analog.study.keys import LARGEST, FileTable
from vle_analog.study.names import LONGEST
from vle_analog.study.network_table import AlignmentTable, InitTable, NetworkKeys, PopulationTable, ProjectionTable
from vle_analog.study.schema import StudyKeys
from vle_analog.study.simulate_table import SimulateTable
from vle_analog.study.stimulus_tables import SamplesTable, SinesTable, SineTable, StepsTable, StepTable, TeacherTable
from vle_analog.study.toml_text import toml
from vle_analog.study.variation_table import VariationTable

_HEAD = f"""# The study file

One TOML file contains everything on which a run depends. Model time and potentials are dimensionless; `[circuit]` maps
them to seconds and volts. A study on the command line is a path or the name of a shipped study, and `--set KEY=VALUE`
changes any single key, for example `--set network.rule=le` or `--set 'network.populations.hidden.tau_m=[1.0, 0.5]'`:
the value is TOML, and a bare word is a text. `vle-analog schema` prints the same keys as a JSON Schema for editors.

This page is generated from the schema (`vle_analog/study/schema.py`); a test keeps the two equal.

**Names** of populations, projections and stimuli become nets of a circuit. They consist of the letters `a` to `z`,
digits and `_`, start with a letter, have at most {LONGEST} characters, do not end in `_` and digits (as the nets of
single neurons do), are not reserved in SPICE, and are used once. **Numbers** are finite and at most {LARGEST:g}
in size; times are at least {1 / LARGEST:g}. A stimulus has at most {MAX_CHANNELS} channels of at most
{MAX_EDGES} sines or edges; a network at most {MAX_NEURONS} neurons and {MAX_SYNAPSES} synapses.
**Signals** are called `hidden.u[0]` (kinds u, U, r, v, B, e of a neuron; b, tau_m, tau_r where they learn) and
`drive_hidden.W[0,0]` (row = target neuron, column = sender; likewise F of a feedback weight that learns).
**Words** that are one of a few (kinds, levels, rules, corners) may be written in any case.

All problems of a file are reported together, each with file, line and key, what was got, what was expected and what to
try. Where a study can be used but is probably not what was meant, as with samples that cover less than half of the run,
there is a **warning**: on standard error before the run, at the top of the report, and in `--json` under `warnings`.

## A complete study

```toml
"""

_SECTIONS = (
    ("Head of the file", "", StudyKeys),
    ("`[network]`", "", NetworkKeys),
    ("`[network.alignment]`", "", AlignmentTable),
    ("`[network.populations.NAME]`", "", PopulationTable),
    ("`[network.projections.NAME]`", "", ProjectionTable),
    ("`weights = {init, scale, seed}`", "", InitTable),
    ("`weights = {file, key}`", "", FileTable),
    ('`[stimuli.NAME]` and `[target]`, `kind = "sines"`', "", SinesTable),
    ("A sine", "", SineTable),
    ('`[stimuli.NAME]` and `[target]`, `kind = "steps"`', "", StepsTable),
    ("An edge", "", StepTable),
    (
        '`[stimuli.NAME]` and `[target]`, `kind = "samples"`',
        "Samples that end before the run does are held at their last value. Before model time 0, while a circuit "
        "settles, every signal stands at its value of model time 0: earlier rows only define that value.",
        SamplesTable,
    ),
    ('`[target]`, `kind = "teacher"`', "", TeacherTable),
    ("`[circuit]`", "", CircuitTable),
    ("`[simulate]`", "", SimulateTable),
    ("`[compare]`", "", CompareTable),
    ("`[compare]`, `bounds = {...}`", "", BoundsTable),
    ("`[variation]`", "", VariationTable),
)

_TAIL = """## Losses and errors

The **loss** of a run is the integral of 1/2 |y\\* - r|^2 over model time, y\\* the target and r the rate of the output;
with `network.cost = "membrane"` u, the membrane potential of the output, stands in the place of r.
The **NRMSE** of a signal is the root mean square of (circuit - ideal) in model units over the common time grid, divided
by the peak-to-peak value of the ideal over all signals of that kind in that population or projection, but at
least `compare.floor`. Signals that a realisation does not have (u of a wire) are absent, not zero. Beside it stand the
**offset**, the mean of (circuit - ideal) in model units, the NRMSE **without offset**, of the difference with its mean
subtracted, and the **correlation** of circuit and ideal (Pearson), which a constant ideal does not have.
Where that peak-to-peak value is less than `compare.floor`, the signals of this kind are **below the floor**: there is
nothing to relate an error to, and neither NRMSE nor delay is reported (null in `results.json`, beside a `reason`). They
pass where the root mean square of the error is at most bound times floor. A signal that stands still among others that
move has no delay.

Where cells are made of devices, weights are bounded (`circuit.weight_limit`). The ideal that such a circuit is held
against is bounded likewise, W = weight_limit tanh(V / V0), dW/dt = eta e r (1 - (W / weight_limit)^2), of feedback
weights that learn the same; the NRMSE against the equations as the study has them is reported beside it
(`nrmse_plain` in `results.json`). Where something learns, the loss of ideal and circuit is also given as its mean over
the first tenth and over the last sixth of the run, and the ratio of the two: by what factor it fell.
"""


def reference_markdown() -> str:
    """Return the text of the page `docs/reference/study.md`."""
    example = shipped_studies()["online_chain"].read_text(encoding="utf-8")
    parts = [_HEAD + example.strip() + "\n```\n"]
    for heading, remark, model in _SECTIONS:
        text = " ".join(item for item in (" ".join(str(model.__doc__).split()), remark) if item)
        parts.append(f"## {heading}\n\n{text}\n\n{_table(model)}")
    return "\n".join([*parts, _TAIL])


def _table(model: Any) -> str:
    rows = ["| Key | Unit | Default | Example | Meaning |", "|---|---|---|---|---|"]
    described = model.model_json_schema()
    for name, entry in described["properties"].items():
        default = "required" if name in described.get("required", []) else _default(entry.get("default"))
        example = f"`{name} = {toml(entry['examples'][0])}`"
        cells = (f"`{name}`", entry.get("unit", ""), default, example, entry["description"])
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _default(value: Any) -> str:
    return "none" if value is None else f"`{toml(value)}`"


if __name__ == "__main__":
    print(reference_markdown(), end="")
