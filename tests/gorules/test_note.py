"""Signed notes: what is accepted as a key, and as a signed text."""

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modtrace.gorules.gosumdb import KNOWN_KEYS
from modtrace.gorules.note import NoteError, decode_base64, key_hash, open_note, parse_verifier
from modtrace.lab.sumdb import Database, Lie

LAB = Database(after=3)
KEY = parse_verifier(LAB.verifier_key)
NOTE = LAB.head()
TEXT, LINE = NOTE.split(b"\n\n")
LINE = LINE[:-1]
# Go 1.26 x/mod/sumdb/note/note_test.go, TestOpen.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_NOTE = (
    PETER_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ".encode()
    + b"SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def keyed(name: str, key: bytes) -> str:
    digest = hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]
    return f"{name}+{digest}+{base64.b64encode(key).decode()}"


def refusal(message: bytes) -> NoteError:
    with pytest.raises(NoteError) as caught:
        open_note(message, KEY)
    return caught.value


def test_gos_own_example_opens() -> None:
    assert open_note(PETER_NOTE, parse_verifier(PETER)).text == PETER_TEXT


def test_the_hash_of_gos_built_in_key_is_computed() -> None:
    known = KNOWN_KEYS["sum.golang.org"]
    assert parse_verifier(known).key_hash == 0x033DE0AE
    assert known == keyed("sum.golang.org", b"\x01" + parse_verifier(known).public_key)


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ("", "malformed verifier id"),
        ("sum.test", "malformed verifier id"),
        ("sum.test+06d817ef", "malformed verifier id"),
        ("sum.test+06d817ef+", "malformed verifier id"),
        ("sum.test+6d817ef+AQ==", "malformed verifier id"),
        ("sum.test+0x6d817e+AQ==", "malformed verifier id"),
        ("sum.test+06d817ef+AQ", "malformed verifier id"),
        ("+06d817ef+AQ==", "malformed verifier id"),
        ("sum.test+06d817ef+AQ==", "invalid verifier hash"),
        (LAB.verifier_key.replace("sum.test", "sun.test"), "invalid verifier hash"),
        (keyed("sum.test", b"\x02" + bytes(32)), "unknown verifier algorithm"),
        (keyed("sum.test", b"\x01" + bytes(31)), "malformed verifier id"),
        (keyed("sum test", b"\x01" + bytes(32)), "malformed verifier id"),
        (keyed("sum\u2003test", b"\x01" + bytes(32)), "malformed verifier id"),
        (LAB.verifier_key + "+more", "malformed verifier id"),
    ],
)
def test_a_malformed_key_is_refused_in_gos_words(encoded: str, text: str) -> None:
    with pytest.raises(NoteError) as caught:
        parse_verifier(encoded)
    assert caught.value.text == text


def test_a_key_hash_may_be_in_capitals() -> None:
    name, digest, key = LAB.verifier_key.split("+", 2)
    assert parse_verifier(f"{name}+{digest.upper()}+{key}") == KEY


def test_a_separator_that_only_python_takes_for_space_is_part_of_a_name() -> None:
    assert parse_verifier(keyed("sum\x1ctest", b"\x01" + bytes(32))).name == "sum\x1ctest"


def test_an_honest_note_opens_and_keeps_unknown_signatures_apart() -> None:
    foreign = "— other.test ".encode() + base64.b64encode(b"hash" + bytes(64))
    note = open_note(TEXT + b"\n\n" + b"\n".join([foreign, LINE, LINE, foreign]) + b"\n", KEY)
    assert note.text == TEXT + b"\n"
    assert [one.name for one in note.signatures] == ["sum.test"]
    assert [one.name for one in note.unverified] == ["other.test"]


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\n\n",
        TEXT,
        NOTE[:-1],
        NOTE.replace(b"\n", b"\r\n"),
        NOTE + b"\n",
        NOTE + b"more\n",
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b" sum.test ", b" "),
        NOTE.replace(b" sum.test ", b" sum+test "),
        TEXT + "\n\n— sum.test AAAA\n".encode(),
        TEXT + "\n\n— sum.test\n".encode(),
        b"\xff" + NOTE,
        NOTE[:-1] + b"\xff\n",
        b"\x00" + NOTE,
        TEXT + b"\n\n" + (LINE + b"\n") * 101,
    ],
)
def test_a_malformed_note_is_refused(message: bytes) -> None:
    error = refusal(message)
    assert (error.text, error.is_forged) == ("malformed note", False)


def test_a_hundred_signatures_are_fine() -> None:
    assert open_note(TEXT + b"\n\n" + (LINE + b"\n") * 100, KEY).text == TEXT + b"\n"


def test_a_signature_of_another_text_is_forged() -> None:
    error = refusal(b"x" + NOTE)
    assert (error.text, error.is_forged) == ("invalid signature for key sum.test+06d817ef", True)


@pytest.mark.parametrize("lie", ["wrong key", "wrong key name"])
def test_a_note_that_only_others_signed_is_forged(lie: Lie) -> None:
    error = refusal(Database(after=3, lies=[lie]).head())
    assert (error.text, error.is_forged) == ("note has no verifiable signatures", True)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.integers(0, 7))
def test_any_flipped_bit_is_refused_or_changes_nothing_that_was_signed(at: int, bit: int) -> None:
    """A flip in the padding bits of the last base64 digit decodes to the same signature."""
    flipped = bytearray(NOTE)
    flipped[at] ^= 1 << bit
    try:
        opened = open_note(bytes(flipped), KEY)
    except NoteError:
        return
    assert opened.text == TEXT + b"\n"
    assert decode_base64(opened.signatures[0].base64) == decode_base64(LINE.split(b" ")[2].decode())


@given(st.binary(max_size=80))
def test_base64_agrees_with_its_encoder(data: bytes) -> None:
    encoded = base64.b64encode(data).decode()
    assert decode_base64(encoded) == data
    assert decode_base64("\r\n".join(encoded)) == data
    assert data == b"" or decode_base64(encoded.rstrip("=") + "A") != data


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(message: bytes) -> None:
    assert refusal(message).text == "malformed note"


@given(st.text(max_size=60))
def test_no_text_breaks_the_key_parser(encoded: str) -> None:
    with pytest.raises(NoteError):
        parse_verifier(encoded)


def test_the_key_hash_takes_a_name_that_is_not_utf_8() -> None:
    assert key_hash("\udcff", b"k") == int.from_bytes(hashlib.sha256(b"\xff\nk").digest()[:4], "big")
