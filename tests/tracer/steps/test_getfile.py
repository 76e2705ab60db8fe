"""file:// sources in go's words."""

import errno
from typing import cast

import pytest

from modtrace.record.failures import StepFailed
from modtrace.tracer.steps.getfile import get_file
from modtrace.tracer.world.interface import World


class _Files:
    """Only the method that get_file uses."""

    def read_file(self, path: str) -> bytes | None:
        errors = {
            "/locked": PermissionError(errno.EACCES, "Permission denied"),
            "/folder": IsADirectoryError(errno.EISDIR, "Is a directory"),
            "/broken": OSError(errno.EIO, "Input/output error"),
        }
        if path in errors:
            raise errors[path]
        return {"/a b": b"data"}.get(path)


WORLD = cast("World", _Files())


def test_a_file_is_read_by_its_unescaped_path() -> None:
    assert get_file(WORLD, "file:///a%20b") == b"data"
    assert get_file(WORLD, "file://localhost/a%20b") == b"data"


@pytest.mark.parametrize(
    ("url", "text", "missing"),
    [
        ("file:///none", "reading file:///none: no such file or directory", True),
        ("file:///locked", "reading file:///locked: permission denied", False),
        ("file:///folder", "read /folder: is a directory", False),
        ("file:///broken", "open /broken: input/output error", False),
        ("file://far.test/x", "file URL specifies non-local host", False),
        ("file://", "file URL missing path", False),
    ],
)
def test_failures_are_in_gos_words(url: str, text: str, missing: bool) -> None:
    with pytest.raises(StepFailed) as caught:
        get_file(WORLD, url)
    assert (caught.value.failure.go_text, caught.value.failure.is_not_exist) == (text, missing)
