"""Runs inside a namespace and does what it is told, one JSON line in, one JSON line out.

Measured programs are its direct children, so that neither ``ip netns exec`` nor a shell is part of any figure.
Standard library only: it is started by path, with ``python -I``.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

Json = dict[str, object]
RUNNING: "list[subprocess.Popen[bytes]]" = []


def spawn(order: dict[str, object]) -> "subprocess.Popen[bytes]":
    """The ordered program, its output to the ordered files."""
    argv, env = order["argv"], order["env"]
    assert isinstance(argv, list)
    assert isinstance(env, dict)
    with open(str(order["stdout"]), "wb") as out, open(str(order["stderr"]), "wb") as err:
        process = subprocess.Popen(
            argv, env=env, cwd=str(order["cwd"]), stdin=subprocess.DEVNULL, stdout=out, stderr=err, process_group=0
        )
    RUNNING[:] = [process]
    return process


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The program and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run(order: Json) -> Json:
    """Wall and CPU seconds, peak resident memory and exit status of one run."""
    begin = time.perf_counter()
    process = spawn(order)
    timer = threading.Timer(float(str(order["timeout_s"])), kill, [process])
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "rss_bytes": usage.ru_maxrss * 1024,
        "exit": process.returncode,
    }


def first_packet(order: Json) -> Json:
    """Seconds from the program's start to its first packet: a DNS query to this namespace's own port 53."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        server.settimeout(float(str(order["timeout_s"])))
        begin = time.perf_counter()
        process = spawn(order)
        try:
            server.recvfrom(2048)
            return {"wall_s": time.perf_counter() - begin, "exit": 0}
        except TimeoutError:
            return {"wall_s": 0.0, "exit": -1}
        finally:
            kill(process)
            process.wait()


def connect(order: Json) -> Json:
    """Seconds of one TCP connect: the line's real round trip."""
    for _ in range(100):
        begin = time.perf_counter()
        try:
            with socket.create_connection((str(order["host"]), 443), timeout=float(str(order["timeout_s"]))):
                return {"wall_s": time.perf_counter() - begin, "exit": 0}
        except ConnectionRefusedError:  # the server is starting
            time.sleep(0.05)
    return {"wall_s": 0.0, "exit": -1}


ACTS = {"run": run, "first_packet": first_packet, "connect": connect}


def stop(*_: object) -> None:
    """End, and take the measured program along."""
    for process in RUNNING:
        if process.returncode is None:
            kill(process)
    os._exit(1)  # the timer's thread would hold an ordinary exit up


def main() -> None:
    """Until standard input ends."""
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for text in sys.stdin:
        order = json.loads(text)
        sys.stdout.write(json.dumps(ACTS[order["act"]](order)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
