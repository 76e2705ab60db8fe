"""No secret reaches a record, in whatever form it travels: canaries raw, in base64, percent-encoded, in every place."""

import base64
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modtrace.record.redaction import MASK, Redactor

CANARY = "s3cr3t/c4n4ry+%&"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln"
SECRETS = st.text(st.characters(codec="utf-8"), min_size=4, max_size=30)


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for secret in secrets:
        redactor.learn(secret)
    return redactor


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        quote(CANARY, safe=""),
        quote(CANARY, safe="").lower(),
        quote(CANARY, safe="/+"),
        base64.b64encode(CANARY.encode()).decode(),
        base64.b64encode(CANARY.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(CANARY.encode()).decode(),
    ],
)
def test_a_known_secret_is_masked_in_every_form(form: str) -> None:
    assert knowing(CANARY).text(f"before {form} after") == f"before {MASK} after"


@given(SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_no_known_secret_survives(secret: str, before: str, after: str) -> None:
    redactor = knowing(secret)
    raw = secret.encode()
    for form in (secret, quote(secret, safe=""), quote_plus(secret), base64.b64encode(raw).decode()):
        masked = redactor.text(before + form + after)
        assert MASK in masked
        assert form in (before + after + MASK) or form not in masked or form in MASK


@given(st.text(alphabet="abc :/@?=&.", max_size=60))
def test_redaction_is_stable(text: str) -> None:
    once = Redactor().text(text)
    assert Redactor().text(once) == once


def test_a_secret_of_bytes_that_are_no_text_is_learned_too() -> None:
    secret = b"p\xe4ss".decode("utf-8", "surrogateescape")
    assert knowing(secret).text(f"{secret} p%E4ss") == f"{MASK} {MASK}"


def test_the_longer_of_two_secrets_wins() -> None:
    assert knowing("abcd", "abcdefgh").text("abcdefgh abcd") == f"{MASK} {MASK}"


def test_a_secret_of_three_characters_would_mask_innocent_text() -> None:
    assert knowing("abc").text("abc") == "abc"


def test_basic_credentials_are_masked_as_they_travel() -> None:
    redactor = Redactor()
    redactor.learn_basic("me", "hunter2!")
    travelling = base64.b64encode(b"me:hunter2!").decode()
    assert redactor.text(f"x {travelling} y hunter2! z") == f"x {MASK} y {MASK} z"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://me:CANARY@h.test/x", f"GET https://me:{MASK}@h.test/x"),
        ("https://me:CAN@ARY@h.test/", f"https://me:{MASK}@h.test/"),
        ("socks5://me:CANARY@127.0.0.1:1080", f"socks5://me:{MASK}@127.0.0.1:1080"),
        ("me:CANARY@192.0.2.1:3128", f"me:{MASK}@192.0.2.1:3128"),
        ("me:CAN@ARY@proxy.test/", f"me:{MASK}@proxy.test/"),
        ("http://me:CAN/ARY@h.test:1", f"http://me:{MASK}@h.test:1"),
        (
            'parse "http://me:CAN/AR?Y@h.test": invalid port ":CAN" after host',
            f'parse "http://me:{MASK}@h.test": invalid port ":{MASK}" after host',
        ),
        ("https://CANARYCANARYCANARY@h.test/", f"https://{MASK}@h.test/"),
        ("a=https://u:CANARY@a.test,https://v:CANARY@b.test", f"a=https://u:{MASK}@a.test,https://v:{MASK}@b.test"),
        ("https://h.test/?token=CANARY&x=1", f"https://h.test/?token={MASK}&x=1"),
        ("https://h.test/?x=1&X-Amz-Signature=CANARY", f"https://h.test/?x=1&X-Amz-Signature={MASK}"),
        ("https://h.test/?private_token=CANARY", f"https://h.test/?private_token={MASK}"),
        ("https://h.test/?client_secret=CANARY#end", f"https://h.test/?client_secret={MASK}#end"),
        ("https://h.test/#access_token=CANARY", f"https://h.test/#access_token={MASK}"),
        ("Authorization: Bearer CANARY", f"Authorization: {MASK}"),
        ("Host: h.test\nProxy-Authorization: Basic CANARY\nX: y", f"Host: h.test\nProxy-Authorization: {MASK}\nX: y"),
        ("you sent Authorization: Basic CANARY, go away", f"you sent Authorization: {MASK}, go away"),
        ('{"authorization": "Bearer CANARY"}', f'{{"authorization": "{MASK}"}}'),
        ("set-cookie: id=CANARY; Path=/", f"set-cookie: {MASK}"),
        ("X-Gitlab-Token: CANARY", f"X-Gitlab-Token: {MASK}"),
    ],
)
def test_a_secret_is_known_by_its_shape(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "git@h.test:group/repo",
        "http://127.0.0.1:8080/lab.test/hello/@v/v1.0.0.info",
        "https://[2001:db8::1]:443/lab.test/hello/@v/v1.0.0.info",
        "http://h.test:80?x=a@b",
        "http://h.test:80|https://i.test/lab.test/hello/@v/list,direct",
        "192.0.2.1:443",
        "[2001:db8::1]:53",
        "authorization required",
        "ssh://git@h.test/x",
        'parse "http://me:xxxxx@h.test": invalid',
        "https://me:***@h.test",
        "https://h.test/lab.test/hello/@v/v1.0.0.info",
        "https://h.test/x?go-get=1&tokens=3",
        "lab.test/hello@v1.0.0: reading https://h.test: 404 Not Found",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Basic CANARY", MASK),
        ("COOKIE", "a=CANARY", MASK),
        ("x-amz-security-token", "CANARY", MASK),
        ("X-Api-Key", "CANARY", MASK),
        ("Location", "https://me:CANARY@h.test/?sig=CANARY", f"https://me:{MASK}@h.test/?sig={MASK}"),
        ("Content-Type", "text/plain", "text/plain"),
    ],
)
def test_a_header_is_masked_by_its_name_or_by_its_value(name: str, value: str, shown: str) -> None:
    assert Redactor().header(name, value) == shown


