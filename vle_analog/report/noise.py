"""The table of noise: the noise of the nets of each kind of neuron and synapse, with kT/C for comparison."""

from pathlib import Path

from vle_analog.netlist import Circuit
from vle_analog.noise.budget import NetBudget, noise_budget
from vle_analog.report.tables import TextTable, quantity
from vle_analog.style import name_of


def noise(circuit: Circuit, duration: float, library: Path | None = None) -> TextTable:
    """Tabulate the noisiest net of every kind; no rows where all cells are noiseless.

    **Arguments:** `duration`: of the run, model time. `library`: the user's own cells.

    **Returns:** a table with one row per kind of net; volts, amperes per root hertz, and model units.
    """
    rows: dict[tuple[str, str], list[NetBudget]] = {}
    outer = {instance.name: instance.of for instance in circuit.top.instances}
    for net in noise_budget(circuit, duration * circuit.units.time, library):
        rows.setdefault((_owner(net.net, outer), net.kind), []).append(net)
    worst = {key: max(nets, key=lambda net: net.rms / net.unit) for key, nets in rows.items()}
    return TextTable(
        ("in every", "net of", "capacitance", "kT/C", "white current", "white noise", "1/f noise", "in units"),
        tuple(
            (
                owner,
                name_of(kind) or "summed errors",
                _shown(net.capacitance, "F"),
                _shown(net.limit, "V"),
                f"{net.white**0.5 * 1e15:.3g} fA/√Hz",
                _shown(net.rms, "V"),
                _shown(net.rms_flicker, "V"),
                _model(net),
            )
            for (owner, kind), net in worst.items()
        ),
        frozenset({2, 3, 4, 5, 6, 7}),
        note="Root mean squares of the noisiest net of each kind at zero signals and weights, over all frequencies; "
        "noise of stored quantities is integrated over the run; 1/f noise above one cycle per run. kT/C is the noise "
        "of a resistor in equilibrium on the same capacitance.",
    )


def _owner(net: str, outer: dict[str, str]) -> str:
    """Return the kind of neuron or synapse around a net; of a net between several, of the neuron in its name."""
    inside = net.split(".", maxsplit=1)[0]
    return outer.get(inside) or outer.get(inside.rpartition("_")[0], inside)


def _shown(value: float, unit: str) -> str:
    return quantity(float(f"{value:.3g}"), unit) if value < float("inf") else "no capacitance"


def _model(net: NetBudget) -> str:
    total = (net.rms**2 + net.rms_flicker**2) ** 0.5 / net.unit
    return f"{total:.2g}" if total < float("inf") else ""
