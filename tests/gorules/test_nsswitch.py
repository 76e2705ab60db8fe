"""nsswitch.conf, for a go without libc."""

import pytest

from modtrace.gorules.nsswitch import lookup_order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        (None, "files,dns"),
        ("", "files,dns"),
        ("passwd: files\n", "files,dns"),
        ("hosts:\n", "files,dns"),
        ("hosts: files dns\n", "files,dns"),
        ("hosts: dns files\n", "dns,files"),
        ("hosts: files\n", "files"),
        ("hosts: dns\n", "dns"),
        ("hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n", "files,dns"),
        ("hosts: files mdns4_minimal [NOTFOUND=return] dns\n", "files,dns"),
        ("hosts: resolve files\n", "dns,files"),
        ("hosts: files resolve\n", "files,dns"),
        ("hosts: resolve\n", "dns"),
        ("hosts: resolve dns files\n", "dns,files"),
        ("hosts: dns resolve files\n", "dns,files"),
        ("hosts: dns [NOTFOUND=return] files\n", "dns,files"),
        ("hosts: files # dns\n", "files"),
        ("hosts: files\nhosts: dns\n", "files,dns"),
        (" hosts : dns\n", "dns"),
        ("Hosts: dns\n", "files,dns"),
        ("hosts: dns\nno colon here\n", "files,dns"),
        ("hosts: dns [NOTFOUND=return files\n", "files,dns"),
        ("hosts: dns [x]\n", "files,dns"),
        ("hosts: dns [notfound]\n", "files,dns"),
        ("hosts: dns\tfiles\n", "dns"),
        ("hosts: dns []\n", "dns"),
    ],
)
def test_the_order_is_gos(text: str | None, order: str) -> None:
    assert lookup_order(None if text is None else text.encode()) == order
