"""The state of the ngspice installation: versions, features and problems, for `vle-analog doctor`."""

import importlib.metadata
import subprocess
from dataclasses import dataclass

from vle_analog.errors import Problem, SimulatorError
from vle_analog.netlist.deck import Deck, Transient
from vle_analog.simulator.batch import program_version
from vle_analog.simulator.environment import PROBE_SECONDS, answer
from vle_analog.simulator.failure import EngineCrashError, EngineTimeoutError
from vle_analog.simulator.library import INSTALL, find_library, find_ngspice_program
from vle_analog.simulator.worker_process import WorkerProcess

TESTED = ("39", "44.2")
"""The versions of ngspice with which the whole test suite was run; see docs/results/versions.md."""


@dataclass(frozen=True)
class DoctorFacts:
    """The state of the simulator.

    **Arguments:**

    - `library`, `library_version`: path of libngspice and its reported version; `None` where missing or not loadable.
    - `program`, `program_version`: the ngspice program, likewise.
    - `pyspice_version`: `None` where PySpice is not installed.
    - `code_models`: the XSPICE code models load (`filesource` plays samples into a circuit).
    - `multiplier`: a behavioural source honours `m=`.
    - `osdi`: the program loads compiled models.
    - `problems`: problems with their remedies; empty where there are none.
    """

    library: str | None
    library_version: str | None
    program: str | None
    program_version: str | None
    pyspice_version: str | None
    code_models: bool
    multiplier: bool
    osdi: bool
    problems: tuple[Problem, ...]


def doctor_facts() -> DoctorFacts:
    """Collect all facts; libngspice is only loaded in a worker process."""
    problems: list[Problem] = []
    library, version, code_models, multiplier = _library_facts(problems)
    program = find_ngspice_program()
    if program is None:
        problems.append(
            Problem(what="the ngspice program was not found", got="backend ngspice cannot be used", hint=INSTALL)
        )
    try:
        pyspice = importlib.metadata.version("PySpice")
    except importlib.metadata.PackageNotFoundError:
        pyspice = None
        problems.append(Problem(what="PySpice is not installed", hint="pip install PySpice"))
    return DoctorFacts(
        library=library,
        library_version=version,
        program=program,
        program_version=None if program is None else program_version(program),
        pyspice_version=pyspice,
        code_models=code_models,
        multiplier=multiplier,
        osdi=program is not None and loads_compiled_models(program),
        problems=tuple(problems),
    )


def loads_compiled_models(program: str) -> bool:
    """Return whether an ngspice program has the command `osdi`."""
    try:
        output = answer(program, "-b", "probe.cir", deck=COMMANDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "so far" in output and "no such command" not in output


def _library_facts(problems: list[Problem]) -> tuple[str | None, str | None, bool, bool]:
    library, worker = None, WorkerProcess()
    try:
        library = find_library()
        version = str(worker.start()["version"])
        code_models, multiplier = _plays(worker, SAMPLES), _plays(worker, MULTIPLIER)
    except SimulatorError as error:
        problems.append(error.problem)
        return library, None, False, False
    except (EngineCrashError, EngineTimeoutError) as error:
        problems.append(Problem(what=f"a tiny circuit cannot be simulated: {error}", where=library or ""))
        return library, None, False, False
    finally:
        worker.kill()
    if not code_models:
        problems.append(
            Problem(
                what="the XSPICE code models are not loaded",
                got="filesource does not play a file",
                hint="install the package that contains them: " + INSTALL,
            )
        )
    if not multiplier:
        problems.append(Problem(what="behavioural sources ignore m=", got=f"ngspice {version}", expected="39 or newer"))
    return library, version, code_models, multiplier


# As a batch: at the prompt, 44 and later crash where there is no display.
COMMANDS = "* commands\nV1 a 0 1\nR1 a 0 1\n.op\n.control\nosdi\necho so far\n.endc\n.end\n"
MULTIPLIER = Deck(
    title="a source of 1 V, squared, times two, into 1 ohm",
    cards=("V1 a 0 1", "B1 0 b I=V(a)*V(a) m=2", "R1 b 0 1"),
    options={},
    transient=Transient(1e-6, 1e-5, 1e-6),
    saves=("b",),
)
SAMPLES = Deck(
    title="a file of samples that are all two",
    cards=(
        "A1 %v([b]) samples",
        '.model samples filesource (file="samples.txt" amploffset=[0] amplscale=[1])',
        "R1 b 0 1",
    ),
    options={},
    transient=Transient(1e-6, 1e-5, 1e-6),
    saves=("b",),
    files={"samples.txt": b"0 2\n1 2\n"},
)


def _plays(worker: WorkerProcess, deck: Deck) -> bool:
    """Return whether node b of a test deck ends at 2 V."""
    output = worker.run(deck, PROBE_SECONDS)
    values = output.vectors.get("b")
    return values is not None and values.size > 0 and abs(float(values[-1]) - 2) < 1e-9
