#!/bin/sh
# Command two: installs what the checks and tests need (Python packages into .venv, Debian packages where it may, a Go
# toolchain where there is none, other people's proxies: third_party.sh) and runs every check and every test. Arguments
# go to pytest.
# CI=true: a test that is skipped and not on scripts/skipped.py's list is a failure.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/environment.sh"
. "$root/scripts/third_party.sh"
cd "$root"

GO_RELEASE=go1.26

# One Go toolchain of the release that modtrace reproduces: the machine's, or the index's.
prepare_go() {
    case "$(GOTOOLCHAIN=local go version 2>/dev/null || true)" in *" $GO_RELEASE"*) return ;; esac
    case "$(GOTOOLCHAIN=local "$VENV/bin/go" version 2>/dev/null || true)" in *" $GO_RELEASE"*) return ;; esac
    say "modtrace: no $GO_RELEASE here; installing constraints/go.txt"
    in_venv install --quiet --require-hashes -r constraints/go.txt >&2 ||
        say "modtrace: no Go toolchain; the oracle tests are skipped"
}

# pyright runs on node.
prepare_node() {
    command -v node >/dev/null 2>&1 || in_venv install --quiet --require-hashes -r constraints/node.txt >&2
}

failed=0
results=''
# record NAME STATUS
record() {
    if [ "$2" -eq 0 ]; then word=ok; else word=FAILED failed=1; fi
    results="$results$(printf '  %-8s %s' "$word" "$1")
"
}

# step NAME COMMAND...: runs it, whatever became of the others.
step() {
    name=$1
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    status=0
    "$@" || status=$?
    record "$name" "$status"
}

prepare test
prepare_packages
prepare_go
prepare_node
PATH="$VENV/bin:$PATH:/usr/sbin:/sbin"
export PATH
prepare_third_party

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step 'format' ruff format --check .
step 'lint' ruff check .
step 'types (mypy)' mypy
step 'types of the tools (mypy)' mypy scripts benchmarks
step 'types (pyright)' pyright
step 'imports' lint-imports
step 'reference pages' python scripts/reference.py --check

printf '\n== tests and house rules: pytest\n'
{
    status=0
    python -m pytest -n "${MODTRACE_TEST_JOBS:-2}" --dist worksteal --junitxml "$scratch/junit.xml" "$@" || status=$?
    printf '%s\n' "$status" >"$scratch/status"
} 2>&1 | tee "$scratch/pytest.log"
record 'tests and house rules' "$(cat "$scratch/status")"

step 'skipped tests' python scripts/skipped.py "$scratch/junit.xml"

printf '\n== summary\n%s' "$results"
sed -n 's/^=*\( *[0-9][0-9]* \(passed\|failed\|error\).*\)$/\1/; s/ *=*$//; /^ *[0-9][0-9]* \(passed\|failed\|error\)/p' \
    "$scratch/pytest.log" | tail -n 1 | grep . || printf 'no tests ran: 0 passed, 1 failed\n'
exit "$failed"
