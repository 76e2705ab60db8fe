"""The closed list of phases (the contract's section 2): a layer and a name each, with the words a newcomer reads."""

from typing import Literal, get_args

from modtrace.record.causes import Layer

PhaseName = Literal[
    "config.plan",
    "config.goauth",
    "dns.resolve",
    "dns.query",
    "tcp.connect",
    "proxy.tunnel",
    "proxy.probe.prefix",
    "tls.handshake",
    "http.request",
    "http.first_byte",
    "body.receive",
    "http.redirect",
    "module.info",
    "module.mod",
    "module.zip",
    "module.list",
    "module.latest",
    "sumdb.supported",
    "sumdb.lookup",
    "sumdb.tile",
    "sumdb.proof",
    "zip.check",
]

PHASES: frozenset[str] = frozenset(get_args(PhaseName))

MEANINGS: dict[PhaseName, str] = {
    "config.plan": "which settings are in force, and what they make go do",
    "config.goauth": "one run of a GOAUTH command, or of git's credential helper, for its credentials",
    "dns.resolve": "the host's name becomes addresses: hosts file, then every query that go would send",
    "dns.query": "one question to one name server, one attempt",
    "tcp.connect": "one connection attempt to one address",
    "proxy.tunnel": "one proxy is asked to open the way to the next hop",
    "proxy.probe.prefix": "an experiment: does the target answer through the first hops of the chain alone",
    "tls.handshake": "ClientHello sent to Finished sent",
    "http.request": "one request as it is sent, until its response has been read",
    "http.first_byte": "request sent to the first byte of the response's head",
    "body.receive": "first to last byte of the body",
    "http.redirect": "one redirect followed to its next URL",
    "module.info": "the version's metadata, asked of one source",
    "module.mod": "the module's go.mod, asked of one source",
    "module.zip": "the module's archive, asked of one source",
    "module.list": "the known versions, asked of one source",
    "module.latest": "the latest version, asked of one source",
    "sumdb.supported": "does this source relay the checksum database",
    "sumdb.lookup": "the checksum database's record of this module version",
    "sumdb.tile": "a piece of the checksum database's tree, needed for the proof",
    "sumdb.proof": "the record is in the tree, and the tree continues the one seen before",
    "zip.check": "the archive's own rules, and its hash",
}


def split(name: PhaseName) -> tuple[Layer, str]:
    """``tcp.connect`` as ``("tcp", "connect")``, the two fields of the contract's phases."""
    layer, _, rest = name.partition(".")
    return layer, rest  # type: ignore[return-value]
