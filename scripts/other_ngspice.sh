#!/bin/sh
# Run a command on another Debian, with that release's ngspice: sh scripts/other_ngspice.sh SUITE [COMMAND ...]
#
# The command (the whole test suite, if none is given) runs in a bare system of its own, in a copy of this tree. The
# system is made with mmdebstrap from the mirror of this machine, kept in $CHROOTS/SUITE, and used again; its virtual environment
# survives as long as the lock file does. Needs root and Debian's package mmdebstrap.
#
#   sh scripts/other_ngspice.sh trixie                                  # Debian 13: ngspice 44
#   sh scripts/other_ngspice.sh sid                                     # the newest
#   sh scripts/other_ngspice.sh sid .venv/bin/python -m pytest tests/simulator
set -eu

[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2; }
suite=$1
shift
[ $# -gt 0 ] || set -- .venv/bin/python -m pytest -p no:cacheprovider --numprocesses "${WORKERS:-1}"

case $0 in
*/*) cd "${0%/*}/.." ;;
*) cd .. ;;
esac
root=${CHROOTS:-/var/tmp/vle-analog-chroots}/$suite
tree=$root/srv/vle-analog
packages=ca-certificates,python3,python3-venv,ngspice,libngspice0,git,make,procps

say() { printf '%s: %s\n' "$suite" "$*" >&2; }

make_system() {
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$')
    say "making $root"
    rm -rf "$root"
    # What this machine says about the age of package lists holds there, too.
    mmdebstrap --quiet --variant=apt --include="$packages" \
        --aptopt="$(apt-config dump | grep -E '^Acquire::Check-(Valid-Until|Date)' || true)" \
        "$suite" "$root.unfinished" "$mirror"
    mv "$root.unfinished" "$root"
}

# The tree as it is here, committed or not; the virtual environment over there stays.
copy_tree() {
    mkdir -p "$tree" "$root/root/.config/pip"
    find "$tree" -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {} +
    git ls-files -z --cached --others --exclude-standard -- ':!.venv' |
        tar --create --null --files-from - | tar --extract --directory "$tree"
    # Packages come from where this machine gets them, over certificates that it trusts.
    for file in /etc/pip.conf /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
        [ ! -f "$file" ] || cp -L "$file" "$root/$file"
    done
    [ ! -f "$HOME/.config/pip/pip.conf" ] || cp -L "$HOME/.config/pip/pip.conf" "$root/root/.config/pip/"
}

# A name space of its own, so that nothing stays mounted however this ends.
run_there() {
    unshare --mount sh -eu -c '
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/tmp"
        exec chroot "$root" /usr/bin/env -i -C /srv/vle-analog HOME=/root LANG=C.UTF-8 \
            PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' sh "$root" "$@"
}

[ -d "$root" ] || make_system
copy_tree
run_there sh scripts/set_up.sh >&2
say "$(run_there ngspice --version | grep -o 'ngspice-[^ ]*'), $(run_there .venv/bin/python -V): $*"
run_there "$@"
