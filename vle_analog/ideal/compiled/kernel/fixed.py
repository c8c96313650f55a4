"""Text of the kernel for many samples: an explicit Runge-Kutta method in steps that were laid out beforehand."""

from vle_analog.codegen.given import entry, lanes, report, settle

# --- kernel ---


@entry
def march(h, external, records, out, method, y, K, z, kinds, rows, net, work, loop):
    """As many steps as `h` is long; a step of length zero only reports.

    **Arguments:** `external`: the external signals, (steps, stages, channels). `records`: place in `out` of the signals
    at the beginning of each step, or -1.
    """
    A, B = method
    n, L = y.shape[0], lanes(y)
    for p in range(h.size):
        for s in range(B.size if h[p] > 0.0 else 1):
            for k in range(n):
                for lane in range(L):
                    z[k, lane] = y[k, lane]
                for j in range(s):
                    factor = h[p] * A[s, j]
                    if factor != 0.0:
                        for lane in range(L):
                            z[k, lane] += factor * K[j, k, lane]
            settle(z, K[s], external[p, s], n, net, work, loop)
            if s == 0 and records[p] >= 0:
                report(kinds, rows, out[records[p]], z, work)
        if h[p] > 0.0:
            for k in range(n):
                for j in range(B.size):
                    factor = h[p] * B[j]
                    if factor != 0.0:
                        for lane in range(L):
                            y[k, lane] += factor * K[j, k, lane]


@entry
def rest(external, out, kinds, rows, z, dz, net, work, loop):
    """The signals of a network at rest; how many lanes have no solution."""
    lost = settle(z, dz, external, dz.shape[0], net, work, loop)
    report(kinds, rows, out, z, work)
    return lost
