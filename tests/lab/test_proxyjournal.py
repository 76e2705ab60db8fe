"""What a proxy heard can be read as an HTTP head."""

from modtrace.lab.proxyjournal import ProxyJournal

HEAD = b"CONNECT goproxy.test:443 HTTP/1.1\r\nHost: goproxy.test:443\r\nProxy-Authorization:  Basic eDp5\r\n\r\n"


def test_messages_keep_their_order_their_bytes_and_their_proxy() -> None:
    journal = ProxyJournal()
    for name in ("p", "q"):
        journal.opened(name, 1)
    journal.told(1, "greeting", b"\5\1\0")
    journal.told(0, "head", HEAD)
    assert [(one.number, one.proxy, one.stage, one.data) for one in journal.heard] == [
        (0, "q", "greeting", b"\5\1\0"),
        (1, "p", "head", HEAD),
    ]
    assert journal.heard[0].at_s <= journal.heard[1].at_s


def test_a_head_has_a_line_and_headers() -> None:
    journal = ProxyJournal()
    journal.opened("p", 1)
    head = journal.told(0, "head", HEAD)
    assert head.line == ("CONNECT", "goproxy.test:443", "HTTP/1.1")
    assert head.headers == (("Host", "goproxy.test:443"), ("Proxy-Authorization", "Basic eDp5"))
    assert head.header("proxy-authorization") == "Basic eDp5"
    assert head.header("via") is None


def test_a_broken_head_has_empty_words() -> None:
    journal = ProxyJournal()
    journal.opened("p", 1)
    assert journal.told(0, "head", b"CONNECT\r\n\r\n").line == ("CONNECT", "", "")
    assert journal.told(0, "head", b"\r\n\r\n").line == ("", "", "")
