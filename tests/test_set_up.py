"""The set-up script on machines that are not this one: every program it calls is a stand-in that keeps a record.

Nothing is installed and no network is used; the script itself is the real one, run by the system's `sh`.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "set_up.sh"
REAL_PROGRAMS = ("cat", "chmod", "cksum", "cp", "env", "mkdir", "rm")
PACKAGES = ("ngspice", "libngspice", "environments")

# What a package manager brings: ngspice is a program, the other two are known to the interpreter only.
INSTALL = """
for word in "$@"; do
    case $word in
    ngspice) cp "$BIN/uname" "$BIN/ngspice" ;;
    libngspice*) echo >"$HAS/libngspice" ;;
    python3*-venv) echo >"$HAS/environments" ;;
    esac
done
"""
STAND_INS = {
    "uname": 'echo "$SYSTEM"',
    "id": 'echo "$USER_ID"',
    "dpkg": "",
    "apt-get": INSTALL,
    "brew": INSTALL,
    "sudo": '[ "$SUDO_WORKS" = yes ] || exit 1; [ "$1" != -n ] || shift; "$@"',
    "true": "",
}
PYTHON = """
case "$*" in
*"sys.version_info < (3, 11)"*) exit {old} ;;
*"sys.version_info[:2]"*) echo python3 is 3.9 ;;
*"import ensurepip"*) [ -e "$HAS/environments" ] ;;
-) [ -e "$HAS/libngspice" ] ;;
-V) echo Python 3.{minor} ;;
"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
"-m pip"*) [ ! -e "$HAS/no-network" ] ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A project tree and a PATH on which only the stand-ins are found."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    @property
    def calls(self) -> list[str]:
        """What was called, in order, without the script's own questions."""
        log = self.folder / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if line.split()[0] in ("apt-get", "brew") or " -m " in line]

    def has(self, *names: str) -> None:
        for name in names:
            if name == "ngspice":
                self.program("ngspice", "")
            else:
                (self.folder / "has" / name).touch()

    def lacks(self, *programs: str) -> None:
        for program in programs:
            (self.folder / "bin" / program).unlink()

    def program(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/sh\necho "${{0##*/}} $*" >>"$CALLS"\n{body}\n')
        path.chmod(0o755)

    def python(self, name: str, minor: int) -> None:
        self.program(name, PYTHON.format(old=int(minor < 11), minor=minor))

    def set_up(self, **variables: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "calls").unlink(missing_ok=True)
        environment = {
            "PATH": str(self.folder / "bin"),
            "BIN": str(self.folder / "bin"),
            "HAS": str(self.folder / "has"),
            "CALLS": str(self.folder / "calls"),
            "SYSTEM": "Linux",
            "USER_ID": "0",
        }
        return subprocess.run(
            ["/bin/sh", str(self.tree / "scripts" / "set_up.sh")],
            env=environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare Linux machine of root's, with python3 and apt-get."""
    bare = Machine(tmp_path)
    for folder in (bare.folder / "bin", bare.folder / "has", bare.tree / "scripts"):
        folder.mkdir(parents=True)
    shutil.copy(SCRIPT, bare.tree / "scripts")
    (bare.tree / "requirements-dev.lock").write_text("numpy==1\n")
    (bare.tree / "pyproject.toml").write_text("[project]\n")
    for name in REAL_PROGRAMS:
        real = shutil.which(name)
        assert real, f"{name} is part of every system"
        (bare.folder / "bin" / name).symlink_to(real)
    for name, body in STAND_INS.items():
        bare.program(name, body)
    bare.python("python3", 11)
    bare.lacks("brew", "sudo")
    return bare


def assert_one_line(run: subprocess.CompletedProcess[str], *parts: str) -> None:
    """Refused with one line that holds every part, and nothing else was said."""
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert line.startswith("set-up: ")
    for part in parts:
        assert part in line


def test_script_is_executable_and_well_formed() -> None:
    assert os.access(SCRIPT, os.X_OK)
    assert subprocess.run(["/bin/sh", "-n", str(SCRIPT)], check=False).returncode == 0


def test_bare_machine_gets_everything(machine: Machine) -> None:
    run = machine.set_up()
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "set-up: ready"
    update, install, environment, dependencies, project = machine.calls
    assert update == "apt-get update"
    assert install.endswith("install -y --no-install-recommends ngspice libngspice0 python3-venv")
    assert environment == "python3 -m venv --clear .venv"
    assert dependencies.endswith("--require-hashes --only-binary :all: -r requirements-dev.lock")
    assert project.endswith("--no-deps --no-build-isolation --editable .")


@pytest.mark.parametrize(
    "present, package",
    [
        (("libngspice", "environments"), "ngspice"),
        (("ngspice", "environments"), "libngspice0"),
        (("ngspice", "libngspice"), "python3-venv"),
    ],
)
def test_only_what_is_missing_is_installed(machine: Machine, present: tuple[str, ...], package: str) -> None:
    machine.has(*present)
    assert machine.set_up().returncode == 0
    assert machine.calls[1].endswith(f"--no-install-recommends {package}")


def test_nothing_missing_leaves_the_package_manager_alone(machine: Machine) -> None:
    machine.has(*PACKAGES)
    assert machine.set_up(USER_ID="1000").returncode == 0
    assert not any(call.startswith("apt-get") for call in machine.calls)


def test_second_run_installs_nothing_and_says_nothing(machine: Machine) -> None:
    machine.set_up()
    run = machine.set_up(USER_ID="1000")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert machine.calls == []


def test_user_without_sudo_is_told_the_command(machine: Machine) -> None:
    run = machine.set_up(USER_ID="1000")
    packages = "ngspice libngspice0 python3-venv"
    assert_one_line(run, f"missing {packages};", f"as root, run: apt-get update && apt-get install -y {packages}")
    assert machine.calls == []


def test_user_whose_sudo_refuses_is_told_the_command(machine: Machine) -> None:
    machine.has("libngspice", "environments")
    machine.program("sudo", STAND_INS["sudo"])
    run = machine.set_up(USER_ID="1000", SUDO_WORKS="no")
    assert_one_line(run, "missing ngspice;", "run: sudo apt-get update && sudo apt-get install -y ngspice")
    assert machine.calls == []


def test_user_with_sudo_gets_everything(machine: Machine) -> None:
    machine.program("sudo", STAND_INS["sudo"])
    assert machine.set_up(USER_ID="1000", SUDO_WORKS="yes").returncode == 0
    assert "sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get update" in (machine.folder / "calls").read_text()


def test_failing_installation_is_reported(machine: Machine) -> None:
    machine.program("apt-get", "echo 'E: no space left' >&2; exit 100")
    run = machine.set_up()
    assert run.returncode == 1
    assert "E: no space left" in run.stderr
    assert run.stderr.splitlines()[-1].startswith("set-up: could not install ngspice libngspice0 python3-venv")


def test_mac_installs_with_brew(machine: Machine) -> None:
    machine.has("environments")
    machine.program("brew", STAND_INS["brew"])
    assert machine.set_up(SYSTEM="Darwin", USER_ID="501").returncode == 0
    assert machine.calls[0] == "brew install ngspice libngspice"


def test_mac_without_brew_is_told_the_command(machine: Machine) -> None:
    machine.has("environments")
    run = machine.set_up(SYSTEM="Darwin", USER_ID="501")
    assert_one_line(run, "missing ngspice libngspice;", "https://brew.sh", "brew install ngspice libngspice")


def test_conda_is_told_the_package(machine: Machine) -> None:
    machine.has("environments")
    run = machine.set_up(CONDA_PREFIX="/opt/conda")
    assert_one_line(run, "missing ngspice libngspice", "conda install -c conda-forge ngspice-lib ngspice")
    assert machine.calls == []


@pytest.mark.parametrize("system", ["Linux", "FreeBSD"])
def test_system_without_known_package_manager_is_told_what_is_missing(machine: Machine, system: str) -> None:
    machine.has("environments", "ngspice")
    machine.lacks("apt-get")
    assert_one_line(machine.set_up(SYSTEM=system), "missing libngspice ", "package manager of this system")


def test_windows_is_sent_to_wsl(machine: Machine) -> None:
    assert_one_line(machine.set_up(SYSTEM="MINGW64_NT-10.0"), "WSL")


def test_old_python_is_refused(machine: Machine) -> None:
    machine.python("python3", 9)
    assert_one_line(machine.set_up(), "Python 3.11 or newer is needed (python3 is 3.9)", "PYTHON=")


def test_missing_python_is_refused(machine: Machine) -> None:
    machine.lacks("python3")
    assert_one_line(machine.set_up(), "Python 3.11 or newer is needed (none found)")


def test_newer_python_beside_an_old_one_is_taken(machine: Machine) -> None:
    machine.python("python3", 9)
    machine.python("python3.12", 12)
    assert machine.set_up().returncode == 0
    assert "python3.12-venv" in machine.calls[1]
    assert machine.calls[2] == "python3.12 -m venv --clear .venv"


def test_named_python_is_taken(machine: Machine) -> None:
    machine.python("python3.13", 13)
    assert machine.set_up(PYTHON="python3.13").returncode == 0
    assert machine.calls[2] == "python3.13 -m venv --clear .venv"


def test_interrupted_installation_is_done_again(machine: Machine) -> None:
    machine.has(*PACKAGES, "no-network")
    run = machine.set_up()
    assert run.returncode == 1
    assert run.stderr.startswith("set-up: could not install the packages of requirements-dev.lock; check the network")
    (machine.folder / "has" / "no-network").unlink()
    assert machine.set_up().returncode == 0
    assert machine.calls[0] == "python3 -m venv --clear .venv"


def test_new_lock_makes_the_environment_anew(machine: Machine) -> None:
    machine.set_up()
    (machine.tree / "requirements-dev.lock").write_text("numpy==2\n")
    assert machine.set_up().returncode == 0
    assert machine.calls[0] == "python3 -m venv --clear .venv"


def test_new_pyproject_installs_only_the_project(machine: Machine) -> None:
    machine.set_up()
    (machine.tree / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert machine.set_up().returncode == 0
    (call,) = machine.calls
    assert call.endswith("--editable .")


def test_moved_tree_makes_the_environment_anew(machine: Machine, tmp_path: Path) -> None:
    machine.set_up()
    (tmp_path / "elsewhere").mkdir()
    moved = Machine(tmp_path / "elsewhere")
    for name in ("tree", "bin", "has"):
        shutil.move(machine.folder / name, moved.folder / name)
    assert moved.set_up().returncode == 0
    assert moved.calls[0] == "python3 -m venv --clear .venv"
