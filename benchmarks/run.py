"""Measures modtrace beside go and curl, and prints each ratio with its goal.

``python benchmarks/run.py [--quick] [--rounds N] [--rows small,tenmb,…]``; needs root. All traffic stays in
two network namespaces that this run makes and removes again.
"""

import argparse
import importlib.util
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)
if importlib.util.find_spec("modtrace") is None:
    sys.exit("the benchmark runs in the project's environment: .venv/bin/python benchmarks/run.py")

from benchmarks.bench import bench, missing  # noqa: E402 - the path above must stand first
from benchmarks.place import RunFailed  # noqa: E402
from benchmarks.report import markdown  # noqa: E402
from benchmarks.rows import ROWS, Section  # noqa: E402

PAGE = ROOT / "docs" / "benchmarks.md"
RTT_MS = 100.0


def interrupt(*_: object) -> None:
    """SIGTERM ends the run as Ctrl-C does, so that namespaces go."""
    raise KeyboardInterrupt


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds per row (9)")
    parser.add_argument("--quick", action="store_true", help="3 rounds, for a look; docs/benchmarks.md stays as it is")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"of {','.join(ROWS)}; fewer than all write no page")
    parser.add_argument("--rtt", type=float, default=RTT_MS, metavar="MS", help="the line's round trip (100)")
    return parser.parse_args()


def main() -> int:
    """0 when everything was measured; goals that fall short are named, not failed."""
    chosen = options()
    lacks = missing()
    if lacks:
        print(f"the benchmark needs: {', '.join(lacks)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupt)
    names = chosen.rows.split(",")
    sections: list[Section] = []
    failed = False
    with bench(chosen.rtt, 3 if chosen.quick else chosen.rounds) as setting:
        for name in names:
            print(f"measuring: {name}", file=sys.stderr)
            try:
                sections.append(ROWS[name](setting))
            except RunFailed as exc:
                failed = True
                sections.append(Section([], [f"{name}: not measured: {str(exc).splitlines()[0]}"]))
                print(exc, file=sys.stderr)
        page = markdown(sections, setting.rtt_s, setting.rounds)
    print(page, end="")
    if names == list(ROWS) and not chosen.quick and not failed:
        PAGE.write_text(page)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
