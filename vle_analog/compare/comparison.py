"""The comparison of circuit and ideal, signal by signal: error, delay, and bound."""

from dataclasses import dataclass
from html import escape

import numpy as np

from vle_analog.compare.loss import Learning, learning
from vle_analog.errors import InputError, Problem
from vle_analog.mapping.excursions import Excursion
from vle_analog.network import Network, Signal, Traces
from vle_analog.network.stimuli import Stimulus
from vle_analog.study.spec import CompareSettings

GROUP_OF_KIND = {
    **dict.fromkeys("uUr", "forward"),
    **dict.fromkeys("vBe", "error"),
    **dict.fromkeys(("W", "b", "tau_m", "tau_r", "F"), "weights"),
}
LARGEST_LAG = 0.1  # fraction of the duration: largest delay in the search
BELOW_FLOOR = "below the floor"
STILL = 1e-9  # relative to the magnitude (at least 1): a smaller change is rounding, and the signal constant


@dataclass(frozen=True)
class SignalComparison:
    """The comparison of one signal, in model units.

    **Arguments:**

    - `nrmse`: root-mean-square of circuit minus ideal over the grid, divided by the peak-to-peak of the ideal over all
      signals of this kind in this population or projection (at least the study's floor).
    - `max_abs`: largest difference. `delay`: model time by which the circuit is late.
    - `final`: last values, (ideal, circuit). `bound`: largest `nrmse` that passes.
    - `offset`: mean of circuit minus ideal. `nrmse_no_offset`: the same as `nrmse` with the offset subtracted.
    - `correlation`: of circuit and ideal (Pearson); `None` where the ideal is constant, 0 where only the circuit is.
    - `nrmse_plain`: as `nrmse`, against the equations as they are in the study; `None` where that is the same. The
      other numbers of a circuit whose weights are bounded are against the equations with bounded weights.
    - `floor`: the study's, of a peak-to-peak value. `span`: peak-to-peak of the ideal over all signals of this kind, as
      in `nrmse`; `moves`: of this signal alone.
    """

    signal: Signal
    nrmse: float
    max_abs: float
    delay: float
    final: tuple[float, float]
    bound: float
    offset: float
    nrmse_no_offset: float
    correlation: float | None
    nrmse_plain: float | None = None
    floor: float = 0.0
    span: float = np.inf
    moves: float = np.inf

    @property
    def below_floor(self) -> bool:
        """True where `nrmse` has no meaning: it is the error over the floor, not over the span of the signals."""
        return self.span < self.floor

    @property
    def still(self) -> bool:
        """True where the ideal changes by less than the floor, so that `delay` has no meaning."""
        return self.moves < self.floor

    @property
    def reason(self) -> str:
        """Reason why no NRMSE or no delay is reported; empty where both are."""
        if not self.still:
            return ""
        missing = "no NRMSE and no delay" if self.below_floor else "no delay"
        return f"{BELOW_FLOOR}: the ideal moves by less than {self.floor:g}, so it has {missing}"

    @property
    def limit(self) -> str:
        """The exceeded limit as text; of a signal below the floor that of the rms error."""
        return f"rms error {self.bound * self.floor:.0e}" if self.below_floor else f"{self.bound:.0e}"

    @property
    def passed(self) -> bool:
        """True where the bound is met."""
        return self.nrmse <= self.bound


