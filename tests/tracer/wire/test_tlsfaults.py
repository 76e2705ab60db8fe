"""Bad ends of TLS in Go's words."""

import pytest

from modtrace.tracer.wire.tlsfaults import Alert, TlsBroken, alert_name, local_alert, openssl_fault, remote_alert


def test_alerts_have_the_names_of_go() -> None:
    assert (alert_name(42), alert_name(48), alert_name(200)) == (
        "bad certificate",
        "unknown certificate authority",
        "alert(200)",
    )
    assert Alert(sent_by_us=True, level=2, code=20).name == "bad record MAC"


@pytest.mark.parametrize(
    ("code", "cause"),
    [(40, "tls.alert"), (70, "tls.version_unsupported"), (116, "tls.client_certificate_required")],
)
def test_a_remote_alert_is_the_servers_word_and_is_not_answered(code: int, cause: str) -> None:
    fault = remote_alert(code)
    assert (fault.cause, fault.go_text, fault.alert) == (cause, f"remote error: tls: {alert_name(code)}", None)


def test_a_local_alert_is_sent() -> None:
    fault = local_alert(22, "too long")
    assert (fault.go_text, fault.alert, fault.is_exact) == ("local error: tls: record overflow", 22, True)


@pytest.mark.parametrize(
    ("reason", "cause", "text", "is_exact"),
    [
        ("Decryption Failed Or Bad Record MAC", "tls.corrupted", "local error: tls: bad record MAC", True),
        ("digest check failed", "tls.corrupted", "tls: invalid server finished hash", False),
        ("wrong cipher returned", "tls.corrupted", "tls: server chose an unconfigured cipher suite", True),
        ("data length too long", "tls.oversized", "local error: tls: record overflow", False),
        ("excessive message size", "tls.oversized", "local error: tls: internal error", False),
        ("never heard of", "tls.corrupted", "local error: tls: illegal parameter", False),
    ],
)
def test_reasons_of_openssl_become_the_nearest_words(reason: str, cause: str, text: str, is_exact: bool) -> None:
    fault = openssl_fault([reason], 47)
    assert (fault.cause, fault.go_text, fault.is_exact, fault.alert) == (cause, text, is_exact, 47)
    assert reason in fault.text


def test_no_reason_and_no_alert_is_an_internal_error() -> None:
    assert openssl_fault([], None).go_text == "local error: tls: internal error"


def test_a_broken_link_carries_the_fault_as_an_os_error() -> None:
    fault = remote_alert(116)
    broken = TlsBroken(fault)
    assert isinstance(broken, OSError)
    assert (broken.fault, broken.cause, broken.go_text) == (fault, fault.cause, fault.go_text)
