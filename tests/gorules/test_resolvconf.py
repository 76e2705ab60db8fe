"""resolv.conf, as Go reads it."""

import pytest

from modtrace.gorules.resolvconf import ResolvConf, decimal, fields, file_lines, parse_resolv_conf


def parsed(text: str, hostname: str = "box") -> ResolvConf:
    return parse_resolv_conf(text.encode(), hostname)


@pytest.mark.parametrize("data", [None, b"", b"# only a comment\n", b"nameserver\n", b"nameserver dns.test\n"])
def test_without_a_usable_name_server_go_asks_this_machine(data: bytes | None) -> None:
    conf = parse_resolv_conf(data, "box")
    assert conf.servers == ("127.0.0.1", "::1")
    assert conf.servers_are_default


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("nameserver 192.0.2.1", ("192.0.2.1",)),
        ("nameserver 192.0.2.1 # why not\n", ("192.0.2.1",)),
        ("nameserver\t2001:db8::1\r\n", ("2001:db8::1",)),
        ("nameserver fe80::1%eth0\n", ("fe80::1%eth0",)),
        ("nameserver 192.0.2.01\nnameserver 192.0.2.2\n", ("192.0.2.2",)),
        ("".join(f"nameserver 192.0.2.{n}\n" for n in range(1, 11)), ("192.0.2.1", "192.0.2.2", "192.0.2.3")),
        (" nameserver 192.0.2.1\n", ("192.0.2.1",)),
        (" # indented is no comment\nnameserver 192.0.2.1\n", ("192.0.2.1",)),
        ("nameserver 192.0.2.1\n" + "x" * 65536 + "\nnameserver 192.0.2.2\n", ("192.0.2.1",)),
    ],
)
def test_the_first_three_literal_servers_count(text: str, servers: tuple[str, ...]) -> None:
    assert parsed(text).servers == servers


@pytest.mark.parametrize(
    ("text", "hostname", "search"),
    [
        ("", "box", ()),
        ("", "box.corp.test", ("corp.test.",)),
        ("", "box.", ()),
        ("domain a.test", "box", ("a.test.",)),
        ("domain a.test b.test", "box", ("a.test.",)),
        ("search a.test b.test.", "box", ("a.test.", "b.test.")),
        ("domain a.test\nsearch b.test", "box", ("b.test.",)),
        ("search b.test\ndomain a.test", "box", ("a.test.",)),
        ("search b.test\ndomain", "box", ("b.test.",)),
        ("search b.test\nsearch", "box.corp.test", ("corp.test.",)),
        ("search .", "box.corp.test", ("corp.test.",)),
        ("search . a.test", "box", ("a.test.",)),
    ],
)
def test_the_last_search_or_domain_wins_and_the_hostname_fills_in(
    text: str, hostname: str, search: tuple[str, ...]
) -> None:
    assert parsed(text, hostname).search == search


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("ndots:3", "ndots", 3),
        ("ndots:99", "ndots", 15),
        ("ndots:x", "ndots", 0),
        ("ndots:-1", "ndots", 0),
        ("timeout:0", "timeout_s", 1),
        ("timeout:7", "timeout_s", 7),
        ("timeout:7x", "timeout_s", 7),
        ("timeout:99999999999", "timeout_s", 0xFFFFFF),
        ("attempts:0", "attempts", 1),
        ("attempts:4", "attempts", 4),
        ("rotate", "rotate", True),
        ("single-request", "single_request", True),
        ("single-request-reopen", "single_request", True),
        ("use-vc", "use_tcp", True),
        ("usevc", "use_tcp", True),
        ("tcp", "use_tcp", True),
        ("trust-ad", "trust_ad", True),
        ("no-reload", "no_reload", True),
        ("edns0", "unknown_words", ()),
        ("inet6", "unknown_words", ("inet6",)),
        ("Rotate", "rotate", False),
    ],
)
def test_each_option_has_gos_effect(word: str, field: str, value: object) -> None:
    assert getattr(parsed(f"options {word}\n"), field) == value


def test_defaults_are_gos() -> None:
    conf = parsed("nameserver 192.0.2.1\n")
    assert (conf.ndots, conf.timeout_s, conf.attempts) == (1, 5, 2)


def test_unknown_keywords_are_kept_and_openbsds_lookup_is_not_one() -> None:
    assert parsed("sortlist 192.0.2.0\nlookup file bind\n").unknown_words == ("sortlist",)


@pytest.mark.parametrize(("text", "number"), [("", 0), ("12", 12), ("12.5", 12), ("x1", 0), ("٣", 0)])
def test_decimal_reads_leading_ascii_digits(text: str, number: int) -> None:
    assert decimal(text) == number


def test_fields_split_at_four_blanks_only() -> None:
    assert fields("a\tb\r c\vd\xa0e\n") == ["a", "b", "c\vd\xa0e"]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb", ["a", "b"]),
        (b"a\n\nb\n", ["a", "", "b"]),
        (b"a\n" + b"x" * 65535 + b"\nb\n", ["a", "x" * 65535, "b"]),
        (b"a\n" + b"x" * 65536 + b"\nb\n", ["a"]),
        (b"\xff", ["\xff"]),
    ],
)
def test_lines_are_those_that_fit_gos_buffer(data: bytes, lines: list[str]) -> None:
    assert list(file_lines(data)) == lines
