"""The learning of feedback weights from noise in one neuron, correlated with the rate of the next."""

# SymPy's own annotations are partial: what it returns is often typed wider than it is.
# pyright: reportArgumentType=false, reportCallIssue=false, reportReturnType=false

import sympy as sp

from vle_analog.theory import fields as fi
from vle_analog.theory import symbols as sy
from vle_analog.theory.fields import i, j, k
from vle_analog.theory.laws import laws
from vle_analog.theory.local import forward_transfer, low_pass
from vle_analog.theory.step import DerivationStep, Equation, Setting
from vle_analog.theory.sums import collapse, demand
from vle_analog.theory.symbols import p, t, tau_highpass

lag = sp.Symbol("s", positive=True)
sigma, tau_noise = sp.symbols("sigma tau_noise", positive=True)
E = sp.Function("E")
PASSED, HIGH = sp.symbols("kappa H_high")
PASSES = {n: fi.parameter("H_forward", n) for n in (i, k)}


def autocorrelation() -> sp.Expr:
    """Return E[xi(t) xi(t - s)] of Ornstein-Uhlenbeck noise."""
    return sigma**2 * sp.exp(-lag / tau_noise)


def high_pass() -> sp.Expr:
    """Return rhat over r, from the laws."""
    law = laws("vle")
    (settled,) = sp.solve(p * sy.rbar - law.highpass, sy.rbar)
    return sp.cancel(law.highpassed.subs(sy.rbar, settled) / sy.r)


def through(transfer: sp.Expr) -> sp.Expr:
    """Return E[xi (H xi)]/sigma^2 of filtered noise: the transfer function at p = 1/tau_noise.

    **Raises:** `DerivationError` where this is false for a low-pass or a wire, of which all filters are sums.
    """
    tau, rate = sp.symbols("tau rate", positive=True)
    there = {p: 1 / tau_noise}
    response = autocorrelation() * sp.exp(-lag / tau) / tau  # times the impulse response of a low-pass
    decays = sp.expand(-sp.diff(sp.log(response), lag))
    whole = response.subs(lag, 0) * sp.integrate(sp.exp(-rate * lag), (lag, 0, sp.oo)).subs(rate, decays)
    demand(whole, sigma**2 * low_pass(tau).subs(there), "noise through a low-pass")
    demand(autocorrelation().subs(lag, 0), sigma**2, "noise through a wire")
    return transfer.subs(there)


def passed() -> sp.Expr:
    """Return kappa = E[xi_i (H_i H_k H_high xi_i)]/sigma^2: each filter at p = 1/tau_noise, all positive."""
    return sp.Mul(*map(through, (*(fi.of_neuron(forward_transfer(), n) for n in (i, k)), high_pass())))


def response() -> sp.Expr:
    """Return E[xi_i r_k] / kappa with every filter one: the linear response of neuron k to the noise of all neurons."""
    received = sp.KroneckerDelta(i, j) * sigma**2  # E[xi_i xi_j]: the noises are independent
    return _slope(k) * collapse(fi.total(fi.weight(k, j) * _slope(j) * received, j))


def _slope(index: sp.Expr) -> sp.Expr:
    return fi.phi_slope(index, fi.signal("U", index))


def alignment_step(_setting: Setting) -> DerivationStep:
    """Derive the equilibrium of a learned feedback weight in a linear network."""
    law = laws("vle")
    demand(high_pass(), 1 - low_pass(tau_highpass), "high-pass")
    product = passed()
    still = {fi.parameter(name, n): 0 for name in ("tau_m", "tau_r") for n in (i, k)}
    quasi_static = sp.cancel(product.subs(still))
    mean, feedback = PASSED * response(), fi.parameter("F", k, i)
    xi, rhat = fi.signal("xi", i), fi.signal("rhat", k)
    stated = law.feedback_weight.subs({sy.xi: xi, sy.rhat: rhat, sy.F: feedback})
    change = sp.expand(stated).subs(xi * rhat, mean)
    (settled,) = sp.solve(change, feedback)
    demand(settled.diff(fi.weight(k, i)) * fi.weight(k, i), settled, "feedback settles in proportion to the weight")
    return DerivationStep(
        "Learned feedback weights",
        "Where the error returns through separate weights `F`, they can learn to follow `W`. Every neuron that "
        "receives an error through them has noise `xi` of its own (Ornstein-Uhlenbeck: variance `sigma^2`, time "
        "constant `tau_noise`), which reaches the neurons it sends to; their rates, high-passed, are correlated with "
        "it. Small noise, `phi'` that stands still, one path from `i` to `k` and errors too weak to move the membrane "
        "are assumed: then the mean follows `W`, with a positive factor per pair of neurons (not one for "
        "all), and so does `F`, at the rate `eta` times `decay`. Noise times response is the filter's value at `p = "
        "1/tau_noise`.",
        (
            Equation(fi.signal("rbar", k).diff(t), fi.of_neuron(law.highpass, k), note="state of the high-pass"),
            Equation(rhat, fi.of_neuron(law.highpassed, k), note="`rbar` is the slow part of `r`"),
            Equation(
                sp.Derivative(feedback, t), stated, note="`xi` of the receiving neuron, `rhat` of the sending one"
            ),
            Equation(E(xi * rhat), mean, note="the other noises average out"),
            Equation(PASSED, HIGH * PASSES[i] * PASSES[k], note="at `p = 1/tau_noise`, positive"),
            Equation(HIGH, sp.factor(high_pass()), note="`rhat` over `r`"),
            Equation(PASSED, quasi_static, note="noise slow against the membranes", relation="→"),
            Equation(feedback, settled, note="where the mean comes to rest"),
        ),
    )
