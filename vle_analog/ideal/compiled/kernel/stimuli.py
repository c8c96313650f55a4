"""Text of the kernels that choose their own steps: the external signals at one instant.

Channel 0 is always zero. `piece` is a time inside of the step: samples and their slopes are those of its interval.
"""

import math

import numpy as np

from vle_analog.codegen.given import jit, real

# --- kernel ---


@jit
def receive(time, piece, outside, sound):
    offset, wave_at, wave, edge_at, edge, bell_at, bell, table, knots, values, cursor = sound
    for c in range(offset.size):
        outside[c] = offset[c]
    for k in range(wave_at.size):  # amplitude sin(omega t + phase)
        outside[wave_at[k]] += wave[k, 0] * math.sin(wave[k, 1] * time + wave[k, 2])
    for k in range(edge_at.size):  # height (1 + tanh((t - t_k) / rise)) / 2
        outside[edge_at[k]] += edge[k, 0] * (real(1.0) + math.tanh((time - edge[k, 1]) / edge[k, 2]))
    for k in range(bell_at.size):  # its slope
        rising = math.tanh((time - bell[k, 1]) / bell[k, 2])
        outside[bell_at[k]] += bell[k, 0] * (real(1.0) - rising * rising)
    for k in range(table.shape[0]):  # linear between knots, constant outside
        channel, channels, knot, length, value, order = table[k]
        n = cursor[k]
        while n < length and knots[knot + n] <= piece:
            n += 1
        while n > 0 and knots[knot + n - 1] > piece:
            n -= 1
        cursor[k] = n
        inside = 0 < n < length
        before, after = value + max(n - 1, 0) * channels, value + min(n, length - 1) * channels
        width = knots[knot + n] - knots[knot + n - 1] if inside else np.inf
        ahead = time - knots[knot + n - 1] if inside else 0.0
        for c in range(channels):
            slope = (values[after + c] - values[before + c]) / width
            outside[channel + c] += slope if order == 1 else values[before + c] + slope * ahead