def test_values_are_redacted_to_their_depths_keys_included() -> None:
    redactor = knowing("CANARY")
    value = redactor.value({"CANARY": ["CANARY", {"deep": "a CANARY b"}], "number": 1, "none": None, "yes": True})
    assert value == {MASK: [MASK, {"deep": f"a {MASK} b"}], "number": 1, "none": None, "yes": True}


@given(st.dictionaries(st.sampled_from(["token", "password", "sig", "x"]), SECRETS, max_size=4))
def test_no_query_value_under_a_secret_name_survives(query: dict[str, str]) -> None:
    shown = Redactor().text(f"https://h.test/?{urlencode(query)}")
    want = "&".join(f"{key}={quote_plus(value) if key == 'x' else MASK}" for key, value in query.items())
    assert shown == f"https://h.test/?{want}"


@pytest.mark.parametrize(
    "piece", ["a", "a://b:c/", "a://b:", "a://", "?a_", "x-token", "authorization:", "@", ":", "%61", "\n", "Cookie "]
)
def test_a_strangers_page_is_read_a_few_times_at_most(piece: str) -> None:
    """Without an end in sight for a pattern that starts again at every character; no clock is needed to see that."""
    redactor = knowing(CANARY, "aaaab")
    for text in (f"@=:{piece * 100_000}", f"{piece * 100_000}@=:"):
        assert redactor.text(text)


def test_a_header_of_credentials_is_masked_by_name_by_value_by_word_and_by_the_pair_in_it() -> None:
    redactor = Redactor()
    redactor.learn_header("X-Corp", "Bearer CANARY-12345")
    redactor.learn_header("Authorization", "Basic " + base64.b64encode(b"me:p4ss").decode())
    assert redactor.header("x-corp", "ab") == MASK
    assert redactor.text("CANARY-12345 p4ss bWU6cDRzcw== Bearer") == f"{MASK} {MASK} {MASK} Bearer"


@pytest.mark.parametrize(
    "value", ["Basic", "Basic !!!", "Basic Y2Fmw6k", "Basic " + base64.b64encode(b"xyzw").decode()]
)
def test_a_basic_header_that_is_none_is_learned_as_it_stands(value: str) -> None:
    redactor = Redactor()
    redactor.learn_value(value)
    assert redactor.text(f"a {value} b") == f"a {MASK} b"


@pytest.mark.parametrize(
    ("output", "secret"),
    [
        ("CANARY1234", "CANARY1234"),
        ("error\nAuthorization: tok ab\n", "tok ab"),
        ("protocol=https\npassword=cana=ry\n", "cana=ry"),
        ('{"access_token": "canarycanary"}', "canarycanary"),
        ("could not use https://me:can%2Fary@h.test/x", "can/ary"),
        ("https://me:can/ary+x@h.test/x", "can/ary+x"),
        (f"it is {JWT}", JWT),
    ],
)
def test_what_looks_like_a_secret_in_a_helpers_unreadable_output_is_masked_from_then_on(
    output: str, secret: str
) -> None:
    redactor = Redactor()
    redactor.learn_output(output)
    shown = redactor.text(f"x {output} y {secret}")
    assert secret not in shown
    assert shown.startswith("x ")


def test_prose_and_names_in_a_helpers_output_stay_readable_elsewhere() -> None:
    redactor = Redactor()
    redactor.learn_output(
        "error: no credentials: not found for https://git1.example.test:8443/a/b1 and me@git1.test, "
        "see git-24.example.test/docs2 and /home/me/a-long-name-for-a-folder-of-2024/x, Unauthorized"
    )
    text = (
        "reading https://git1.example.test:8443/a/b1: 401 Unauthorized: not found git-24.example.test/docs2 "
        "/home/me/a-long-name-for-a-folder-of-2024/x"
    )
    assert redactor.text(text) == text


@pytest.mark.parametrize(
    ("words", "secret"),
    [
        (["helper", "--token=CANARY"], "CANARY"),
        (["helper", "--password", "CANARY"], "CANARY"),
        (["helper", "-token", "'CANARY'"], "CANARY"),
        (["API_KEY=CANARY", "helper"], "CANARY"),
        (["helper", "0123456789abcdefghij"], "0123456789abcdefghij"),
    ],
)
def test_secrets_on_a_command_line_are_known(words: list[str], secret: str) -> None:
    redactor = Redactor()
    redactor.learn_arguments(words)
    assert redactor.text(f"x {secret} y helper") == f"x {MASK} y helper"


@pytest.mark.parametrize(
    "words",
    [["git", "/srv/a-long-name-for-a-folder-with-2-digits/x"], ["helper", "--region", "us-east-1"], ["token"], []],
)
def test_plain_words_on_a_command_line_stay_readable(words: list[str]) -> None:
    redactor = Redactor()
    redactor.learn_arguments(words)
    text = " ".join(words)
    assert redactor.text(text) == text


def test_hex_digits_hide_no_secret() -> None:
    redactor = Redactor()
    redactor.learn("s3cret-word")
    assert redactor.hex(b"SSH s3cret-word\xff") == (b"SSH " + MASK.encode() + b"\xff").hex()
