"""Text of the kernel for one solution: an explicit Runge-Kutta method with error control, and all signals afterwards.

Steps and error norm as in Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, II.4; the method
is a table. It works in slices: `clock` and `tally` hold what the next call goes on from.
"""

import numpy as np

from vle_analog.codegen.given import entry, jit, receive, report, settle

# --- kernel ---
SAFETY, SHRINK, GROW = 0.9, 0.2, 10.0
RUNNING, DONE, RANGE, DIVERGED, STIFF, LOOP = 0, 1, 2, 3, 4, 5


@jit
def stages_of(begin, end, y, h, time, piece, K, z, A, C, outside, sound, net, work, loop):
    """The states of these stages into z, one by one, their derivatives into K; 1 where one has no solution."""
    n = y.size
    for s in range(begin, end):
        for k in range(n):
            z[k] = y[k]
        for j in range(s):
            if A[s, j] != 0.0:
                factor = h * A[s, j]
                for k in range(n):
                    z[k] += factor * K[j, k]
        receive(time + C[s] * h, piece, outside, sound)
        loop[12][0] = False
        if settle(z, K[s], outside, n, net, work, loop) > 0:
            return 1
    return 0


@jit
def error_norm(y, new, h, K, E5, E3, rtol, atol):
    n = y.size
    fifth, third = 0.0, 0.0
    for k in range(n):
        five, three = 0.0, 0.0
        for s in range(E5.size):
            five += E5[s] * K[s, k]
            three += E3[s] * K[s, k]
        scale = atol + rtol * max(abs(y[k]), abs(new[k]))
        fifth += (five / scale) * (five / scale)
        third += (three / scale) * (three / scale)
    total = fifth + 0.01 * third
    return 0.0 if total == 0.0 else h * fifth / np.sqrt(total * n)


@jit
def powers(K, P, Q):
    """Coefficients of the powers of theta in y(t + theta h), for the step just done."""
    for d in range(P.shape[1]):
        for k in range(K.shape[1]):
            Q[d, k] = 0.0
        for s in range(P.shape[0]):
            if P[s, d] != 0.0:
                for k in range(K.shape[1]):
                    Q[d, k] += P[s, d] * K[s, k]


@jit
def interpolate(y, h, theta, Q, out):
    """y(t + theta h) of the step just done."""
    for k in range(y.size):
        out[k] = Q[Q.shape[0] - 1, k]
    for d in range(Q.shape[0] - 2, -1, -1):
        for k in range(y.size):
            out[k] = out[k] * theta + Q[d, k]
    for k in range(y.size):
        out[k] = y[k] + h * theta * out[k]


@jit
def furthest(y, low, high):
    """Index of the state furthest outside of its range, in units of its width; -1 where none is."""
    worst, most = -1, 0.0
    for k in range(y.size):
        beyond = max(low[k] - y[k], y[k] - high[k])
        if beyond > 0.0 and (worst < 0 or beyond / (high[k] - low[k]) > most):
            worst, most = k, beyond / (high[k] - low[k])
    return worst


@jit
def crossing(y, h, Q, low, high, out):
    """The part of the step just done after which a state is outside of its range; the states there into `out`."""
    inner, outer = 0.0, 1.0
    while True:
        middle = 0.5 * (inner + outer)
        if not inner < middle < outer:
            break
        interpolate(y, h, middle, Q, out)
        if furthest(out, low, high) < 0:
            inner = middle
        else:
            outer = middle
    interpolate(y, h, outer, Q, out)
    return outer


@entry
def solve(clock, tally, most, control, method, y, K, Q, grid, stops, out, bounds, z, outside, sound, net, work, loop):
    """Goes on until the end, a fault, or `most` evaluations of this call.

    **Arguments:** `clock`: time, step. `tally`: next stop, next point of the grid, evaluations, state at fault, whether
    the first stage is known. `control`: rtol, atol, exponent, most evaluations of all calls, longest step: of what
    rests there is no error to be observed, and a longer one would let rounding grow.
    """
    A, C, E5, E3, P, stages, keeps_first = method
    low, high = bounds
    rtol, atol, exponent, ever, longest = control
    n = y.size
    spent, lost = 0, 0
    while tally[0] < stops.size:
        time, h, stop = clock[0], min(clock[1], longest), stops[tally[0]]
        least = 10.0 * (np.nextafter(time, np.inf) - time)
        rejected, accepted = False, False
        end, norm = stop, 0.0
        while not accepted:
            if not h >= least:
                return LOOP if lost > 0 else DIVERGED
            end = min(time + h, stop)
            h = end - time
            piece = time + 0.5 * h
            tally[2] += stages
            spent += stages
            lost = stages_of(tally[4], stages + 1, y, h, time, piece, K, z, A, C, outside, sound, net, work, loop)
            tally[4] = 1 - lost
            norm = np.inf if lost > 0 else error_norm(y, z[:n], h, K, E5, E3, rtol, atol)
            if norm < 1.0:
                accepted = True
            elif tally[2] > ever:
                return STIFF
            else:
                rejected = True
                h *= max(SHRINK, SAFETY * norm**exponent) if norm < np.inf else SHRINK
        new = out[grid.size]
        for k in range(n):
            new[k] = z[k]
        left = furthest(new, low, high) >= 0
        last = tally[1]
        inside = left
        while last < grid.size and grid[last] <= end:
            inside = inside or grid[last] < end
            last += 1
        if inside:
            more = A.shape[0]
            tally[2] += more - stages - 1
            stages_of(stages + 1, more, y, h, time, piece, K, z, A, C, outside, sound, net, work, loop)
            powers(K, P, Q)
            if left:
                end = time + h * crossing(y, h, Q, low, high, new)
            while last > tally[1] and grid[last - 1] > end:
                last -= 1
            for g in range(tally[1], last):
                interpolate(y, h, (grid[g] - time) / h, Q, out[g])
        elif last > tally[1]:
            for k in range(n):
                out[tally[1], k] = new[k]
        tally[1] = last
        clock[0] = end
        factor = GROW if norm == 0.0 else min(GROW, SAFETY * norm**exponent)
        clock[1] = h * (min(1.0, factor) if rejected else factor)
        for k in range(n):
            y[k] = new[k]
            K[0, k] = K[stages, k]
        if left:
            tally[3] = furthest(y, low, high)
            return RANGE if np.isfinite(y[tally[3]]) else DIVERGED
        if end == stop:
            tally[0] += 1
            tally[4] = keeps_first  # slopes of the inputs may jump here
        if tally[2] > ever:
            return STIFF
        if spent > most:
            return RUNNING
    return DONE


@entry
def collect(times, pieces, states, changes, out, kinds, rows, z, outside, sound, net, work, loop):
    """Derivative and signals for one state after the other; how far it got."""
    n = states.shape[1]
    for p in range(times.size):
        for k in range(n):
            z[k] = states[p, k]
        receive(times[p], pieces[p], outside, sound)
        loop[12][0] = False
        if settle(z, changes[p] if changes.shape[0] > 1 else changes[0], outside, n, net, work, loop) > 0:
            return p
        report(kinds, rows, out[p], z, work)
    return times.size
