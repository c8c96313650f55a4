#!/bin/sh
# Everything the project needs on this machine: ngspice and its library, .venv, the pinned dependencies, the project.
# Does only what is missing, may be stopped and run again at any point, and says in one line what it may not install.
# PYTHON names the interpreter to use, if python3 is not the one.
set -eu

case $0 in
*/*) cd "${0%/*}/.." ;;
*) cd .. ;;
esac

venv=.venv
lock=requirements-dev.lock

say() { printf 'set-up: %s\n' "$*"; }

stop() {
    say "$@" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- the interpreter -------------------------------------------------------------------------------------------------

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

choose_python() {
    for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if is_recent "$python"; then
            return
        fi
    done
    found=$(python3 -c 'import sys; print("python3 is", "%d.%d" % sys.version_info[:2])' 2>/dev/null) || found="none found"
    stop "Python 3.11 or newer is needed ($found); install it and run again, or name it: make PYTHON=/path/to/python3 ..."
}

# --- what is missing -------------------------------------------------------------------------------------------------

# The loader decides, since it is what will be asked later; -dev packages and conda use other names for the same library.
finds_library() {
    "$python" - <<'EOF' >/dev/null 2>&1
import ctypes, os, sys
places = [os.environ.get("NGSPICE_LIBRARY_PATH"), "libngspice.so.0", "libngspice.so", "libngspice.dylib"]
for folder in (os.environ.get("CONDA_PREFIX", "") + "/lib", "/opt/homebrew/lib", "/usr/local/lib"):
    places += [folder + "/libngspice.so", folder + "/libngspice.dylib"]
for place in filter(None, places):
    try:
        sys.exit(not ctypes.CDLL(place))
    except OSError:
        pass
sys.exit(1)
EOF
}

makes_environments() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Debian names the package after the interpreter, except for the default one.
environment_package() {
    case ${python##*/} in
    python3.*) printf '%s-venv' "${python##*/}" ;;
    *) printf 'python3-venv' ;;
    esac
}

# --- installing it ---------------------------------------------------------------------------------------------------

install_with_apt() {
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || stop "missing $*; as root, run: apt-get update && apt-get install -y $*"
        # Without a terminal sudo cannot ask for the password, so there it is used only where it needs none.
        sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; } ||
            stop "missing $*; run: sudo apt-get update && sudo apt-get install -y $*"
        as_root=sudo
    fi
    say "installing $* (apt-get)"
    quiet dpkg --configure -a || true # in case an earlier installation was cut short
    # One broken source among many must not stop the rest: whether it mattered shows in the installation.
    quiet apt-get update || say "going on with the package lists that are there" >&2
    quiet apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" ||
        stop "could not install $*; see the lines above"
}

# Runs a command as root and shows what it printed only if it failed.
quiet() {
    printed=$($as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@" 2>&1) && return
    printf '%s\n' "$printed" >&2
    return 1
}

install_with_brew() {
    has brew || stop "missing $*; install Homebrew (https://brew.sh) and run: brew install $*"
    say "installing $* (brew)"
    brew install "$@" || stop "could not install $*; run: brew install $*"
}

install_missing() {
    program=
    library=
    environments=
    has ngspice || program=ngspice
    finds_library || library=libngspice
    is_stamped dependencies "$dependencies_stamp" || makes_environments || environments=$(environment_package)
    missing="$program $library $environments"
    [ "$missing" != "  " ] || return 0

    # The lists are words without spaces in them.
    # shellcheck disable=SC2086
    if [ -n "${CONDA_PREFIX:-}" ]; then
        stop "missing" $missing "in the active conda environment; run: conda install -c conda-forge ngspice-lib ngspice"
    elif [ "$(uname -s)" = Darwin ]; then
        install_with_brew $missing
    elif has apt-get; then
        install_with_apt $program ${library:+libngspice0} $environments
    else
        stop "missing" $missing "and neither apt-get nor brew to install it; install it with the package manager of this system"
    fi
    has ngspice || stop "ngspice was installed but is not on the PATH ($PATH)"
    finds_library || stop "libngspice was installed but does not load; name it: export NGSPICE_LIBRARY_PATH=/path/to/libngspice"
}

# --- the environment -------------------------------------------------------------------------------------------------

# A stamp is written after its step and removed before it, so that a step that was interrupted is done again.
dependencies_stamp="$(cksum <"$lock") $PWD"
project_stamp="$(cksum <pyproject.toml) $dependencies_stamp"

is_stamped() { [ -f "$venv/stamp-$1" ] && [ "$(cat "$venv/stamp-$1")" = "$2" ] && is_recent "$venv/bin/python"; }

pip_install() {
    # A configuration that installs for the user would be refused inside an environment; everything else of it is kept.
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/python" -m pip install --quiet "$@"
}

install_dependencies() {
    say "making $venv with $("$python" -V), then installing the pinned dependencies (a minute or two)"
    [ ! -L "$venv" ] || stop "$PWD/$venv is a link: remove it, so that no other environment is cleared, and run again"
    "$python" -m venv --clear "$venv" || stop "could not make $PWD/$venv; remove it and run again"
    pip_install --require-hashes --only-binary :all: -r "$lock" ||
        stop "could not install the packages of $lock; check the network and the configuration of pip, and run again"
    printf '%s\n' "$dependencies_stamp" >"$venv/stamp-dependencies"
}

install_project() {
    rm -f "$venv/stamp-project"
    pip_install --no-deps --no-build-isolation --editable . || stop "could not install the project into $venv"
    printf '%s\n' "$project_stamp" >"$venv/stamp-project"
    say "ready"
}

case $(uname -s) in
MINGW* | MSYS* | CYGWIN*) stop "Windows works through WSL: run 'wsl --install', then this again inside it" ;;
esac

if is_stamped dependencies "$dependencies_stamp"; then
    python=$venv/bin/python
    install_missing
else
    choose_python
    install_missing
    install_dependencies
fi
is_stamped project "$project_stamp" || install_project
