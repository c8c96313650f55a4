"""Text of every kernel: what the functions of laws have in common."""

import numba
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from vle_analog.codegen.given import END, jit, lanes, real, tanh

# --- kernel ---


@intrinsic
def table(_, at, shape):
    """The array at an address, its last index the fastest. (`numba.carray` is for code that counts references.)"""
    kind = numba.types.Array(at.dtype, len(shape), "C")

    def generate(context, builder, _, arguments):
        array = context.make_array(kind)(context, builder)
        sizes = cgutils.unpack_tuple(builder, arguments[1])
        itemsize = context.get_constant(numba.types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        strides = [itemsize]
        for size in sizes[:0:-1]:
            strides.insert(0, builder.mul(strides[0], size))
        populate_array(array, data=arguments[0], shape=sizes, strides=strides, itemsize=itemsize, meminfo=None)
        return array._getvalue()

    return kind(at, numba.types.UniTuple(numba.types.intp, len(shape))), generate


@jit
def squash(X, T):
    """tanh of all arguments; where it is at its end in every lane, without computing it: it is the same number."""
    L = lanes(X)
    for k in range(X.shape[0]):
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
def scatter(F, S, rows, m):
    """Adds the rows of S to the rows of F that are those of instance m."""
    L = lanes(F)
    for k in range(rows.shape[1]):
        row = rows[m, k]
        for lane in range(L):
            F[row, lane] += S[k, lane]
