"""This machine's files, environment and clock behind the world's protocol."""

import os
from pathlib import Path

import pytest
import trio

from modtrace.tracer.world import real
from modtrace.tracer.world.interface import Command, World
from modtrace.tracer.world.real import RealWorld


def test_it_is_a_world() -> None:
    world: World = RealWorld({"A": "1"})
    assert world.environ() == {"A": "1"}
    assert world.hostname()


def test_without_one_the_environment_is_this_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODTRACE_TEST", "yes")
    assert RealWorld().environ()["MODTRACE_TEST"] == "yes"


def test_this_processes_pwd_is_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", "/")
    monkeypatch.chdir(tmp_path)
    assert RealWorld().environ()["PWD"] == str(tmp_path)


def test_the_clock_starts_with_the_world_and_never_goes_back() -> None:
    world = RealWorld({})
    moments = [world.now_ns() for _ in range(100)]
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert world.wall_time_s() > 1_700_000_000


def test_a_missing_file_is_none_and_an_unreadable_one_an_error(tmp_path: Path) -> None:
    world = RealWorld({})
    (tmp_path / "file").write_bytes(b"x")
    assert world.read_file(str(tmp_path / "file")) == b"x"
    assert world.read_file(str(tmp_path / "none")) is None
    assert world.read_file(str(tmp_path / "file" / "below")) is None
    with pytest.raises(IsADirectoryError):
        world.read_file(str(tmp_path))


def test_a_file_is_read_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real, "HOST_FILE_BYTES", 10)
    (tmp_path / "file").write_bytes(bytes(100))
    assert RealWorld({}).read_file(str(tmp_path / "file")) == bytes(10)


def test_a_directory_is_listed_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / name).touch()
    world = RealWorld({})
    assert world.list_directory(str(tmp_path)) == ["a", "b", "c"]
    assert world.list_directory(str(tmp_path / "none")) is None
    assert world.list_directory(str(tmp_path / "a")) is None


def test_chance_fills_sixteen_bits() -> None:
    world = RealWorld({})
    drawn = {world.random_u16() for _ in range(200)}
    assert len(drawn) > 150
    assert all(0 <= number < 65536 for number in drawn)


def test_a_directory_is_told_from_a_file_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    world = RealWorld({})
    assert [world.is_directory(str(tmp_path / name)) for name in ("", "link", "file")] == [True, True, False]
    with pytest.raises(FileNotFoundError):
        world.is_directory(str(tmp_path / "none"))


def test_a_program_is_run_in_the_environment_that_it_is_given() -> None:
    command = Command(
        argv=("sh", "-c", "echo $A"),
        environ={"PATH": os.defpath, "A": "1"},
        output_limit_bytes=10,
        stderr_kept_bytes=10,
    )
    end = trio.run(lambda: RealWorld({}).run_command(command, timeout_s=30))
    assert (end.status, end.stdout) == (0, b"1\n")
