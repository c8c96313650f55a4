"""Numbers for the equations: the ideal that every circuit is held against."""

from vle_analog.ideal.solve import solve
from vle_analog.ideal.system import System
from vle_analog.ideal.target import resolve_target, start_values, survey

__all__ = ["System", "resolve_target", "solve", "start_values", "survey"]
