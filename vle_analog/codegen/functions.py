"""Text of every kernel: tanh, exp and softplus without a branch or a library call, so that loops become vectors.

exp by y = n log 2 + f with 2^n made from bits; log(1 + z) for 0 <= z <= 1 from the series of artanh.
Errors are some units in the last place of float64; the polynomials are long enough for it, and so for float32.
"""

from vle_analog.codegen.given import BIAS, LOG2_HIGH, LOG2_LOW, MAGIC, MANTISSA, MOST, bits, exact, real

# --- kernel ---


@exact
def expm1(x):  # |x| <= MOST
    shifted = x * real(1.4426950408889634) + MAGIC  # the integer nearest to x / log 2 ends up in the lowest bits
    n = shifted - MAGIC
    f = (x - n * LOG2_HIGH) - n * LOG2_LOW
    f2 = f * f  # even and odd powers apart: two short chains instead of a long one
    odd = real(1.6059043836821613e-10)
    odd = odd * f2 + real(2.505210838544172e-08)
    odd = odd * f2 + real(2.7557319223985893e-06)
    odd = odd * f2 + real(0.0001984126984126984)
    odd = odd * f2 + real(0.008333333333333333)
    odd = odd * f2 + real(0.16666666666666666)
    even = real(2.08767569878681e-09)
    even = even * f2 + real(2.755731922398589e-07)
    even = even * f2 + real(2.48015873015873e-05)
    even = even * f2 + real(0.001388888888888889)
    even = even * f2 + real(0.041666666666666664)
    even = even * f2 + real(0.5)
    p = f + f2 * (even + f * odd)
    power = bits((real(shifted).view(bits) + BIAS) << MANTISSA).view(real)
    return power * p + (power - real(1.0))


@exact
def exp(x):
    return expm1(min(max(x, -MOST), MOST)) + real(1.0)


@exact
def tanh(x):
    y = expm1(min(max(x + x, real(-40.0)), real(40.0)))
    return y / (y + real(2.0))


@exact
def softplus(x):
    z = expm1(max(-abs(x), -MOST)) + real(1.0)
    s = z / (z + real(2.0))
    s2 = s * s
    p = real(1 / 35)
    p = p * s2 + real(1 / 33)
    p = p * s2 + real(1 / 31)
    p = p * s2 + real(1 / 29)
    p = p * s2 + real(1 / 27)
    p = p * s2 + real(1 / 25)
    p = p * s2 + real(1 / 23)
    p = p * s2 + real(1 / 21)
    p = p * s2 + real(1 / 19)
    p = p * s2 + real(1 / 17)
    p = p * s2 + real(1 / 15)
    p = p * s2 + real(1 / 13)
    p = p * s2 + real(1 / 11)
    p = p * s2 + real(1 / 9)
    p = p * s2 + real(1 / 7)
    p = p * s2 + real(1 / 5)
    p = p * s2 + real(1 / 3)
    return max(x, real(0.0)) + (s + s) * (p * s2 + real(1.0))
