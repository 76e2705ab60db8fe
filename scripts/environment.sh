# shellcheck shell=sh
# Sourced by run.sh and check.sh (POSIX sh), with $root set: makes and fills the project's own environment.
# What it does stands in README.md; nothing outside $VENV changes, except Debian packages where it may install them.

VENV=${MODTRACE_VENV:-"$root/.venv"}

say() { printf '%s\n' "$*" >&2; }

die() {
    say "modtrace: $*"
    exit 2
}

# as_root COMMAND...: runs it as root where that is permitted without a question, else fails.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

may_install() { command -v apt-get >/dev/null 2>&1 && as_root true; }

# install_packages PACKAGE...: 1 where it may not or can't. Waits for another apt that holds the lock; talks on failure only.
# No daemon is started: RUNLEVEL=1 tells invoke-rc.d that this is single-user mode, SYSTEMD_OFFLINE=1 tells systemctl not
# to talk to a running systemd.
install_packages() {
    may_install || return 1
    say "modtrace: installing Debian packages: $*"
    said=$(
        exec 2>&1
        as_root apt-get update -qq || echo 'apt-get update failed; trying with the lists at hand'
        as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 SYSTEMD_OFFLINE=1 apt-get install -qq -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 "$@"
    ) || {
        say "$said"
        return 1
    }
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# find_python: the first Python >= 3.11 of $PYTHON, python3, python3.13, python3.12, python3.11.
find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    die "needs Python 3.11 or newer as python3 (found: $(python3 --version 2>&1 || true)); PYTHON=/path/to/python names another"
}

# make_venv: an empty environment with pip in it. Debian's python3 can't until python3-venv is installed.
make_venv() {
    python=$(find_python)
    say "modtrace: making its environment in $VENV with $("$python" --version 2>&1)"
    if ! "$python" -c 'import ensurepip, venv; ensurepip.version()' >/dev/null 2>&1; then
        # ensurepip's name carries the version on Debian: python3.11-venv; python3-venv brings the right one.
        install_packages python3-venv || true
    fi
    if "$python" -c 'import ensurepip, venv; ensurepip.version()' >/dev/null 2>&1; then
        "$python" -m venv --clear "$VENV"
    elif command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --clear --python "$python" "$VENV"
    elif "$python" -m virtualenv --version >/dev/null 2>&1; then
        "$python" -m virtualenv --quiet --clear "$VENV"
    else
        die "this Python can't make environments. As root: apt-get install python3-venv (or install uv), then try again"
    fi
}

in_venv() { "$VENV/bin/python" -m pip --disable-pip-version-check "$@"; }

# fingerprint KIND: changes when anything does that the environment is made from.
fingerprint() {
    {
        cat "$root/pyproject.toml" "$root/constraints/$1.txt"
        printf '%s\n' "$root"
        "$VENV/bin/python" -c 'import sys; print(sys.version)'
    } | cksum
}

is_filled() {
    [ -x "$VENV/bin/python" ] && [ -x "$VENV/bin/modtrace" ] && [ -f "$VENV/.filled-$1" ] &&
        [ "$(cat "$VENV/.filled-$1")" = "$(fingerprint "$1")" ]
}

# prepare KIND (runtime or test): the environment with constraints/KIND.txt and modtrace in it. Quick when it is there.
prepare() {
    is_filled "$1" && return
    if [ "$1" = runtime ] && is_filled test; then return; fi
    "$VENV/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || make_venv
    say "modtrace: installing what it needs (versions and hashes: constraints/$1.txt)"
    in_venv install --quiet --require-hashes -r "$root/constraints/$1.txt" >&2
    in_venv install --quiet --no-deps --no-build-isolation -e "$root" >&2
    fingerprint "$1" >"$VENV/.filled-$1"
}
