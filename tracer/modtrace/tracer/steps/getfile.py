"""``file://`` sources, which cmd/go reads by the same ``web.Get``.

Go 1.26 cmd/go/internal/web/http.go getFile, web/url.go urlToFilePath, web/url_other.go convertFileURLPath.
"""

from urllib.parse import unquote, urlsplit

from modtrace.gorules.redirects import redacted
from modtrace.record.causes import Cause
from modtrace.record.failures import Failure, StepFailed
from modtrace.tracer.steps.connect import go_errno_text
from modtrace.tracer.world.interface import World


def get_file(world: World, url: str) -> bytes:
    """The file behind ``url``; raises :class:`StepFailed` in the words of ``web.Get``."""
    path = _path_of(url)
    try:
        content = world.read_file(path)
    except PermissionError as error:
        raise _failed(f"reading {redacted(url)}: permission denied", "http.forbidden") from error
    except IsADirectoryError as error:
        raise _failed(f"read {path}: is a directory", "http.malformed", stage="body") from error
    except OSError as error:
        raise _failed(f"open {path}: {go_errno_text(error)}", "http.malformed") from error
    if content is None:
        raise _failed(f"reading {redacted(url)}: no such file or directory", "http.not_found", missing=True)
    return content


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    if not parts.path:
        raise _failed("file URL missing path", "config.goproxy_invalid")
    if parts.netloc not in ("", "localhost"):
        raise _failed("file URL specifies non-local host", "config.goproxy_invalid")
    path = unquote(parts.path)
    if not path.startswith("/"):
        raise _failed("path is not absolute", "config.goproxy_invalid")
    return path


def _failed(go_text: str, cause: Cause, *, missing: bool = False, stage: str = "status") -> StepFailed:
    return StepFailed(
        Failure(
            cause=cause,
            side="local",
            text=go_text,
            go_text=go_text,
            is_not_exist=missing,
            details={"stage": stage},
        )
    )
