"""Text of every kernel: the operating point, then M dv/dt = f(v, t) by the linearly implicit method RODAS3.

The operating point by Newton's method, every lane damped on its own. RODAS3 is of third order and L-stable: four
stages with one matrix M/(h/2) - df/dv, and f at three points; the last stage is the difference to a solution of second
order (Sandu, Verwer, Blom, Spee, Carmichael and Potra, Atmospheric Environment 31, 1997). What comes from outside is
known at the begin and at the end of every step, with its slopes.
"""

from vle_analog.compiled.kernel.given import entry, factor, jit, lanes, real, solve, stamps

# --- kernel ---


@jit
def hear(V, values, rows):
    L = lanes(V)
    for j in range(rows.size):
        row = rows[j]
        for lane in range(L):
            V[row, lane] = values[j]


@jit
def force(F, Q, scale, rates, drives):
    """What flows through capacitors from nodes that are driven: those with a number per lane, then the others."""
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
def weigh(B, M, scale, x, masses):
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
def heavy(A, M, scale, masses):
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


@entry
def march(
    turns, far, near, held, missed, lengths, begin, heard, slopes, seen, meters, out, worst, Y, F, G, A, M,
    Q, blocks, work, pattern, space, stages, outside, drives, couplings, masses,
):  # fmt: skip
    """Turns of Newton's method as many as are needed, then steps of the given lengths.

    The last step has no length, and is there for what is seen at the end. In every turn no voltage moves further than
    `far`; a lane has arrived where none moves further than `near`. `missed` holds how far the last turn moved any;
    `worst`, from step `begin` on, the largest difference of two solutions of one step.
    """
    W, D, sums, R, x = space
    K1, K2, K3, N, rest = stages
    reach, by, coupled = couplings
    L = lanes(Y)
    n = D.shape[0]
    turn = 0
    s = 0
    stage = 0
    hear(Y, heard[0, 0], outside)
    while s < lengths.size:
        h = lengths[s]
        F[:] = real(0.0)
        if stage == 0:
            A[:] = real(0.0)
        stamps(Y, F, A, stage == 0, blocks, work)
        if turn < turns:
            hold(A, F, held, pattern)
            factor(A, W, D, sums, pattern)
            add(R, F, real(0.0), F)
            solve(A, D, R, x, sums, pattern)
            turn = turn + 1 if damped(Y, x, sums, missed, far, near) > near else turns
            continue
        if stage == 0:
            for r in range(seen.size):
                row = seen[r]
                for lane in range(L):
                    out[s, r, lane] = Y[row, lane]
            for r in range(meters.size):
                row = meters[r]
                for lane in range(L):
                    out[s, seen.size + r, lane] = F[row, lane]
            if h <= real(0.0):
                break
            c = real(2.0) / h
            heavy(A, M, c, masses)
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
            weigh(R, M, real(4.0) / h, K1, masses)
            solve(A, D, R, K2, sums, pattern)
            for i in range(n):
                for lane in range(L):
                    Y[i + 1, lane] += real(2.0) * K1[i, lane]
                    N[i, lane] = K1[i, lane] - K2[i, lane]
                    rest[i, lane] = real(0.0)
            hear(Y, heard[s, 1], outside)
            weigh(rest, M, real(1.0) / h, N, masses)
            stage = 1
            continue
        force(F, Q, real(1.0), slopes[s, 1], drives)
        if stage == 2:
            weigh(rest, M, real(-8.0 / 3.0) / h, K3, masses)
        for i in range(n):
            for lane in range(L):
                R[i, lane] = F[i + 1, lane] + rest[i, lane]
        solve(A, D, R, K3, sums, pattern)
        for i in range(n):
            for lane in range(L):
                Y[i + 1, lane] += K3[i, lane]
        stage += 1
        if stage == 3:
            if s >= begin:
                for i in range(n):
                    for lane in range(L):
                        worst[i, lane] = max(worst[i, lane], abs(K3[i, lane]))
            stage = 0
            s += 1
            hear(Y, heard[s, 0], outside)


@entry
def look(out, near, share, rows, scales, row, seen):
    """What is seen between the ends of steps, of the first lanes: (lanes, rows, times). `row`: workspace."""
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
        for lane in range(seen.shape[0]):
            for t in range(near.shape[0]):
                seen[lane, r, t] = scales[r] * row[t, lane]
