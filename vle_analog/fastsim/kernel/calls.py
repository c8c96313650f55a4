"""Text of the kernel that drives laws: each is called by its address, so that one kernel does for every circuit.

A row of `laws` is the address of a law and what it is given besides voltages, currents and their changes.
"""

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from vle_analog.codegen.given import jit

# --- kernel ---


@intrinsic
def call(_, address, V, F, A, given):
    """The C function at an address. Arrays are the caller's own, so that the compiler assumes that they change."""

    def generate(context, builder, signature, arguments):
        arrays = zip(signature.args[1:4], arguments[1:4], strict=True)
        values = [context.make_array(kind)(context, builder, value).data for kind, value in arrays]
        values += cgutils.unpack_tuple(builder, arguments[4])
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in values])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), values)
        return context.get_dummy_value()

    return numba.types.void(address, V, F, A, given), generate


@jit
def stamps(V, F, A, changing, laws):
    wanted = np.uint64(changing)
    for k in range(laws.shape[0]):
        of = laws[k]
        rest = (of[1], of[2], of[3], of[4], of[5], of[6], of[7], of[8], of[9], of[10], of[11], of[12], of[13])
        call(of[0], V, F, A, (wanted, *rest))  # pyright: ignore[reportCallIssue] (numba gives the first argument)
