"""What holds for every test: properties are reproducible, pictures need no display, output carries no colours."""

import os
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.support")

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

# A run in the background ignores Ctrl-C, which some tests send to themselves.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

BLANK = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="1pt" height="1pt" viewBox="0 0 1 1"></svg>',
    "png": bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    ),
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Draws pictures only in tests of pictures (marker `pictures`): elsewhere they are most of a command's time."""
    from matplotlib.figure import Figure

    if not hasattr(Figure, "drawn"):
        Figure.drawn = Figure.savefig  # kept beside the stand-in
    Figure.savefig = Figure.drawn if item.get_closest_marker("pictures") else _blank


def _blank(_: Any, file: Any, *, format: str, **__: Any) -> None:  # noqa: A002 (matplotlib's name)
    file.write(BLANK[format])