@dataclass(frozen=True, eq=False)
class Comparison:
    """Ideal and circuit on the same grid, and every signal's deviation.

    **Arguments:**

    - `learning`: losses of ideal and circuit at the begin and end of a run; `None` where nothing learns.
    - `excursions`: signals of the circuit that left the range of their stages.
    """

    ideal: Traces
    circuit: Traces
    signals: tuple[SignalComparison, ...]
    learning: tuple[Learning, Learning] | None = None
    excursions: tuple[Excursion, ...] = ()

    @property
    def worst(self) -> SignalComparison:
        """The signal that exceeds its bound most, or is closest to it; of those that pass, one above the floor."""
        return max(self.signals, key=lambda s: (not s.passed, not s.below_floor, s.nrmse / s.bound))

    @property
    def all_below_floor(self) -> bool:
        """True where no signal has a meaningful NRMSE."""
        return all(s.below_floor for s in self.signals)

    @property
    def worst_nrmse(self) -> float:
        """Largest NRMSE of all signals that are not below the floor, where there are any."""
        return max(s.nrmse for s in self.signals if self.all_below_floor or not s.below_floor)

    @property
    def passed(self) -> bool:
        """True where every signal is within its bound, and no stage left its range."""
        return self.within_bounds and not self.excursions

    @property
    def within_bounds(self) -> bool:
        """True where every signal is within its bound."""
        return all(s.passed for s in self.signals)

    def worst_of_kinds(self) -> tuple[SignalComparison, ...]:
        """The worst signal of every kind in every population and projection, in their order."""
        worst: dict[tuple[str, str], SignalComparison] = {}
        for item in self.signals:
            key = (item.signal.owner, item.signal.kind)
            if key not in worst or item.nrmse > worst[key].nrmse:
                worst[key] = item
        return tuple(worst.values())

    def __repr__(self) -> str:
        verdict = "within bounds" if self.within_bounds else f"outside bounds ({self.worst.signal})"
        if self.excursions:
            verdict += f", {len(self.excursions)} signals left the range of their stages"
        return f"Comparison({len(self.signals)} signals, {self.worst_text}, {verdict})"

    @property
    def worst_text(self) -> str:
        """NRMSE of the worst signal as text; where that is below the floor, its rms error, or that all are."""
        if not self.worst.below_floor:
            return f"worst NRMSE {self.worst.nrmse:.2e}"
        if self.worst.passed:
            return f"all {BELOW_FLOOR}"
        rms = self.worst.nrmse * self.worst.floor
        return f"worst rms error {rms:.1e}, of a signal {BELOW_FLOOR}"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{title}</th>" for title in ("signal", "NRMSE", "largest error", "delay", "bound", ""))
        rows = "".join(
            f"<tr><td>{escape(str(s.signal))}</td><td>{nrmse_text(s)}</td><td>{s.max_abs:.2e}</td>"
            f"<td>{'' if s.still else f'{s.delay:.1e}'}</td>"
            f"<td>{s.bound:.0e}</td><td>{'pass' if s.passed else 'FAIL'}</td></tr>"
            for s in self.worst_of_kinds()
        )
        return f"<table><tr>{head}</tr>{rows}</table>"


def compare(
    ideal: Traces,
    circuit: Traces,
    settings: CompareSettings,
    *,
    plain: Traces | None = None,
    taught: tuple[Network, Stimulus] | None = None,
    excursions: tuple[Excursion, ...] = (),
) -> Comparison:
    """Compare every signal of the circuit with the ideal.

    **Arguments:**

    - `ideal`, `circuit`: on one grid. `settings`: bounds and floor.
    - `plain`: the equations as they are in the study, where `ideal` has bounded weights.
    - `taught`: the network and its target, for the losses; not needed where nothing learns.
    - `excursions`: of the circuit from the range of its stages.

    **Returns:** the comparison.

    **Raises:** `InputError` where they are not on one grid or the ideal lacks a signal.
    """
    for reference in (ideal, *([] if plain is None else [plain])):
        if not np.array_equal(reference.time, circuit.time):
            raise InputError(Problem("ideal and circuit are not on the same time grid"))
        missing = [str(s) for s in circuit.signals if s not in reference]
        if missing:
            raise InputError(Problem(f"the ideal has no signal {missing[0]}", got=", ".join(missing[:5])))
    spans, plain_spans = ranges(ideal), {} if plain is None else ranges(plain)
    results = []
    for signal, measured in zip(circuit.signals, circuit.values, strict=True):
        reference = ideal[signal]
        range_of_kind = spans[signal.owner, signal.kind]
        span = max(range_of_kind, settings.floor)
        difference = measured - reference
        offset = float(np.mean(difference))
        against_plain = None
        if plain is not None:
            plain_span = max(plain_spans[signal.owner, signal.kind], settings.floor)
            against_plain = _root_mean_square(measured - plain[signal]) / plain_span
        results.append(
            SignalComparison(
                signal,
                nrmse=_root_mean_square(difference) / span,
                max_abs=float(np.max(np.abs(difference))),
                delay=delay(ideal.time, reference, measured),
                final=(float(reference[-1]), float(measured[-1])),
                bound=getattr(settings.bounds, GROUP_OF_KIND[signal.kind]),
                offset=offset,
                nrmse_no_offset=_root_mean_square(difference - offset) / span,
                correlation=correlation(reference, measured),
                nrmse_plain=against_plain,
                floor=settings.floor,
                span=range_of_kind,
                moves=float(np.ptp(reference)),
            )
        )
    losses = None
    if taught is not None and taught[0].plastic:
        losses = (learning(ideal, *taught), learning(circuit, *taught))
    return Comparison(ideal, circuit, tuple(results), losses, excursions)


