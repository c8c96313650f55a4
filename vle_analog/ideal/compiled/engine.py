"""The compiled solution of one network: the same equations and tolerances as `System`, at higher speed."""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from vle_analog.errors import InputError, Problem
from vle_analog.ideal.compiled.channels import flat
from vle_analog.ideal.compiled.kernels import kernel, loop
from vle_analog.ideal.compiled.outcome import EVALUATIONS, EVALUATIONS_PER_STOP, EVALUATIONS_PER_TIME, STATUS, Outcome
from vle_analog.ideal.compiled.tableau import adaptive
from vle_analog.ideal.compiled.wiring import wire
from vle_analog.network.model import Network
from vle_analog.network.signals import Algebraic
from vle_analog.network.stimuli import Stimulus

RTOL = 1e-10
SLICE = 0.2  # elapsed seconds between two checks for an interrupt


class CompiledNetwork:
    """The compiled equations of a network with a given target.

    **Arguments:**

    - `target`: target of the output population; `None` leaves the error path out.

    **Raises:** `InputError` where numba is not installed.
    """

    def __init__(self, network: Network, target: Stimulus | None):
        refuse(network)
        self.network, self.target = network, target
        self._kernel = kernel("adaptive", bounded=network.bounded)
        self._wiring = wire(network, target)
        self.size, self.states, self.slices = self._wiring.size, self._wiring.states, self._wiring.slices
        self.has_u, self.has_v = self._wiring.has_u, self._wiring.has_v
        self.channels = self._wiring.channels
        self._net = self._kernel.net(self._wiring)
        self._kinds = np.repeat([self._kernel.signals.index(name) for name in "SUrhBe"], self.size)
        self._rows = np.tile(np.arange(self.size), 6)

    def _workspace(self) -> tuple:
        """The arrays of one run: z, external signals, flat stimuli, wiring, signals, loops."""
        sound = flat(self._wiring.channels)
        work = self._kernel.work(self._wiring, "float64")
        return (
            self._wiring.values.copy(),
            np.zeros(sound[0].size),
            sound,
            self._net,
            work,
            loop(self._wiring, "float64"),
        )

    # -- one instant, or many -----------------------------------------------------------------------------------

    def derivative(self, time: float, state: np.ndarray) -> np.ndarray:
        """Compute d(state)/dt, shape `(states,)`."""
        return self._collect(np.array([time]), np.reshape(state, (-1, 1)), changes=True)[1][:, 0]

    def algebraic(self, time: float, state: np.ndarray) -> Algebraic:
        """Compute the algebraic signals of a state."""
        signals = self._collect(np.array([time]), np.reshape(state, (-1, 1)))[0]
        return Algebraic(*(part[:, 0] for part in np.split(signals, 6)))

    def collect(self, grid: np.ndarray, states: np.ndarray) -> Algebraic:
        """Compute the signals at all times of a grid, shape `(N, points)` each.

        **Arguments:** `states`: shape `(states, points)`.
        """
        return Algebraic(*np.split(self._collect(grid, states)[0], 6))

    def _collect(self, grid: np.ndarray, states: np.ndarray, changes: bool = False) -> tuple[np.ndarray, np.ndarray]:
        times = np.ascontiguousarray(grid, dtype=float)
        rows = np.ascontiguousarray(states.T, dtype=float)
        out = np.zeros((len(times), len(self._rows)))
        moved = np.zeros((len(times) if changes else 1, self.states))
        run = self._workspace()
        reached = self._kernel.module.collect(times, times, rows, moved, out, self._kinds, self._rows, *run)
        if reached < len(times):
            raise no_solution(float(times[reached]))
        return out.T, moved.T

    # -- a solution ---------------------------------------------------------------------------------------------

    def initial(self) -> np.ndarray:
        """Return the state at time 0 according to `network.start`."""
        from vle_analog.ideal.compiled.start import initial_states

        return initial_states(self._wiring, self._wiring.values[:, None], "float64")[:, 0]

    def solve(
        self,
        y0: np.ndarray,
        stops: np.ndarray,
        grid: np.ndarray,
        rtol: float = RTOL,
        low: np.ndarray | float = -np.inf,
        high: np.ndarray | float = np.inf,
        progress: Callable[[float], None] | None = None,
        *,
        method: str = "DOP853",
        evaluations: float | None = None,
    ) -> Outcome:
        """Integrate the states over a grid of times.

        **Arguments:**

        - `y0`: state at time 0. `stops`: times at which a step must end, the last one the end.
        - `grid`: increasing times from 0 to the end.
        - `rtol`: relative tolerance of one step; the absolute one is a hundredth of it.
        - `low`, `high`: range of every state; the solution ends where one leaves it.
        - `progress`: called with the completed fraction, a few times per second.
        - `method`: `DOP853` or `RK45`.
        - `evaluations`: limit beyond which the equations are considered too stiff.
        """
        stops = np.ascontiguousarray(stops, dtype=float)
        grid = np.ascontiguousarray(grid, dtype=float)
        end = float(stops[-1])
        pair = adaptive(method)
        n, points = self.states, len(grid)
        if evaluations is None:
            evaluations = EVALUATIONS + EVALUATIONS_PER_TIME * end + EVALUATIONS_PER_STOP * len(stops)
        y = np.array(y0, dtype=float)
        out = np.zeros((points + 1, n))  # one row more, as workspace
        atol = rtol / 100
        try:
            first = self._first_step(y, rtol, atol, pair.order, float(stops[0]))
        except InputError:
            return Outcome(out[:0].T.copy(), "loop", 0.0)
        clock = np.array([0.0, first])
        # the solution at time 0 is given; the last time may exceed the last stop by rounding
        begun = int(np.searchsorted(grid, 0.0, side="right"))
        out[:begun] = y
        reachable = np.minimum(grid, end)
        tally = np.array([0, begun, 0, -1, 0])
        longest = pair.stable * self.network.shortest
        control = (rtol, atol, -1.0 / (pair.order + 1), float(evaluations), longest)
        bounds = tuple(np.broadcast_to(np.asarray(b, dtype=float), (n,)).copy() for b in (low, high))
        jumps = any(slope for _, slope in self._wiring.channels)
        table = (pair.A, pair.C, pair.E5, pair.E3, pair.P, pair.stages, 0 if jumps else 1)
        K = np.zeros((len(pair.C), n))
        Q = np.zeros((pair.P.shape[1], n))
        run = self._workspace()
        most, status = 1000, 0
        while status == 0:
            before = perf_counter()
            status = self._kernel.module.solve(
                clock, tally, most, control, table, y, K, Q, reachable, stops, out, bounds, *run
            )
            most = int(np.clip(most * SLICE / max(perf_counter() - before, 1e-3), 100, 4 * most))
            if progress is not None:
                progress(float(clock[0]) / end)
        worst = int(tally[3])
        return Outcome(
            out[: tally[1]].T,
            STATUS[status],
            float(clock[0]),
            worst,
            float(y[worst]) if worst >= 0 else 0.0,
            int(tally[2]),
        )

    def _first_step(self, y: np.ndarray, rtol: float, atol: float, order: int, longest: float) -> float:
        """Choose the first step as in Hairer, Norsett and Wanner, II.4."""

        def size(vector: np.ndarray) -> float:
            return float(np.sqrt(np.mean((vector / scale) ** 2))) if vector.size else 0.0

        scale = atol + rtol * np.abs(y)
        with np.errstate(all="ignore"):
            here = self.derivative(0.0, y)
            d0, d1 = size(y), size(here)
            h0 = min(1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1, longest)
            there = self.derivative(h0, y + h0 * here)
            d2 = size(there - here) / h0
            h1 = max(1e-6, h0 * 1e-3) if max(d1, d2) <= 1e-15 else (0.01 / max(d1, d2)) ** (1 / (order + 1))
        step = min(100 * h0, h1, longest)
        return step if step > 0 else 1e-6 * longest


def refuse(network: Network) -> None:
    """Refuse networks without a kernel.

    **Raises:** `InputError` for the exact error, which runs backwards in time.
    """
    if network.rule == "adjoint":
        raise InputError(
            Problem(
                "the compiled engine solves forwards in time only",
                "network.rule",
                "'adjoint'",
                "vle | gle | le | backprop",
            )
        )


def no_solution(time: float) -> InputError:
    """Return the error for an algebraic loop where Newton's method did not converge."""
    return InputError(
        Problem(
            f"the algebraic loop has no solution that could be found at model time {time:g}",
            "network",
            hint="lower the recurrent weights, or gamma * beta, or the ratio tau_m / tau_r inside the loop",
        )
    )
