# shellcheck shell=sh
# Sourced by check.sh, after environment.sh: the programs of other people that tests/real goes through. Debian's packages
# go where Debian puts them, the rest into $VENV/third-party. Whatever can't be had is said; its tests are skipped.

THIRD_PARTY="$VENV/third-party"

# The Debian packages that tests call, as command:package, or as file:package for a library.
PACKAGES='curl:curl git:git ip:iproute2 nginx:nginx-light
squid:squid-openssl tinyproxy:tinyproxy-bin danted:dante-server microsocks:microsocks
/usr/lib/*/libnss_wrapper.so:libnss-wrapper'
# What would be a system daemon from now on, were it installed in the usual way: package:service.
SERVICES='nginx-light:nginx squid-openssl:squid dante-server:danted'
# A Go module proxy that others wrote: its checksums are in the checksum database, so go install verifies what it gets.
GO_MODULE_PROXY=github.com/rogpeppe/go-internal/cmd/txtar-goproxy
GO_MODULE_PROXY_VERSION=v1.16.0

missing_packages() {
    for pair in $PACKAGES; do
        case $pair in
        # shellcheck disable=SC2086
        /*) ls -d ${pair%%:*} >/dev/null 2>&1 ;;
        *) PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 ;;
        esac || printf '%s ' "${pair#*:}"
    done
}

# stop_at_boot PACKAGE...: their daemons are not to run at the machine's next start either.
stop_at_boot() {
    for pair in $SERVICES; do
        case " $* " in
        *" ${pair%%:*} "*) as_root update-rc.d "${pair#*:}" disable >/dev/null 2>&1 ||
            say "modtrace: the service ${pair#*:} may run from the next boot on" ;;
        esac
    done
}

prepare_packages() {
    wanted=$(missing_packages)
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086
    if install_packages $wanted; then
        stop_at_boot $wanted
    else
        say "modtrace: can't install $wanted(needs root); tests that need them are skipped"
    fi
}

# mitmproxy in an environment of its own: the versions that it pins are not ours.
prepare_mitmproxy() (
    VENV="$THIRD_PARTY/mitmproxy"
    [ -x "$VENV/bin/mitmdump" ] && cmp -s constraints/mitmproxy.txt "$VENV/.filled" && return
    make_venv
    say 'modtrace: installing mitmproxy for the tests (constraints/mitmproxy.txt)'
    in_venv install --quiet --require-hashes -r constraints/mitmproxy.txt >&2 && cp constraints/mitmproxy.txt "$VENV/.filled"
)

prepare_module_proxy() {
    program="$THIRD_PARTY/bin/${GO_MODULE_PROXY##*/}"
    case "$(go version -m "$program" 2>/dev/null || true)" in *"$GO_MODULE_PROXY_VERSION"*) return ;; esac
    say "modtrace: building ${GO_MODULE_PROXY##*/} for the tests"
    # Its own module cache, which a plain rm can remove; GOPROXY and GOSUMDB are the machine's.
    GOBIN="$THIRD_PARTY/bin" GOPATH="$THIRD_PARTY/go" GOMODCACHE="$THIRD_PARTY/go/pkg/mod" GOFLAGS='-mod=mod -modcacherw' \
        go install "$GO_MODULE_PROXY@$GO_MODULE_PROXY_VERSION" >&2
}

# prepare_third_party: everything above; go has to be on the PATH by now.
prepare_third_party() {
    mkdir -p "$THIRD_PARTY"
    prepare_mitmproxy || say 'modtrace: no mitmproxy; its tests are skipped'
    prepare_module_proxy || say "modtrace: no ${GO_MODULE_PROXY##*/}; its tests are skipped"
}
