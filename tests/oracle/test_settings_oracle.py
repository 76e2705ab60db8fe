"""settings.py and envfile.py against ``go env -json``."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.oracle.go_rules import environment

from modtrace.gorules.envfile import parse_env_file, user_env_file
from modtrace.gorules.settings import resolve_settings

pytestmark = pytest.mark.oracle

NAMES = (
    "GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS", "GOFLAGS",
    "GOTOOLCHAIN", "GO111MODULE", "GOPATH", "GOMODCACHE", "GODEBUG",
)  # fmt: skip
ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {},
    {"GOPROXY": ""},
    {"GOPROXY": "off"},
    {"GOPRIVATE": "a.test"},
    {"GOPRIVATE": "a.test", "GONOPROXY": "b.test"},
    {"GOPRIVATE": "a.test", "GONOSUMDB": "none"},
    {"GOAUTH": "off"},
    {"GOAUTH": ""},
    {"GOPATH": "/x:/y"},
    {"GOPATH": "/x/"},
    {"GOMODCACHE": "/c"},
    {"GODEBUG": "http2client=0"},
    {"GOTOOLCHAIN": "local"},
    {"GO111MODULE": "on"},
    {"GOSUMDB": "off"},
    {"GOVCS": "*:all"},
    {"GOINSECURE": "*"},
)
FILES = (
    b"",
    b"GOPROXY=direct\nGOPROXY=off\n",
    b"GOPROXY=\nGOAUTH=\nGOSUMDB=\n",
    b"GOPRIVATE=f.test\r\nGOPATH=/f/\n",
    b"# c\n GOPROXY=off\ngoproxy=x\nGODEBUG=netdns=go\nGOAUTH=netrc;off\nGOMODCACHE=/m",
    b"GONOPROXY=\nGOPRIVATE=q.test\n",
)


@pytest.fixture(scope="module")
def goroot_file(go_tool: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The toolchain's own go.env."""
    environ = environment(tmp_path_factory.mktemp("goroot"))
    command = [go_tool, "env", "GOROOT"]
    root = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()
    return parse_env_file((Path(root) / "go.env").read_bytes(), is_goroot_file=True)


@pytest.mark.parametrize("file", FILES)
def test_the_settings_in_force_are_gos(file: bytes, go_tool: str, goroot_file: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / ".config" / "go" / "env"
    place.parent.mkdir(parents=True)
    place.write_bytes(file)
    base = {name: value for name, value in environment(tmp_path).items() if name in ("PATH", "HOME", "GOCACHE")}
    for more in ENVIRONMENTS:
        environ = {**base, **more}
        command = [go_tool, "env", "-json", *NAMES]
        done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert user_env_file(environ) == str(place)
        settings = resolve_settings(environ, parse_env_file(file), goroot_file)
        assert {name: settings.value(name) for name in NAMES} == json.loads(done.stdout), more
