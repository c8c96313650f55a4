"""Text of every kernel: the operating point, then M dv/dt = f(v, t), by single steps or by multistep formulas.

The operating point by Newton's method, every lane damped on its own. Single steps by RODAS3, linearly implicit,
L-stable, of third order: one matrix M/(h/2) - df/dv, f at three points; the last stage is the difference to a
solution of second order (Sandu et al., Atmospheric Environment 31, 1997). Others by backward differentiation (see
`multistep`). What comes from outside is known at the begin and at the end of every step, with its slopes.
"""

from vle_analog.codegen.given import entry, factor, jit, lanes, real, solve, stamps

# --- kernel ---


@jit
def receive(V, values, rows):
    L = lanes(V)
    for j in range(rows.size):
        row = rows[j]
        for lane in range(L):
            V[row, lane] = values[j]


@jit
def force(F, Q, scale, rates, drives):
    """Currents through capacitors from driven nodes: those with a number per lane, then the others."""
    into, outside, all_into, all_outside, all_Q = drives
    L = lanes(F)
    for e in range(into.size):
        row = into[e]
        rate = scale * rates[outside[e]]
        if rate != real(0.0):
            for lane in range(L):
                F[row, lane] += Q[e, lane] * rate
    for e in range(all_into.size):
        row = all_into[e]
        rate = scale * rates[all_outside[e]] * all_Q[e]
        if rate != real(0.0):
            for lane in range(L):
                F[row, lane] += rate


@jit
def times_mass(B, M, scale, x, masses):
    """B += scale M x."""
    left, right, _, all_left, all_right, _, all_M = masses
    L = lanes(B)
    for e in range(all_left.size):
        i = all_left[e]
        j = all_right[e]
        mass = scale * all_M[e]
        for lane in range(L):
            B[i, lane] += mass * x[j, lane]
    for e in range(left.size):
        i = left[e]
        j = right[e]
        for lane in range(L):
            B[i, lane] += scale * M[e, lane] * x[j, lane]


@jit
def with_mass(A, M, scale, masses):
    """A += scale M."""
    left, _, places, _, _, all_places, all_M = masses
    L = lanes(A)
    for e in range(all_places.size):
        p = all_places[e]
        mass = scale * all_M[e]
        for lane in range(L):
            A[p, lane] += mass
    for e in range(left.size):
        p = places[e]
        for lane in range(L):
            A[p, lane] += scale * M[e, lane]


@jit
def add(R, F, scale, G):
    """R = F + scale G, of unknown nodes."""
    L = lanes(R)
    for i in range(R.shape[0]):
        for lane in range(L):
            R[i, lane] = F[i + 1, lane] + scale * G[i + 1, lane]


@jit
def hold(A, F, held, pattern):
    """Rows whose voltage is given: it stays."""
    first, middle, last, _ = pattern
    L = lanes(A)
    for i in range(held.size):
        if held[i] > 0:
            for p in range(first[i], last[i]):
                for lane in range(L):
                    A[p, lane] = real(0.0)
            for lane in range(L):
                A[middle[i], lane] = real(1.0)
                F[i + 1, lane] = real(0.0)


@jit
def damped(V, x, sums, missed, far, near):
    """One turn of Newton's method; the largest voltage by which a lane that has not arrived has moved."""
    L = lanes(V)
    for lane in range(L):
        sums[lane] = real(0.0)
    for i in range(x.shape[0]):
        for lane in range(L):
            sums[lane] = max(sums[lane], abs(x[i, lane]))
    worst = real(0.0)
    for lane in range(L):
        # a lane that has arrived stays, whatever its neighbours do
        moves = missed[lane] > near
        change = sums[lane]
        missed[lane] = change if moves else missed[lane]
        sums[lane] = min(real(1.0), far / max(change, near)) if moves else real(0.0)
        worst = max(worst, missed[lane])
    for i in range(x.shape[0]):
        for lane in range(L):
            V[i + 1, lane] += sums[lane] * x[i, lane]
    return worst


@jit
def observe(observed, Y, rows):
    L = lanes(Y)
    for r in range(rows.size):
        row = rows[r]
        for lane in range(L):
            observed[r, lane] = Y[row, lane]


@jit
def predict(Y, rates, shares, first, second, third, fourth):
    """Along the polynomial through the last differences; `fourth`, the oldest of them, becomes the next one."""
    L = lanes(Y)
    p1, p2, p3, p4 = shares[0, 0], shares[0, 1], shares[0, 2], shares[0, 3]
    q1, q2, q3, q4 = shares[1, 0], shares[1, 1], shares[1, 2], shares[1, 3]
    for i in range(rates.shape[0]):
        for lane in range(L):
            a, b, c, d = first[i, lane], second[i, lane], third[i, lane], fourth[i, lane]
            rates[i, lane] = q1 * a + q2 * b + q3 * c + q4 * d
            ahead = p1 * a + p2 * b + p3 * c + p4 * d
            fourth[i, lane] = ahead
            Y[i + 1, lane] += ahead


@jit
def correct(Y, difference, K):
    L = lanes(Y)
    for i in range(K.shape[0]):
        for lane in range(L):
            Y[i + 1, lane] += K[i, lane]
            difference[i, lane] += K[i, lane]


@jit
def largest(worst, K):
    L = lanes(K)
    for i in range(K.shape[0]):
        for lane in range(L):
            worst[i, lane] = max(worst[i, lane], abs(K[i, lane]))


