"""The symbols of one neuron and its synapses, shared by every law.

Time is `t`, `p` denotes d/dt; potentials, rates and time are dimensionless.
"""

import sympy as sp

t = sp.Symbol("t", real=True)
p = sp.Symbol("p")  # d/dt, as in an operator transfer function
omega = sp.Symbol("omega", positive=True)  # angular frequency

x = sp.Symbol("x", real=True)  # the argument of an activation
S = sp.Symbol("S", real=True)  # input current, sum_j W_ij r_j + b_i
u = sp.Symbol("u", real=True)  # membrane potential
du = sp.Symbol("du", real=True)  # its time derivative
U = sp.Symbol("U", real=True)  # prospective potential, u + tau_r u'
r = sp.Symbol("r", real=True)  # rate, phi(U)
slope = sp.Symbol("slope", real=True)  # phi'(U)
feedback = sp.Symbol("feedback", real=True)  # sum_k W_ki e_k
h = sp.Symbol("h", real=True)  # total input error, feedback plus target error
B = sp.Symbol("B", real=True)  # backward drive, phi'(U) h
v = sp.Symbol("v", real=True)  # state of the error cell
w = sp.Symbol("w", real=True)  # state of the exact error, which runs backwards in time
e = sp.Symbol("e", real=True)  # error
W = sp.Symbol("W", real=True)  # one weight
b = sp.Symbol("b", real=True)  # bias
y_star = sp.Symbol("y_star", real=True)  # target of an output rate, or of its membrane potential
dy_star = sp.Symbol("dy_star", real=True)  # its time derivative
correction = sp.Symbol(
    "correction", positive=True
)  # 1/g(omega0), a constant factor that compensates the gain of a local error

xi = sp.Symbol("xi", real=True)  # noise added to the current S, by which a feedback weight learns
rbar = sp.Symbol("rbar", real=True)  # low-passed rate, state of the high-pass
rhat = sp.Symbol("rhat", real=True)  # high-passed rate, r - rbar
F = sp.Symbol("F", real=True)  # one feedback weight, in place of W_ki

tau_m = sp.Symbol("tau_m", positive=True)  # membrane time constant
tau_r = sp.Symbol("tau_r", positive=True)  # prospective time constant
beta = sp.Symbol("beta", positive=True)  # nudging strength
gamma = sp.Symbol("gamma", nonnegative=True)  # strength of the error in the membrane equation
eta = sp.Symbol("eta", nonnegative=True)  # learning rate of the parameter
limit = sp.Symbol("limit", positive=True)  # bound of a weight stored as limit tanh(V)
decay = sp.Symbol("decay", nonnegative=True)  # decay of a feedback weight, relative to xi rhat
tau_highpass = sp.Symbol("tau_highpass", positive=True)  # time constant of the high-pass
