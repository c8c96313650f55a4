"""The command line: `vle-analog compare | derive | netlist | simulate | schema | doctor`.

Exit codes: 0 fine, 1 compared and outside the bounds, 2 bad input, 3 the simulator failed, 130 interrupted.
"""

import os
import sys

INTERRUPTED = 130

# The products here are small: a second BLAS thread would only spin. Read once, when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Entry point of `vle-analog`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; a message, never a traceback, for what a user can do wrong."""
    import typer

    from vle_analog.cli.app import app
    from vle_analog.errors import VleAnalogError

    # typer brings its own copy of click; its exceptions are reached through the one that it exports
    bases: tuple[type, ...] = typer.BadParameter.__mro__
    usage_error: type[typer.BadParameter] = next(base for base in bases if base.__name__ == "ClickException")
    try:
        code = app(arguments, standalone_mode=False)
    except VleAnalogError as error:
        print("\n".join([f"error: {error}", *getattr(error, "__notes__", ())]), file=sys.stderr)
        return error.exit_code
    except usage_error as error:
        error.show()
        return 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # the reader of our output went away; keep the interpreter from complaining about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if code == INTERRUPTED:  # newer versions of typer turn the interrupt into this code themselves
        print("interrupted", file=sys.stderr)
    return code if isinstance(code, int) else 0