@entry
def march(
    turns,
    far,
    near,
    held,
    missed,
    lengths,
    begin,
    external,
    slopes,
    observed,
    meters,
    out,
    worst,
    Y,
    F,
    G,
    A,
    M,
    Q,
    laws,
    pattern,
    space,
    stages,
    before,
    past,
    outside,
    drives,
    couplings,
    gauges,
    masses,
):
    """Turns of Newton's method as many as are needed, then steps of the given lengths.

    The last step has no length, and exists for the record at the end. In every turn no voltage moves further than
    `far`; a lane has arrived where none moves further than `near`. `missed` holds how far the last turn moved any;
    `worst`, from step `begin` on, the largest difference of two solutions of one step. A step with those
    before is one stage, the fourth: at its end, predicted.
    """
    W, D, sums, R, x = space
    K1, K2, K3, N, rest = stages
    kinds, pace, shares = before
    first, second, third, fourth = past
    reach, by, coupled = couplings
    counted, moved, counting = gauges
    L = lanes(Y)
    n = D.shape[0]
    turn = 0
    s = 0
    stage = 0
    measured = -1  # step at whose begin currents are known
    receive(Y, external[0, 0], outside)
    while s < lengths.size:
        h = lengths[s]
        kind = kinds[s]
        if stage == 0:
            observe(out[s], Y, observed)
            if kind > 0 and measured == s:
                predict(Y, K1, shares[s], first, second, third, fourth)
                receive(Y, external[s, 1], outside)
                stage = 3
        fresh = (stage == 0 and kind == 0) or (stage == 3 and kind == 2)
        F[:] = real(0.0)
        if fresh:
            A[:] = real(0.0)
        stamps(Y, F, A, fresh, laws)
        if turn < turns:
            hold(A, F, held, pattern)
            factor(A, W, D, sums, pattern)
            add(R, F, real(0.0), F)
            solve(A, D, R, x, sums, pattern)
            turn = turn + 1 if damped(Y, x, sums, missed, far, near) > near else turns
            if turn > 20:  # a lane that goes to and fro comes to rest where it may not go as far
                far = max(real(0.9) * far, real(0.01))
            continue
        if stage == 0:
            measured = s
            observe(out[s, observed.size :], F, meters)
            if kind > 0:
                continue
            if h <= real(0.0):
                break
        if fresh:
            with_mass(A, M, pace[s] if stage == 3 else real(2.0) / h, masses)
        if stage == 0:
            # how f moves by itself
            G[:] = real(0.0)
            for e in range(reach.size):
                row = reach[e]
                p = coupled[e]
                rate = slopes[s, 0, by[e]]
                if rate != real(0.0):
                    for lane in range(L):
                        G[row, lane] -= A[p, lane] * rate
            force(F, Q, real(1.0), slopes[s, 0], drives)
            force(G, Q, real(1.0) / h, slopes[s, 1], drives)
            force(G, Q, real(-1.0) / h, slopes[s, 0], drives)
            factor(A, W, D, sums, pattern)
            add(R, F, real(0.5) * h, G)
            solve(A, D, R, K1, sums, pattern)
            add(R, F, real(1.5) * h, G)
            times_mass(R, M, real(4.0) / h, K1, masses)
            solve(A, D, R, K2, sums, pattern)
            for i in range(n):
                for lane in range(L):
                    Y[i + 1, lane] += real(2.0) * K1[i, lane]
                    fourth[i, lane] = real(2.0) * K1[i, lane]
                    N[i, lane] = K1[i, lane] - K2[i, lane]
                    rest[i, lane] = real(0.0)
            receive(Y, external[s, 1], outside)
            times_mass(rest, M, real(1.0) / h, N, masses)
            stage = 1
            continue
        force(F, Q, real(1.0), slopes[s, 1], drives)
        if stage == 3:
            add(R, F, real(0.0), F)
            times_mass(R, M, real(-1.0), K1, masses)
            if fresh:
                factor(A, W, D, sums, pattern)
        else:
            if stage == 2:
                times_mass(rest, M, real(-8.0 / 3.0) / h, K3, masses)
            for i in range(n):
                for lane in range(L):
                    R[i, lane] = F[i + 1, lane] + rest[i, lane]
        solve(A, D, R, K3, sums, pattern)
        if stage == 3:
            for e in range(counted.size):
                row = counted[e]
                p = counting[e]
                i = moved[e]
                for lane in range(L):
                    F[row, lane] -= A[p, lane] * K3[i, lane]
            measured = s + 1
            observe(out[measured, observed.size :], F, meters)
        correct(Y, fourth, K3)
        stage += 1
        if stage > 2:
            if s >= begin:
                largest(worst, K3)
            first, second, third, fourth = fourth, first, second, third
            stage = 0
            s += 1
            receive(Y, external[s, 0], outside)


@entry
def look(out, near, share, rows, scales, row, observed):
    """Record signals between the ends of steps, of the first lanes: (lanes, rows, times). `row`: workspace."""
    L = lanes(out)
    for r in range(rows.size):
        place = rows[r]
        for t in range(near.shape[0]):
            for lane in range(L):
                row[t, lane] = real(0.0)
            for k in range(near.shape[1]):
                at = near[t, k]
                part = share[t, k]
                for lane in range(L):
                    row[t, lane] += part * out[at, place, lane]
        for lane in range(observed.shape[0]):
            for t in range(near.shape[0]):
                observed[lane, r, t] = scales[r] * row[t, lane]
