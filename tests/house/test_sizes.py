"""Files and functions that one person can hold in mind (docs/conventions.md)."""

import ast

from tests.house.tree import ROOT, python_files, tree_of

FILE_LINES = 400
FUNCTION_LINES = 60


def test_no_file_is_over_its_limit() -> None:
    sizes = {str(path): len((ROOT / path).read_text().splitlines()) for path in python_files()}
    assert {path: lines for path, lines in sizes.items() if lines > FILE_LINES} == {}


def test_no_function_is_over_its_limit() -> None:
    over = [
        f"{path}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert over == []
