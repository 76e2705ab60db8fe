"""Canaries in what GOAUTH's commands print and are given: sent where they belong, and in no output, in no encoding."""

import base64
from pathlib import Path

import pytest
from tests.end_to_end.ground import Done, Ground, ground, honest
from tests.end_to_end.test_secrets import faults_of, leaks, saw

from modtrace.lab.behaviour import Reply

pytestmark = pytest.mark.loopback

TOKEN = "c4n4ry/token+of=goauth"
PASSWORD = "c4n4ry!of&git%41"
OPTION = "c4n4ry-option-0123456789abcdef"

GIVES = {
    "bearer": f"Authorization: Bearer {TOKEN}",
    "basic": "Authorization: Basic " + base64.b64encode(f"dave:{TOKEN}".encode()).decode(),
    "cookie": f"Cookie: a=1; session={TOKEN}",
    "own-header": f"X-Corp: {TOKEN}",
}
WRONG = {
    "token-alone": f"{TOKEN}\n",
    "no-blank-line": f"{{a}}\n\nAuthorization: Bearer {TOKEN}\n",
    "url": f"https://dave:{TOKEN}@other.test/x\n",
    "git-like": f"username=dave\npassword={TOKEN}\n",
    "prose": f"your token is '{TOKEN}', keep it\n",
}


def script(here: Ground, lines: str, *, status: int = 0) -> dict[str, str]:
    """GOAUTH as a command that prints ``lines`` on both streams."""
    path = here.folder / "helper.sh"
    answer = here.folder / "answer"
    answer.write_text(lines.replace("{a}", here.words["a"]))
    path.write_text(f"cat {answer}; cat {answer} >&2; exit {status}\n")
    return {"GOAUTH": f"sh {path} --token={OPTION}"}


def clean(here: Ground, done: Done, secret: str = TOKEN) -> list[str]:
    return leaks(here, done, secret, "dave") + leaks(here, done, OPTION)


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
@pytest.mark.parametrize("fault", ["none", "500", "echo", "loop"])
@pytest.mark.parametrize("kind", GIVES)
def test_what_a_command_gives_is_sent_and_never_written(
    kind: str, fault: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    name, _, value = GIVES[kind].partition(": ")
    with ground(tmp_path, honest(tls=True, faults=faults_of(fault, f"{value} {TOKEN}"))) as here:
        done = here.fetch(*options, env=script(here, f"{{a}}\n\n{GIVES[kind]}\n\n"))
        assert saw(here, name) == {value}
        assert clean(here, done) == []


@pytest.mark.parametrize("status", [0, 3])
@pytest.mark.parametrize("kind", WRONG)
def test_what_nobody_can_read_is_never_written_either(kind: str, status: int, tmp_path: Path) -> None:
    with ground(tmp_path, honest(tls=True, faults=faults_of("echo", TOKEN))) as here:
        done = here.fetch("--json", env=script(here, WRONG[kind], status=status))
        assert saw(here, "authorization") == {None}
        assert clean(here, done) == []
        assert any(phase["name"] == "goauth" for phase in here.summary()["phases"])


def test_the_password_of_a_url_reaches_the_command_and_no_output(tmp_path: Path) -> None:
    with ground(tmp_path, honest(tls=True, faults=faults_of("echo", PASSWORD))) as here:
        given = here.folder / "given"
        (here.folder / "note.sh").write_text(f'echo "$@" >>{given}\n')
        url = here.words["a"].replace("://", "://dave:c4n4ry%21of%26git%2541@")
        done = here.fetch("--json", env={"GOPROXY": url, "GOAUTH": f"sh {here.folder}/note.sh"})
        assert "dave:c4n4ry" in given.read_text()
        assert leaks(here, done, PASSWORD, "dave") == []


@pytest.mark.parametrize("option", ["--json", "-v"])
def test_the_password_of_gits_helper_is_sent_tried_out_and_never_written(option: str, tmp_path: Path) -> None:
    faults = {"*.zip": (Reply(status=401), *faults_of("echo", PASSWORD).values())}
    with ground(tmp_path, honest(tls=True, faults=faults)) as here:
        told = here.folder / "told"
        helper = here.folder / "git-helper.sh"
        helper.write_text(
            f"cat >>{told}; echo $1 >>{told}; [ $1 != get ] || printf 'username=dave\\npassword=%s\\n' '{PASSWORD}'\n"
        )
        (here.folder / "home" / ".gitconfig").write_text(f'[credential]\n\thelper = "!sh {helper}"\n')
        done = here.fetch(option, env={"GOAUTH": f"git {here.folder}"})
        assert leaks(here, done, PASSWORD, "dave") == []
        pair = base64.b64encode(f"dave:{PASSWORD}".encode()).decode()
        assert f"Basic {pair}" in saw(here, "authorization")
        assert "get" in told.read_text()
        assert here.live is not None
        assert {"GET", "HEAD"} == {request.method for request in here.live.journal.requests}


def test_a_secret_that_a_command_prints_before_it_hangs_is_never_written(tmp_path: Path) -> None:
    with ground(tmp_path, honest(tls=True)) as here:
        path = here.folder / "slow.sh"
        path.write_text(f"echo 'Authorization: Bearer {TOKEN}'; echo 'token {TOKEN}' >&2; exec sleep 1000\n")
        done = here.fetch("--json", "--patience", "1", env={"GOAUTH": f"sh {path}"})
        assert (done.code, done.json["verdict"]["cause"]) == (1, "config.goauth_failed.stalled")
        assert clean(here, done) == []
