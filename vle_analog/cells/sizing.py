"""The sizes of a cell: its table `[sizing]`, evaluated with numbers by the mapping and with symbols by the proof.

A formula may use the other lines of its table, in any order, and the names of `VOCABULARY`. A line that is not a
parameter of the cell may be used by the rest of its neuron, and by the synapses on it.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vle_analog.cells.key_line import key_line
from vle_analog.cells.library import Cell
from vle_analog.errors import InputError, Problem
from vle_analog.netlist.formula import evaluate

VOCABULARY = MappingProxyType(
    {
        "T": "seconds per unit of model time",
        "V_u": "volts per unit of potential",
        "V_w": "volts per unit of weight",
        "V_e": "volts per unit of error",
        "V_t": "volts per unit of model time, of a time constant that is a voltage",
        "g0": "conductance of a plain node, chosen once for the network so that all capacitors can be made",
        "g1": "conductance of a node without a capacitor, g0 or, where devices load it, several times as much",
        "c_w": "capacitor that the process stores a weight on",
        "tau_m": "membrane time constant, seconds",
        "tau_r": "prospective time constant, seconds",
        "tau": "the time constant that this cell stores, seconds",
        "tau_pole": "time constant of a parasitic pole, seconds",
        "tau_highpass": "time constant of the high-pass, seconds",
        "beta": "nudging strength",
        "gamma": "strength with which the error drives the membrane",
        "correction": "1/g(omega), constant gain of the error; 1 where nothing is corrected",
        "eta": "learning rate of this cell's stored value, per unit of model time, with the sign of its law",
        "decay": "rate of decay of a learned feedback weight, relative to its learning rate",
        "W": "the initial value that this cell stores: a weight, a bias or a feedback weight",
        **{key: f"{key} at the start, model units" for key in ("u", "U", "v", "h", "B", "e", "rbar")},
        "n": "volts of this node at the start",
        "g_n": "total conductance on this node, siemens",
        "g_s": "conductance that converts the input current of a neuron to S (a line of its membrane)",
        "g_U": "total conductance on the node of U (a line of its membrane)",
        "g_h": "conductance that converts the returning errors to h (a line of its slope)",
        "g_b": "input current of its error cell per volt of B (a line of its error cell)",
        "g_e": "conductance that converts the output current of its error cell to e (a line of its error cell)",
    }
)

ROLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "weight": {"W": "W"},
        "bias": {"W": "b"},
        "feedback": {"W": "F"},
        "update": {"eta": "eta_W"},
        "bias_update": {"eta": "eta_b"},
        "feedback_update": {"eta": "eta_F"},
        "tau_m": {"tau": "tau_m"},
        "tau_r": {"tau": "tau_r"},
        "tau_m_update": {"eta": "-eta_tau_m"},  # W' = eta e r, but tau_m' = -eta e u'
        "tau_r_update": {"eta": "eta_tau_r"},
        "pole_u": {"g_n": "g_U", "n": "U*V_u"},
        "pole_h": {"g_n": "g_h", "n": "h*V_e"},
        "pole_e": {"g_n": "g_e", "n": "e*V_e"},
    }
)
"""Names with another meaning in this part of a neuron or a synapse: part -> name -> formula."""


def sized(
    cell: Cell, name: Callable[[str], Any], grid: Callable[[Any], Any], number: Callable[[Any], Any] = float
) -> dict[str, Any]:
    """Evaluate every line of the cell's `[sizing]`, in the order of the table.

    **Arguments:**

    - `name`: returns the value of a name of the vocabulary; raises `KeyError` for any other.
    - `grid`: rounds a capacitor to the nearest one that can be drawn. `number`: converts a number in a formula.

    **Returns:** line -> value.

    **Raises:** `InputError` naming file and key of a formula that cannot be evaluated, or of a parameter without one.
    """
    path = cell.folder / "cell.toml"
    missing = [parameter for parameter in cell.parameters if parameter not in cell.sizing]
    if missing:
        raise InputError(
            Problem(f"parameter {missing[0]!r} has no formula", f"{path}: sizing", expected=f'{missing[0]} = "..."')
        )
    done: dict[str, Any] = {}
    open_lines: list[str] = []

    def line(key: str) -> Any:
        if key not in cell.sizing:
            return name(key)
        if key not in done:
            if key in open_lines:
                chain = " -> ".join([*open_lines[open_lines.index(key) :], key])
                raise InputError(Problem("a formula that needs itself", key_line(path, f"sizing.{key}"), got=chain))
            open_lines.append(key)
            done[key] = evaluate(cell.sizing[key], key_line(path, f"sizing.{key}"), line, call, number)
            open_lines.pop()
        return done[key]

    def call(function: str, arguments: Sequence[Any], inner: Callable[[Any], Any]) -> Any:
        if function != "grid" or len(arguments) != 1:
            raise KeyError(function)
        return grid(inner(arguments[0]))

    return {key: line(key) for key in cell.sizing}


def sized_together(
    parts: Mapping[str, Cell],
    known: Mapping[str, Any],
    grid: Callable[[Any], Any],
    number: Callable[[Any], Any] = float,
) -> dict[str, dict[str, Any]]:
    """Evaluate every line of every part of a neuron or a synapse.

    **Arguments:**

    - `parts`: name of the part -> its cell. Entries of `ROLES` for a part override `known`.
    - `known`: name -> value. Lines of one part that are not parameters are available to all of them.
    - `grid`, `number`: as in `sized`.

    **Returns:** part -> line -> value.

    **Raises:** `InputError` as `sized` does.
    """
    givers = {key: part for part, cell in parts.items() for key in cell.sizing if key not in cell.parameters}
    done: dict[str, dict[str, Any]] = {}
    begun: list[str] = []

    def lines(part: str) -> dict[str, Any]:
        if part not in done:
            if part in begun:
                where = str(parts[part].folder / "cell.toml")
                raise InputError(Problem("sizes that need each other", where, got=" -> ".join([*begun, part])))
            begun.append(part)
            done[part] = sized(parts[part], lambda key: of_role(part, key), grid, number)
            begun.pop()
        return done[part]

    def of_role(part: str, key: str) -> Any:
        role = ROLES.get(part, {})
        return evaluate(role[key], f"the role {part}", anywhere, number=number) if key in role else anywhere(key)

    def anywhere(key: str) -> Any:
        return lines(givers[key])[key] if key in givers else known[key]

    return {part: lines(part) for part in parts}
