"""Fixes that more than one layer's words give."""

from modtrace.record.summary import Fix


def fix(do: str, because: str, costs: str | None = None) -> Fix:
    """A fix: what to do, why it helps, what it costs."""
    return Fix(do=do, because=because, costs=costs)


OTHER_SOURCE = fix(
    "go env -w GOPROXY='<another module proxy>|direct'",
    "the | lets go ask the next entry after any failure, not only after a 404",
    "another server learns which modules you fetch; the checksum database still verifies the content",
)
OTHER_NETWORK = fix(
    "modtrace fetch … on another network, then modtrace compare",
    "the first difference between the two traces shows where the path is to blame",
)
ASK_SERVER = fix("ask the operator of {where}", "the answer came from there")
PRIVATE = fix(
    "go env -w GOPRIVATE='<pattern of your private modules>'",
    "private modules are unknown to public proxies and to the checksum database",
    "modules that match are not verified by the checksum database",
)
TRUST = fix(
    "export SSL_CERT_FILE=/path/to/bundle.pem",
    "go trusts the roots of this machine; if your organisation inspects TLS, its root belongs into that bundle",
    "whoever holds that root's key can read and alter what you fetch",
)
SMALL_HELLO = fix(
    "GODEBUG=tlsmlkem=0 go mod download …",
    "go's first TLS message exceeds one packet; a middlebox that drops it lets the short one pass",
    "no post-quantum key exchange for that run",
)
