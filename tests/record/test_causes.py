"""The closed list is the contract's table."""

import pytest

from modtrace.record.causes import CAUSES, LAYERS, Cause, layer_of, refines

# The contract's section 4, word for word. Names may be added to the code; none of these may go or change.
CONTRACT = """
config: goproxy_invalid goproxy_off gosumdb_invalid module_path_invalid version_invalid proxy_url_invalid
    proxy_scheme_unsupported goenv_unreadable vcs_forbidden fallback_not_reached
dns: resolver_silent resolver_port_closed no_resolver_configured nxdomain nxdomain.forged servfail refused no_address
    one_family_dropped truncated_tcp_blocked answer_forged.race answer_forged.resolver answer_bogon answer_malformed
    slow hosts_file
tcp: refused refused.by_firewall unanswered unreachable.prohibited unreachable.host unreachable.net ttl_exceeded
    no_route family_blackhole mtu_blackhole.up mtu_blackhole.down reset reset.injected silent_after_connect
    idle_dropped transparent_proxy lossy
proxy: unresolved unreachable unreachable.refused unreachable.unanswered silent closed reset auth_required auth_failed
    denied upstream_failed not_a_proxy certificate socks.no_method socks.auth_failed socks.general_failure
    socks.not_allowed socks.net_unreachable socks.host_unreachable socks.refused socks.ttl_expired
    socks.command_unsupported socks.address_unsupported socks.protocol tunnel_silent tunnel_closed
tls: intercepted.trusted intercepted.untrusted unknown_authority unknown_authority.no_roots
    unknown_authority.missing_intermediate self_signed expired expired.clock not_yet_valid not_yet_valid.clock
    wrong_host hello_unanswered hello_unanswered.by_name hello_unanswered.by_size hello_unanswered.by_alpn
    hello_unanswered.by_version hello_unanswered.by_server handshake_stalled reset reset.injected reset.by_server
    closed closed.injected alert alert.forged version_unsupported not_tls corrupted client_certificate_required
    oversized
http: unauthorized forbidden forbidden.middlebox forbidden.redirect_host not_found gone rate_limited
    unavailable_for_legal_reasons server_error bad_gateway gateway_timeout captive_portal html_instead_of_data
    redirect_loop redirect_insecure head_stalled malformed injected h2_goaway h2_stream_reset h2_flow_stalled h2_flood
body: stalled stalled.by_path stalled.by_server truncated reset reset.injected slow throttled undecodable too_large
module: info_invalid version_mismatch path_mismatch unknown_version list_invalid
zip: not_a_zip invalid too_large path_invalid collision hash_mismatch.go_sum hash_mismatch.sumdb
sumdb: unreachable not_proxied server_error bad_signature inconsistent malformed mismatch.go_mod local_state_damaged
    no_record
vcs: meta_missing meta_not_html auth_required unknown_revision unreachable failed
local: disk_full output_unwritable clock_wrong self_delay interrupted descriptors_exhausted
"""


# Added since (docs/decisions).
ADDED = {"config.goauth_invalid", "config.goauth_failed", "config.goauth_failed.stalled"}


def contracted() -> dict[str, list[str]]:
    """The snapshot, by layer."""
    rows: dict[str, list[str]] = {}
    layer = ""
    for line in CONTRACT.strip().splitlines():
        head, colon, rest = line.partition(": ")
        layer = head if colon else layer
        rows.setdefault(layer, []).extend((rest if colon else line).split())
    return rows


def test_the_layers_are_the_contracts_in_its_order() -> None:
    assert tuple(contracted()) == LAYERS


def test_the_causes_are_the_contracts_and_what_was_added() -> None:
    assert {f"{layer}.{name}" for layer, names in contracted().items() for name in names} | ADDED == CAUSES


@pytest.mark.parametrize(("cause", "layer"), [("tls.reset.injected", "tls"), ("local.disk_full", "local")])
def test_a_causes_layer_is_its_first_word(cause: Cause, layer: str) -> None:
    assert layer_of(cause) == layer


def test_every_cause_has_a_layer() -> None:
    assert {cause.partition(".")[0] for cause in CAUSES} == set(LAYERS)


def test_a_longer_path_refines_a_shorter_one_at_a_dot() -> None:
    assert refines("tls.reset.injected", "tls.reset")
    assert refines("tls.reset", "tls.reset")
    assert refines("tls.reset", "tls")
    assert not refines("tls.reset", "tls.reset.injected")
    assert not refines("http.forbidden_else", "http.forbidden")
