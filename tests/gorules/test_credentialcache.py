"""Which prefix a request falls under, and whose credential it gets."""

from modtrace.gorules.credentialcache import CredentialCache, Origin, key_of
from modtrace.gorules.goauth import Headers, basic_authorization
from modtrace.gorules.netrc import NetrcLine

HELPER = Origin("command", "helper")


def headers(cache: CredentialCache, url: str) -> Headers:
    kept = cache.load(url)
    return () if kept is None else kept.headers


def test_the_longest_prefix_in_whole_elements_is_used() -> None:
    cache = CredentialCache()
    cache.store("https://x.test/a/", (("A", "deep"),), HELPER)
    cache.store("x.test", (("A", "host"),), HELPER)
    assert headers(cache, "https://x.test/a/b/@v/list") == (("A", "deep"),)
    assert headers(cache, "https://x.test/ab") == (("A", "host"),)
    assert cache.load("https://y.test/") is None


def test_the_port_and_the_userinfo_are_part_of_the_key() -> None:
    cache = CredentialCache()
    cache.store("localhost", (("A", "1"),), HELPER)
    assert cache.load("https://localhost:7003/m") is None
    assert cache.load("https://u:p@localhost/m") is None
    cache.store("localhost:7003", (("A", "2"),), HELPER)
    assert headers(cache, "https://localhost:7003/m") == (("A", "2"),)
    assert key_of("https://u:p@localhost/m/") == "u:p@localhost/m"


def test_no_headers_take_a_prefix_out() -> None:
    cache = CredentialCache()
    cache.store("x.test", (("A", "1"),), HELPER)
    cache.store("https://x.test/", (), HELPER)
    cache.store("never.test", (), HELPER)
    assert cache.load("https://x.test/") is None


def test_the_first_netrc_line_of_a_machine_wins() -> None:
    cache = CredentialCache()
    cache.store_netrc(NetrcLine(machine="x.test", login="u", password=word) for word in ("first", "second"))
    assert headers(cache, "https://x.test/m") == basic_authorization("u", "first")
    assert basic_authorization("u", "p") == (("Authorization", "Basic dTpw"),)


def test_a_credential_knows_where_it_came_from() -> None:
    cache = CredentialCache()
    cache.store_netrc([NetrcLine(machine="x.test", login="u", password="p")])
    cache.store("y.test/a", (("A", "1"),), HELPER)
    assert [
        (kept.key, kept.origin.kind) for kept in map(cache.load, ("https://x.test", "https://y.test/a/b")) if kept
    ] == [
        ("x.test", "netrc"),
        ("y.test/a", "command"),
    ]
