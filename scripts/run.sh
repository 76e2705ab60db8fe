#!/bin/sh
# Command one: makes modtrace's own environment in .venv (quick when it is there) and runs modtrace with the arguments.
#   sh scripts/run.sh                                         fetches github.com/gin-gonic/gin@v1.9.1
#   sh scripts/run.sh fetch example.org/module@v1.2.3 --json
# With uv:   uvx --from . modtrace fetch github.com/gin-gonic/gin@v1.9.1
# With pipx: pipx run --spec . modtrace fetch github.com/gin-gonic/gin@v1.9.1
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/scripts/environment.sh"

prepare runtime
[ "$#" -gt 0 ] || set -- fetch github.com/gin-gonic/gin@v1.9.1
exec "$VENV/bin/modtrace" "$@"
