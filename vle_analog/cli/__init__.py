"""The command line `vle-analog`; its verbs are listed in `app.py`.

Exit codes: 0 fine, 1 compared and outside the bounds, simulated and out of range, analysed and unstable or verified and
not proven, 2 bad input, 3 the simulator failed, 4 a fault of the kit, 130 interrupted.
"""

import contextlib
import os
import signal
import sys
from typing import Any, TextIO

INTERRUPTED, FAULT = 130, 4

# The products here are small: a second BLAS thread would only spin. Read once, when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Entry point of `vle-analog`."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)  # a polite end cleans up as Ctrl-C does
    code = run(sys.argv[1:])
    # the reader of the output may be gone, or its disk full: Python would fail at its end, with a code of its own
    lost = [stream for stream in (sys.stdout, sys.stderr) if stream is not None and not _flushed(stream)]
    if lost:
        os._exit(code or 2)
    sys.exit(code)


def _flushed(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        return False
    return True


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; a message, never a traceback, for what a user can do wrong."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output went away; keep the interpreter from complaining about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        return _say(f"error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", 2)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a fault of the kit has an exit code of its own
        import traceback

        text = "".join(traceback.format_exception(error))
        return _say(
            f"{text}\nerror: this is a fault of vle-analog, not of your study; please report the lines above", FAULT
        )


def _run(arguments: list[str]) -> int:
    import typer

    from vle_analog.cli.app import app
    from vle_analog.cli.usage import usage_problem
    from vle_analog.errors import VleAnalogError

    # typer contains its own copy of click; its exceptions are reached through the one that it exports
    bases: tuple[type, ...] = typer.BadParameter.__mro__
    usage_error: type[typer.BadParameter] = next(base for base in bases if base.__name__ == "ClickException")
    try:
        code = app(arguments, standalone_mode=False)
    except VleAnalogError as error:
        return _say("\n".join([f"error: {error}", *getattr(error, "__notes__", ())]), error.exit_code)
    except usage_error as error:
        return _say(f"error: {usage_problem(error)}", 2)
    except typer.Abort:
        code = INTERRUPTED
    if code == INTERRUPTED:  # newer versions of typer turn the interrupt into this code themselves
        return _say("interrupted", INTERRUPTED)
    return code if isinstance(code, int) else 0


def _say(text: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # standard error may be full, closed or not there
        print(text, file=sys.stderr, flush=True)
    return code


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt
