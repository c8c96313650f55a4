"""The arrays of a network for a kernel: rows of `z`, runs of synapses in signal order, external channels.

Rows are the states as the ideal's System has them (u, v, learning W, b, tau_m, tau_r, F, rbar), the cost, constants.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.ideal.compiled.activations import ACTIVATION_CODES
from vle_analog.network.model import Network
from vle_analog.network.stimuli import Stimulus

SILENT = 0  # the channel that is constantly zero
ALONG, AROUND, OUTSIDE = 0, 1, 2  # senders before the receiver, in a loop, external


@dataclass(frozen=True, eq=False)
class NetworkWiring:
    """A network as arrays.

    **Arguments:**

    - `size`, `states`: number of neurons and of states. `slices`: population -> neurons.
    - `rows`: `hidden.tau_m`, `hidden_readout.W` and so on -> rows of z, of the shape of the quantity.
    - `shared`: rows of z of one number each, `beta`, `gamma`, `hidden.eta_b`, `hidden_readout.eta_W` and so on.
    - `values`: z of the network as it is described, with u = v = 0.
    - `at`, `run`: properties of every neuron and of every run of synapses, by name; `rest`: those that differ at rest.
      `order`, `first`, `external`, `outputs`: arguments of the kernel.
    - `rate_loops`, `error_loops`: neurons whose rate or error is needed before it is computed, for any gamma.
    - `channels`: (stimulus, whether its slope is used) in the order of the channels after the zero channel.
    """

    network: Network
    size: int
    states: int
    slices: Mapping[str, slice]
    rows: Mapping[str, np.ndarray]
    shared: Mapping[str, int]
    values: np.ndarray
    at: Mapping[str, np.ndarray]
    rest: Mapping[str, np.ndarray]
    run: Mapping[str, np.ndarray]
    order: np.ndarray
    first: np.ndarray
    external: np.ndarray
    outputs: np.ndarray
    rate_loops: np.ndarray
    error_loops: np.ndarray
    channels: tuple[tuple[Stimulus, bool], ...]
    has_u: np.ndarray
    has_v: np.ndarray


class _Rows:
    """An allocator of rows of z."""

    def __init__(self, start: int):
        self.next = start
        self.values: list[np.ndarray] = []

    def take(self, values: np.ndarray | float) -> np.ndarray:
        """Allocate rows with these values, of the same shape."""
        flat = np.ravel(np.asarray(values, dtype=float))
        self.values.append(flat)
        self.next += flat.size
        return np.arange(self.next - flat.size, self.next).reshape(np.shape(values))


def wire(network: Network, target: Stimulus | None) -> NetworkWiring:
    """Build the arrays of a network, including rule, cost and plasticity."""
    has_memory = network.rule == "vle"  # of the error: under the other rules its transfer function is one
    populations, projections = network.populations, network.projections
    edges = np.cumsum([0, *(p.size for p in populations)]).tolist()
    slices = {p.name: slice(a, b) for p, a, b in zip(populations, edges, edges[1:], strict=False)}
    n = edges[-1]
    wires = np.concatenate([p.wire for p in populations])
    has_u = ~wires
    has_v = ~wires if has_memory else np.zeros(n, bool)

    states = _Rows(0)
    rows: dict[str, np.ndarray] = {}
    for name in ("u", "v"):
        at = states.take(np.zeros(n))
        rows |= {f"{p.name}.{name}": at[slices[p.name]] for p in populations}
    rows |= {f"{q.name}.W": states.take(q.weights) for q in projections if network.learns(q)}
    rows |= {f"{p.name}.b": states.take(p.bias) for p in populations if network.learns_bias(p)}
    rows |= {f"{p.name}.tau_m": states.take(p.tau_m) for p in populations if network.learns_tau_m(p)}
    rows |= {f"{p.name}.tau_r": states.take(p.tau_r) for p in populations if network.learns_tau_r(p)}
    learned = [q for q in projections if network.learns_feedback(q)]
    rows |= {f"{q.name}.F": states.take(q.feedback_weights) for q in learned if q.feedback_weights is not None}
    aligned = {q.target for q in learned}
    rows |= {f"{p.name}.rbar": states.take(np.zeros(p.size)) for p in populations if p.name in aligned}
    count = states.next
    states.take(0.0)  # the cost

    zero, one = int(states.take(0.0)), int(states.take(1.0))
    gain = int(states.take(network.gain_correction or 0.0))
    shared = {"beta": int(states.take(network.beta)), "gamma": int(states.take(network.gamma))}
    alignment = network.alignment
    if alignment is not None:
        for name, value in (("eta_F", alignment.eta), ("decay", alignment.decay)):
            shared[name] = int(states.take(value))
        shared["tau_highpass"] = int(states.take(alignment.tau_highpass))
    for p in populations:
        for name, value in (("b", p.bias), ("tau_m", p.tau_m), ("tau_r", p.tau_r)):
            if f"{p.name}.{name}" not in rows:
                rows[f"{p.name}.{name}"] = states.take(value)
        for name, value in (("b", p.bias_eta), ("tau_m", p.tau_m_eta), ("tau_r", p.tau_r_eta)):
            shared[f"{p.name}.eta_{name}"] = int(states.take(value))
    for q in projections:
        shared[f"{q.name}.eta_W"] = int(states.take(q.eta))
        if network.bounded:
            rows[f"{q.name}.limit"] = states.take(np.full(q.weights.shape, np.inf) if q.limit is None else q.limit)
        if f"{q.name}.W" not in rows:
            rows[f"{q.name}.W"] = states.take(q.weights)
        if q.feedback_weights is not None and f"{q.name}.F" not in rows:
            rows[f"{q.name}.F"] = states.take(q.feedback_weights)

    # -- neurons
    def per_neuron(name: str) -> np.ndarray:
        return np.concatenate([rows.get(f"{p.name}.{name}", np.full(p.size, zero)) for p in populations])

    def one_for_all(name: str) -> np.ndarray:
        return np.repeat([shared[f"{p.name}.{name}"] for p in populations], [p.size for p in populations])

    def where(condition: np.ndarray | bool, row: int | np.ndarray, otherwise: int = zero) -> np.ndarray:
        return np.where(np.broadcast_to(condition, (n,)), row, otherwise)

    taught = np.zeros(n, bool)
    if target is not None:
        taught[slices[network.output]] = True
    on_membrane, bare = network.cost == "membrane", network.rule == "backprop"
    sizes = [p.size for p in populations]
    at = {
        "activation": np.repeat([ACTIVATION_CODES[p.activation] for p in populations], sizes),
        "u": where(has_u, per_neuron("u")),
        "v": where(has_v, per_neuron("v")),
        "beta": where(taught & (not on_membrane), shared["beta"]),
        "beta_ahead": where(taught & on_membrane & (not bare), shared["beta"]),
        "beta_bare": where(taught & on_membrane & bare, shared["beta"]),
        "cost_of_rate": where(not on_membrane, one),
        "cost_of_membrane": where(on_membrane, one),
        "gamma": where(not bare, shared["gamma"]),
        "tau_lead": where(has_memory, per_neuron("tau_m"), one),
        "tau_lag": where(has_memory, per_neuron("tau_r"), one),
        "tau_highpass": where("tau_highpass" in shared, shared.get("tau_highpass", one), one),
        "omega_gain": where(network.gain_correction is not None, gain),
        "tau_slow": per_neuron("tau_m"),
        "tau_fast": per_neuron("tau_r"),
    }
    at |= {name: per_neuron(name) for name in ("b", "tau_m", "tau_r", "rbar")}
    at |= {f"eta_{name}": one_for_all(f"eta_{name}") for name in ("b", "tau_m", "tau_r")}
    rest = {name: np.full(n, one) for name in ("tau_m", "tau_r", "tau_lead", "tau_lag")}
    rest |= {name: np.full(n, zero) for name in ("u", "v", "beta_bare")}
    rest |= {"beta_ahead": where(taught & on_membrane, shared["beta"]), "dy_star": np.full(n, SILENT)}

    # -- external signals
    channels: list[tuple[Stimulus, bool]] = []
    begins: dict[str, int] = {}
    used = 1
    entering = [(f"stimulus {name}", s, False) for name, s in network.received_stimuli().items()]
    if target is not None:
        entering += [("target", target, False)]
        entering += [("slope", target, True)] if network.cost == "membrane" else []
    entering += [(f"noise {name}", s, False) for name, s in network.noise().items()]
    for name, stimulus, slope in entering:
        channels.append((stimulus, slope))
        begins[name] = used
        used += stimulus.size
    for name, begin in (("y_star", "target"), ("dy_star", "slope")):
        at[name] = np.full(n, SILENT)
        if begin in begins:
            at[name][taught] = begins[begin] + np.arange(np.count_nonzero(taught))
    at["xi"] = np.full(n, SILENT)
    for name in network.noise():
        at["xi"][slices[name]] = begins[f"noise {name}"] + np.arange(network.population(name).size)
    external: list[np.ndarray] = []
    place: dict[str, int] = {}
    for name, stimulus in network.received_stimuli().items():
        place[name] = n + sum(map(len, external))
        external.append(begins[f"stimulus {name}"] + np.arange(stimulus.size))

    # -- synapses
    order = _order(network)
    rank = {name: k for k, name in enumerate(order)}
    columns: dict[str, list[int]] = {
        name: []
        for name in ("sender", "count", "ahead", "W_moves", "F_moves", "W", "F", "eta_W", "eta_F", "decay", "limit")
    }
    first = [0]
    rate_loops, error_loops = np.zeros(n, bool), np.zeros(n, bool)
    onto = {p.name: [q for q in projections if q.target == p.name] for p in populations}
    for p in populations:
        for row in range(p.size):
            for q in onto[p.name]:
                outside = network.is_stimulus(q.source)
                around = not outside and rank[q.source] >= rank[p.name]
                weights = rows[f"{q.name}.W"]
                back = rows.get(f"{q.name}.F", weights)
                entry = {
                    "sender": place[q.source] if outside else slices[q.source].start,
                    "count": weights.shape[1],
                    "ahead": OUTSIDE if outside else AROUND if around else ALONG,
                    "W_moves": network.learns(q),
                    "F_moves": network.learns_feedback(q),
                    "W": weights[row, 0],
                    "F": back[row, 0],
                    "eta_W": shared[f"{q.name}.eta_W"],
                    "eta_F": shared.get("eta_F", zero),
                    "decay": shared.get("decay", zero),
                    "limit": rows[f"{q.name}.limit"][row, 0] if network.bounded else zero,
                }
                for name, value in entry.items():
                    columns[name].append(int(value))
                if around:
                    rate_loops[slices[q.source]] = True
                    error_loops[slices[p.name].start + row] = target is not None
            first.append(len(columns["count"]))
    return NetworkWiring(
        network,
        n,
        count,
        slices,
        rows,
        shared,
        np.concatenate(states.values),
        at,
        rest,
        {name: np.array(column) for name, column in columns.items()},
        np.concatenate([np.arange(n)[slices[name]] for name in order]),
        np.array(first),
        np.concatenate([np.zeros(0, int), *external]),
        np.flatnonzero(taught),
        np.flatnonzero(rate_loops),
        np.flatnonzero(error_loops),
        tuple(channels),
        has_u,
        has_v,
    )


def _order(network: Network) -> list[str]:
    """Order populations so that senders precede receivers as far as possible."""
    left = [p.name for p in network.populations]
    senders = {
        name: {q.source for q in network.projections if q.target == name and not network.is_stimulus(q.source)}
        for name in left
    }
    order: list[str] = []
    while left:
        ready = next((name for name in left if senders[name] <= set(order)), left[0])
        left.remove(ready)
        order.append(ready)
    return order
