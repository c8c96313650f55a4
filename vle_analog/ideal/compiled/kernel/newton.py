"""Text of every kernel: the algebraic part. One sweep where there is no loop, Newton's method where there is one.

A value that a sweep needs before it is computed is guessed; the guess is right where the sweep returns it. The inverse
of the Jacobian (by differences, kept from one solution to the next) is corrected by Broyden's rule, every lane for
itself.
"""

import numpy as np

from vle_analog.codegen.given import exact, jit, lanes, put, real, sweep, take

# --- kernel ---
MOST_SWEEPS = 60
HUGE = 1e8  # a guess this large is none: its tolerance would let anything pass
PATIENCE = 10  # sweeps before the Jacobian is computed anew
LONGEST_STEP = 2.0  # over what is sought, or 1


@exact
def invert(matrix, inverse, lane):
    """Gauss-Jordan with pivots for one lane; False where the matrix is singular. Overwrites both."""
    n = matrix.shape[0]
    for i in range(n):
        for j in range(n):
            inverse[i, j, lane] = real(1.0) if i == j else real(0.0)
    for i in range(n):
        pivot = i
        for k in range(i + 1, n):
            if abs(matrix[k, i, lane]) > abs(matrix[pivot, i, lane]):
                pivot = k
        if not (0.0 < abs(matrix[pivot, i, lane]) < np.inf):
            return False
        factor = real(1.0) / matrix[pivot, i, lane]
        for j in range(n):
            above, below = matrix[i, j, lane], inverse[i, j, lane]
            matrix[i, j, lane], inverse[i, j, lane] = matrix[pivot, j, lane] * factor, inverse[pivot, j, lane] * factor
            if pivot != i:
                matrix[pivot, j, lane], inverse[pivot, j, lane] = above, below
        for k in range(n):
            if k != i:
                factor = matrix[k, i, lane]
                for j in range(n):
                    matrix[k, j, lane] -= factor * matrix[i, j, lane]
                    inverse[k, j, lane] -= factor * inverse[i, j, lane]
    return True


@exact
def judge(guess, answer, residual, change, worst, unsettled, tolerance):
    """The residual of every lane that is not settled yet; how many are left."""
    n, left = guess.shape[0], 0
    for lane in range(lanes(guess)):
        if not unsettled[lane]:
            continue
        largest, size, finite = real(0.0), real(0.0), True
        for m in range(n):
            new = guess[m, lane] - answer[m, lane]
            change[m, lane] = new - residual[m, lane]
            residual[m, lane] = new
            finite = finite and abs(new) < np.inf
            largest, size = max(largest, abs(new)), max(size, abs(guess[m, lane]))
        finite = finite and size < HUGE
        limit = tolerance * (real(1.0) + size)
        # at the limit of rounding the residual stops falling before it reaches the tolerance
        stalls = largest <= real(1e3) * limit and largest >= real(0.5) * worst[lane]
        if finite and (largest <= limit or stalls):
            unsettled[lane] = False
        else:
            left += 1
        worst[lane] = largest if finite else real(np.inf)
    return left


@jit
def correct(inverse, step, change, unsettled, scratch):
    """Broyden's good update: the inverse maps the last change of the residual to the last step."""
    n, L = step.shape[0], lanes(step)
    for lane in range(L):
        scratch[0, lane] = real(0.0)
    for i in range(n):
        for lane in range(L):
            scratch[1, lane] = real(0.0)
        for j in range(n):
            for lane in range(L):
                scratch[1, lane] += inverse[i, j, lane] * change[j, lane]
        for lane in range(L):
            scratch[2 + i, lane] = scratch[1, lane]
            scratch[0, lane] += step[i, lane] * scratch[1, lane]
    for lane in range(L):
        usable = unsettled[lane] and abs(scratch[0, lane]) > real(1e-30)
        scratch[0, lane] = real(1.0) / scratch[0, lane] if usable else real(0.0)
    for j in range(n):
        for lane in range(L):
            scratch[1, lane] = real(0.0)
        for i in range(n):
            for lane in range(L):
                scratch[1, lane] += step[i, lane] * inverse[i, j, lane]
        for lane in range(L):
            scratch[1, lane] *= scratch[0, lane]
        for i in range(n):
            for lane in range(L):
                inverse[i, j, lane] += (step[i, lane] - scratch[2 + i, lane]) * scratch[1, lane]


