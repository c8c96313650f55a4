"""The table of noise: what the nets of each kind of neuron and synapse carry, against kT/C."""

from pathlib import Path

from vle_analog.netlist import Circuit
from vle_analog.report.style import name_of
from vle_analog.report.tables import Table, quantity
from vle_analog.variation.noise_budget import NetBudget, noise_budget


def noise(circuit: Circuit, duration: float, library: Path | None = None) -> Table:
    """The noisiest net of every kind; no rows where nothing makes noise.

    **Arguments:** `duration`: of the run, model time. `library`: the user's own cells.
    """
    rows: dict[tuple[str, str], list[NetBudget]] = {}
    outer = {instance.name: instance.of for instance in circuit.top.instances}
    for net in noise_budget(circuit, duration * circuit.units.time, library):
        rows.setdefault((_owner(net.net, outer), net.kind), []).append(net)
    worst = {key: max(nets, key=lambda net: net.rms / net.unit) for key, nets in rows.items()}
    return Table(
        ("in every", "net of", "capacitance", "kT/C", "white current", "white noise", "1/f noise", "in units"),
        tuple(
            (
                owner, name_of(kind) or "summed errors", _shown(net.capacitance, "F"), _shown(net.limit, "V"),
                f"{net.white**0.5 * 1e15:.3g} fA/√Hz", _shown(net.rms, "V"), _shown(net.rms_flicker, "V"),
                _model(net),
            )
            for (owner, kind), net in worst.items()
        ),
        frozenset({2, 3, 4, 5, 6, 7}),
        note="Root mean squares of the noisiest of each, all signals and weights zero, over all frequencies; of what "
        "is stored, gathered from the begin of the run to its end; 1/f noise above one cycle per run. kT/C is what a "
        "resistor in equilibrium would leave on the capacitance.",
    )  # fmt: skip


def _owner(net: str, outer: dict[str, str]) -> str:
    """The kind of neuron or synapse around a net; of a net between several, of the neuron that it is named after."""
    inside = net.split(".", maxsplit=1)[0]
    return outer.get(inside) or outer.get(inside.rpartition("_")[0], inside)


def _shown(value: float, unit: str) -> str:
    return quantity(float(f"{value:.3g}"), unit) if value < float("inf") else "no capacitance"


def _model(net: NetBudget) -> str:
    total = (net.rms**2 + net.rms_flicker**2) ** 0.5 / net.unit
    return f"{total:.2g}" if total < float("inf") else ""
