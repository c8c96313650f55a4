"""Text of every kernel: the sparse matrix of all lanes, factored row by row in an order found once, and solved with.

Row i of the pattern has its places first[i] .. last[i]: those left of the diagonal by increasing column, then the
diagonal, at middle[i], then those right of it.
"""

from vle_analog.codegen.given import jit, lanes, real

# --- kernel ---


@jit
def factor(A, W, D, sums, pattern):
    """A = (I + lower) upper, in place; D: one over the diagonal of upper. W, sums: workspace."""
    first, middle, last, columns = pattern
    L = lanes(A)
    for i in range(first.size):
        for p in range(first[i], last[i]):
            j = columns[p]
            for lane in range(L):
                W[j, lane] = A[p, lane]
        for p in range(first[i], middle[i]):
            k = columns[p]
            for lane in range(L):
                sums[lane] = W[k, lane] * D[k, lane]
            for lane in range(L):
                A[p, lane] = sums[lane]
            for q in range(middle[k] + 1, last[k]):
                j = columns[q]
                for lane in range(L):
                    W[j, lane] -= sums[lane] * A[q, lane]
        for p in range(middle[i], last[i]):
            j = columns[p]
            for lane in range(L):
                A[p, lane] = W[j, lane]
        for lane in range(L):
            D[i, lane] = real(1.0) / W[i, lane]


@jit
def solve(A, D, B, x, sums, pattern):
    """x of A x = B, after `factor`."""
    first, middle, last, columns = pattern
    L = lanes(A)
    for i in range(first.size):
        for lane in range(L):
            sums[lane] = B[i, lane]
        for p in range(first[i], middle[i]):
            j = columns[p]
            for lane in range(L):
                sums[lane] -= A[p, lane] * x[j, lane]
        for lane in range(L):
            x[i, lane] = sums[lane]
    for r in range(first.size):
        i = first.size - 1 - r
        for lane in range(L):
            sums[lane] = x[i, lane]
        for p in range(middle[i] + 1, last[i]):
            j = columns[p]
            for lane in range(L):
                sums[lane] -= A[p, lane] * x[j, lane]
        for lane in range(L):
            x[i, lane] = sums[lane] * D[i, lane]