def nrmse_text(item: SignalComparison, digits: int = 2) -> str:
    """Format the NRMSE of a signal, or that it is below the floor."""
    return BELOW_FLOOR if item.below_floor else f"{item.nrmse:.{digits}e}"


def correlation(reference: np.ndarray, measured: np.ndarray) -> float | None:
    """Return Pearson's correlation; `None` where `reference` is constant, 0 where only `measured` is."""

    def still(values: np.ndarray) -> bool:
        return float(np.ptp(values)) <= STILL * max(1.0, float(np.max(np.abs(values))))

    if still(reference):
        return None
    if still(measured):
        return 0.0
    first, second = (values - np.mean(values) for values in (reference, measured))
    # norms one by one: the product of two large sums of squares may overflow
    return float(np.clip((first / np.linalg.norm(first)) @ (second / np.linalg.norm(second)), -1.0, 1.0))


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def delay(time: np.ndarray, reference: np.ndarray, measured: np.ndarray) -> float:
    """Return the time by which `measured` is late: the lag of the largest correlation, refined by least squares.

    For a small lag d, measured - reference = -d reference', so d = -<measured - reference, reference'> / <reference',
    reference'>.

    **Arguments:** `time`: equidistant, shape `(n,)`; the others likewise.
    """
    step, lag = time[1] - time[0], 0
    scale = float(np.ptp(reference))
    if scale == 0.0:
        return 0.0
    centred = reference - reference.mean(), measured - measured.mean()
    reach = max(1, int(LARGEST_LAG * len(time)))
    if np.max(np.abs(centred[0] - centred[1])) > 0.05 * scale:
        size = 2 ** int(np.ceil(np.log2(2 * len(time))))
        spectrum = np.conj(np.fft.rfft(centred[0], size)) * np.fft.rfft(centred[1], size)
        correlation = np.fft.irfft(spectrum, size)
        lags = np.concatenate([np.arange(reach + 1), np.arange(-reach, 0)])
        lag = int(lags[np.argmax(correlation[lags])])
    inside = slice(max(lag, 0), len(time) + min(lag, 0))
    shifted = reference[max(-lag, 0) : len(time) - max(lag, 0)]
    slope = np.gradient(shifted, step)
    power = float(slope @ slope)
    if power == 0.0:
        return lag * step
    return float(lag * step - (measured[inside] - shifted) @ slope / power)


def ranges(traces: Traces) -> dict[tuple[str, str], float]:
    """Return the peak-to-peak value over all signals of a kind in a population or projection, by (owner, kind)."""
    limits: dict[tuple[str, str], tuple[float, float]] = {}
    for signal, row in zip(traces.signals, traces.values, strict=True):
        low, high = limits.get((signal.owner, signal.kind), (np.inf, -np.inf))
        limits[signal.owner, signal.kind] = (min(low, float(row.min())), max(high, float(row.max())))
    return {key: high - low for key, (low, high) in limits.items()}