@jit
def advance(inverse, residual, guess, step, unsettled, scratch):
    """The next guess."""
    n, L = guess.shape[0], lanes(guess)
    for lane in range(L):
        scratch[0, lane], scratch[1, lane] = real(0.0), real(1.0)
    for i in range(n):
        for lane in range(L):
            step[i, lane] = real(0.0)
        for j in range(n):
            for lane in range(L):
                step[i, lane] -= inverse[i, j, lane] * residual[j, lane]
        for lane in range(L):
            scratch[0, lane] = max(scratch[0, lane], abs(step[i, lane]))
            scratch[1, lane] = max(scratch[1, lane], abs(guess[i, lane]))
    for lane in range(L):
        short = min(real(1.0), real(LONGEST_STEP) * scratch[1, lane] / max(scratch[0, lane], real(1e-30)))
        scratch[0, lane] = short if unsettled[lane] else real(0.0)
    for i in range(n):
        for lane in range(L):
            step[i, lane] *= scratch[0, lane]
            guess[i, lane] += step[i, lane]


@jit
def settle(z, dz, outside, moving, net, work, loop):
    """The signals and the derivative that belong to z; how many lanes have no solution (marked in `failed`)."""
    kinds, neurons, guess, start, answer, residual, change, step = loop[:8]
    inverse, jacobian, scratch, flags, failed, tolerance = loop[8:]
    unsettled, stale, worst = flags[0], flags[1], scratch[-1]
    n, L = kinds.size, lanes(guess)
    small = np.sqrt(tolerance)
    for lane in range(L):
        unsettled[lane] = not failed[lane]
        worst[lane] = real(np.inf)
    for m in range(n):
        for lane in range(L):
            start[m, lane] = guess[m, lane]
            residual[m, lane] = step[m, lane] = real(0.0)
    trial, since, column = 0, 0, -1  # sweeps, those since the Jacobian was computed, and its column at hand
    while True:
        put(guess, kinds, neurons, work)
        sweep(z, dz, outside, moving, net, work)
        if n == 0:
            return 0
        take(answer, kinds, neurons, work)
        if column < 0:
            if judge(guess, answer, residual, change, worst, unsettled, tolerance) == 0:
                return 0
            if trial == MOST_SWEEPS:
                break
            for lane in range(L):
                stale[lane] = stale[lane] or (unsettled[lane] and since >= PATIENCE)
                column = 0 if unsettled[lane] and stale[lane] else column
            if column < 0 and trial > 0:
                correct(inverse, step, change, unsettled, scratch)
        else:
            for lane in range(L):
                moved = guess[column, lane] - scratch[0, lane]
                for i in range(n):
                    jacobian[i, column, lane] = (guess[i, lane] - answer[i, lane] - residual[i, lane]) / moved
                guess[column, lane] = scratch[0, lane]
            column += 1
            if column == n:
                since, column = 0, -1
                for lane in range(L):
                    if unsettled[lane] and stale[lane]:
                        stale[lane] = not invert(jacobian, inverse, lane)
        if column < 0:
            trial, since = trial + 1, since + 1
            advance(inverse, residual, guess, step, unsettled, scratch)
        else:
            for lane in range(L):
                scratch[0, lane] = guess[column, lane]
                guess[column, lane] += small * (real(1.0) + abs(guess[column, lane]))
    lost = 0
    for lane in range(L):
        if unsettled[lane]:
            lost += 1
            failed[lane] = stale[lane] = True
            for m in range(n):
                guess[m, lane] = start[m, lane]
    return lost
