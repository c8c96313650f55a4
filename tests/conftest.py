"""What holds for every test: properties are reproducible, pictures need no display, output carries no colours."""

import os

from hypothesis import HealthCheck, settings

# The same examples on every run and every machine, and no verdict that hangs on how busy the machine is;
# HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile(
    "reproducible", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "reproducible"))

# Set here and not in a fixture, because matplotlib and rich read them when they are imported.
os.environ["MPLBACKEND"] = "Agg"
# The products here are small: on busy cores a second BLAS thread mostly waits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["NO_COLOR"] = "1"
for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS"):
    os.environ.pop(name, None)
# Some tests start ngspice by hand, as a user does.
for name in tuple(os.environ):
    if name.startswith(("SPICE_", "NGSPICE_")) and name != "NGSPICE_LIBRARY_PATH":
        del os.environ[name]
