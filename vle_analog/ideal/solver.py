"""The ideal solution of a study: the behaviour of an error-free circuit.

Computed by the compiled engine where numba is installed, by NumPy and SciPy otherwise and where devices disturb the
equations, with the same equations and the same tolerance.
Steps end on every kink of the inputs, so that no step straddles one.
"""

from collections.abc import Callable

import numpy as np

from vle_analog.codegen.load import available
from vle_analog.errors import InputError, Problem
from vle_analog.ideal.collect import collect
from vle_analog.ideal.compiled.outcome import Outcome
from vle_analog.ideal.limits import UnsolvedError, limits, unsolved
from vle_analog.ideal.system import Algebraic, System
from vle_analog.network.kinks import kinks as kinks_of
from vle_analog.network.model import Network
from vle_analog.network.signals import Traces
from vle_analog.network.stimuli import Samples, Stimulus

RTOL = 1e-10


def solve(
    network: Network,
    target: Stimulus | None,
    duration: float,
    points: int,
    *,
    rtol: float = RTOL,
    kinks: bool = True,
    compiled: bool | None = None,
    progress: Callable[[float], None] | None = None,
    key: str = "network",
) -> Traces:
    """Solve the network on `points` equidistant times from 0 to `duration`.

    **Arguments:**

    - `target`: target of the output population; `None` leaves the error path out.
    - `rtol`: relative tolerance of one step; the absolute one is a hundredth of it.
    - `kinks`: whether a step ends on every kink of the inputs; without, a sampled input is integrated more coarsely.
    - `compiled`: by the engine or by NumPy; `None` selects the engine where numba is installed.
    - `progress`: called with the completed fraction.
    - `key`: the part of the study, for messages.

    **Returns:** traces of all signals in model units, shape (signals, points).

    **Raises:** `UnsolvedError`, with the signals so far, where the trajectory diverges, a parameter leaves its
    range by learning, or an algebraic loop has no solution; `InputError` for the exact adjoint, which runs backwards.
    """
    if network.rule == "adjoint" and target is not None:
        what, hint = "the adjoint runs backwards in time: it has no solution forward in time", "take rule = vle"
        raise InputError(Problem(what, f"{key}.rule", "adjoint", "vle | le | backprop", hint))
    system = System(network, target)
    grid = np.linspace(0.0, duration, points)
    start = system.initial()
    low, high = limits(system, start)
    received = [
        *network.received_stimuli().values(),
        *network.noise().values(),
        *([target] if target is not None else []),
    ]
    if network.disturbance is not None:
        received.append(Samples(network.disturbance.times, np.zeros((len(network.disturbance.times), 1))))
    stops = kinks_of(received if kinks else [], duration)
    with np.errstate(all="ignore"):  # non-finite values are detected and reported at the end of a step
        undisturbed = network.disturbance is None  # the engine's kernels do not support such inputs
        run = _compiled if undisturbed and (available() if compiled is None else compiled) else _by_numpy
        outcome, signals = run(system, start, stops, grid, rtol, low, high, progress)
        traces = collect(system, grid[: outcome.reached], outcome.states, signals)
    if outcome.status != "done":
        raise UnsolvedError(unsolved(outcome, system, low, high, key, duration), traces, key)
    return traces


Run = tuple[Outcome, Algebraic]
"""The outcome of the integration, and the signals up to its end."""


def _compiled(system: System, start, stops, grid, rtol, low, high, progress) -> Run:
    from vle_analog.ideal.compiled import CompiledNetwork

    engine = CompiledNetwork(system.network, system.target)
    outcome = engine.solve(start, stops, grid, rtol, low, high, progress)
    return outcome, engine.collect(grid[: outcome.reached], outcome.states)


def _by_numpy(system: System, start, stops, grid, rtol, low, high, progress) -> Run:
    from vle_analog.ideal.collect import algebraic
    from vle_analog.ideal.stepping import steps

    outcome = steps(system, start, stops, grid, rtol, low, high, progress)
    return outcome, algebraic(system, grid[: outcome.reached], outcome.states)
