"""The compiled kernel that a network needs, and the arrays in which it works."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from vle_analog.cache import remembered
from vle_analog.engine.activations import AT_ZERO
from vle_analog.engine.load import load
from vle_analog.engine.text import Driver
from vle_analog.engine.wiring import Wiring

TOLERANCE = {"float64": 1e-13, "float32": 1e-6}  # of the algebraic part, relative to 1 + what is sought
GUESSES = {"r": 0, "e": 1}


@dataclass(frozen=True, eq=False)
class Kernel:
    """A compiled kernel with the names of what it keeps.

    **Arguments:** `signals`: the arrays of its workspace. `at`, `run`: what it knows of a neuron, of a run of synapses.
    """

    module: ModuleType
    signals: tuple[str, ...]
    at: tuple[str, ...]
    run: tuple[str, ...]

    def net(self, wiring: Wiring, *, rest: bool = False) -> tuple:
        """A network's wiring as this kernel takes it.

        **Arguments:** `rest`: that of the network at rest, where u and v have arrived.
        """
        at = {**wiring.at, **(wiring.rest if rest else {})}
        whole = (wiring.order, wiring.first[:-1], wiring.first[1:], wiring.heard, wiring.outputs)
        # unsigned: an index that cannot be negative needs no look whether it is
        return (
            *(np.ascontiguousarray(array, dtype=np.uint64) for array in whole),
            wiring.states,  # the cost comes after the states
            np.array([at[name] for name in self.at], dtype=np.uint64),
            np.array([wiring.run[name] for name in self.run], dtype=np.uint64),
        )

    def work(self, wiring: Wiring, dtype: str, lanes: int | None = None) -> tuple[np.ndarray, ...]:
        """Arrays for the signals; of one sample where `lanes` is None."""
        tail = () if lanes is None else (lanes,)
        rates = wiring.size + len(wiring.heard)
        return tuple(np.zeros((rates if name == "r" else wiring.size, *tail), dtype) for name in self.signals)


def kernel(driver: Driver, dtype: str = "float64", *, bounded: bool = False) -> Kernel:
    """The kernel of the theory's laws.

    **Arguments:** `bounded`: whether some weights are.

    **Raises:** `InputError` where numba is not installed.
    """
    about = ("kernel", driver, dtype, "bounded") if bounded else ("kernel", driver, dtype)
    text, names = remembered(about, lambda: _text(driver, dtype, bounded))
    return Kernel(load(text), *names)


def _text(driver: Driver, dtype: str, bounded: bool) -> tuple[str, tuple[tuple[str, ...], ...]]:
    from vle_analog.engine.generate import names
    from vle_analog.engine.laws import theory_laws
    from vle_analog.engine.text import kernel_text

    law = theory_laws(bounded)
    known = names(law)
    return kernel_text(law, driver, dtype), (known.signals, known.at, known.run)


def loop(wiring: Wiring, dtype: str, lanes: int = 1) -> tuple:
    """What Newton's method works with: which signals are guessed, the guesses (phi(0) and no error), the rest empty."""
    network = wiring.network
    rates = wiring.rate_loops
    hears = network.gamma != 0 and network.rule in ("vle", "le") and len(wiring.outputs) > 0
    errors = np.arange(wiring.size) if hears else wiring.error_loops
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
        kinds, neurons, guess, start, answer, residual, change, np.zeros((n, lanes), dtype),
        np.zeros((n, n, lanes), dtype), np.zeros((n, n, lanes), dtype), np.zeros((n + 3, lanes), dtype),
        flags, np.zeros(lanes, bool), np.dtype(dtype).type(TOLERANCE[dtype]),
    )  # fmt: skip
