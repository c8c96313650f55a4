"""Text of every kernel: what the functions of laws have in common."""

from vle_analog.compiled.kernel.given import END, jit, lanes, real, tanh

# --- kernel ---


@jit
def squash(X, T, count):
    """tanh of all arguments; where it is at its end in every lane, without computing it: it is the same number."""
    L = lanes(X)
    for k in range(count):
        least = real(100.0)
        for lane in range(L):
            least = min(least, abs(X[k, lane]))
        if least >= END:
            for lane in range(L):
                T[k, lane] = real(1.0) if X[k, lane] > real(0.0) else real(-1.0)
        else:
            for lane in range(L):
                T[k, lane] = tanh(X[k, lane])


@jit
def scatter(F, S, rows, m, first, count):
    L = lanes(F)
    for k in range(count):
        row = rows[m, k]
        for lane in range(L):
            F[row, lane] += S[first + k, lane]
