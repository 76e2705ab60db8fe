"""Slash-separated paths as Go cleans and joins them: Go 1.26 path/path.go, Clean and Join (filepath's on Unix too)."""


def clean(path: str) -> str:
    """The shortest equivalent path: no empty, ``.`` or inner ``..`` element; ``.`` for nothing at all."""
    is_rooted = path.startswith("/")
    kept: list[str] = []
    for element in path.split("/"):
        if element in ("", "."):
            continue
        if element != "..":
            kept.append(element)
        elif kept and kept[-1] != "..":
            kept.pop()
        elif not is_rooted:
            kept.append("..")
    return ("/" if is_rooted else "") + "/".join(kept) or "."


def join(*elements: str) -> str:
    """The non-empty elements with slashes between them, cleaned; empty when there is none."""
    kept = [element for element in elements if element]
    return clean("/".join(kept)) if kept else ""
