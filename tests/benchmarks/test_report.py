"""benchmarks/report.py: each ratio beside its goal."""

from benchmarks.report import cells
from benchmarks.rows import Row


def test_a_row_within_its_goal_says_ok() -> None:
    assert cells(Row("wall", "1 ms", "go 1 ms", 1.04, 1.15)) == "| wall | 1 ms | go 1 ms | 1.04 × | ≤ 1.15 × | ok |"


def test_a_row_over_its_goal_is_named_as_short() -> None:
    assert cells(Row("wall", "2 ms", "go 1 ms", 2.0, 1.15)).endswith("| **short** |")


def test_a_goal_can_be_a_floor() -> None:
    assert cells(Row("speed", "300", "", 300, 250, "MB/s", at_least=True)).endswith("| 300 MB/s | ≥ 250 MB/s | ok |")
