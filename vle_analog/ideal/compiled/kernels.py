"""The compiled kernel of a network, and its workspace."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from vle_analog.cache import remembered
from vle_analog.codegen.load import load
from vle_analog.ideal.compiled.activations import AT_ZERO
from vle_analog.ideal.compiled.text import Driver
from vle_analog.ideal.compiled.wiring import NetworkWiring

TOLERANCE = {
    "float64": 1e-13,
    "float32": 1e-6,
}  # tolerance of the algebraic part, relative to 1 + the magnitude of the solution
GUESSES = {"r": 0, "e": 1}


@dataclass(frozen=True, eq=False)
class NetworkKernel:
    """A compiled kernel with the names of its arrays.

    **Arguments:** `signals`: the arrays of its workspace. `at`, `run`: properties of a neuron, of a run of synapses.
    """

    module: ModuleType
    signals: tuple[str, ...]
    at: tuple[str, ...]
    run: tuple[str, ...]

    def net(self, wiring: NetworkWiring, *, rest: bool = False) -> tuple:
        """Return a network's wiring in the form of this kernel.

        **Arguments:** `rest`: that of the network at rest, where u and v have settled.
        """
        at = {**wiring.at, **(wiring.rest if rest else {})}
        whole = (wiring.order, wiring.first[:-1], wiring.first[1:], wiring.external, wiring.outputs)
        # unsigned: indices need no check for negative values
        return (
            *(np.ascontiguousarray(array, dtype=np.uint64) for array in whole),
            wiring.states,  # the cost follows the states
            np.array([at[name] for name in self.at], dtype=np.uint64),
            np.array([wiring.run[name] for name in self.run], dtype=np.uint64),
        )

    def work(self, wiring: NetworkWiring, dtype: str, lanes: int | None = None) -> tuple[np.ndarray, ...]:
        """Allocate arrays for the signals; for one sample where `lanes` is None."""
        tail = () if lanes is None else (lanes,)
        rates = wiring.size + len(wiring.external)
        return tuple(np.zeros((rates if name == "r" else wiring.size, *tail), dtype) for name in self.signals)


def kernel(driver: Driver, dtype: str = "float64", *, bounded: bool = False) -> NetworkKernel:
    """Compile the kernel of the theory's laws.

    **Arguments:** `bounded`: whether some weights are bounded.

    **Raises:** `InputError` where numba is not installed.
    """
    about = ("kernel", driver, dtype, "bounded") if bounded else ("kernel", driver, dtype)
    text, names = remembered(about, lambda: _text(driver, dtype, bounded))
    return NetworkKernel(load(text), *names)


def _text(driver: Driver, dtype: str, bounded: bool) -> tuple[str, tuple[tuple[str, ...], ...]]:
    from vle_analog.ideal.compiled.generate import names
    from vle_analog.ideal.compiled.laws import theory_laws
    from vle_analog.ideal.compiled.text import kernel_text

    law = theory_laws(bounded)
    known = names(law)
    return kernel_text(law, driver, dtype), (known.signals, known.at, known.run)


def loop(wiring: NetworkWiring, dtype: str, lanes: int = 1) -> tuple:
    """Return the workspace of Newton's method: the guessed signals, the guesses (phi(0) and zero error), the rest
    empty."""
    network = wiring.network
    rates = wiring.rate_loops
    output_loop = network.gamma != 0 and network.rule in ("vle", "le") and len(wiring.outputs) > 0
    errors = np.arange(wiring.size) if output_loop else wiring.error_loops
    neurons = np.concatenate([rates, errors]).astype(np.int64)
    kinds = np.repeat([GUESSES["r"], GUESSES["e"]], [len(rates), len(errors)]).astype(np.int64)
    n = len(neurons)
    column = np.zeros((5, n, lanes), dtype)
    guess, start, answer, residual, change = column
    codes = wiring.at["activation"][rates]
    guess[: len(rates)] = np.array(AT_ZERO)[codes][:, None]
    flags = np.zeros((2, lanes), bool)
    flags[1] = True
    return (
        kinds,
        neurons,
        guess,
        start,
        answer,
        residual,
        change,
        np.zeros((n, lanes), dtype),
        np.zeros((n, n, lanes), dtype),
        np.zeros((n, n, lanes), dtype),
        np.zeros((n + 3, lanes), dtype),
        flags,
        np.zeros(lanes, bool),
        np.dtype(dtype).type(TOLERANCE[dtype]),
    )
