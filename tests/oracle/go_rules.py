"""Go's own path.Match and net/url as a program that answers questions, one JSON line each."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROGRAM = """package main

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"path"
)

func main() {
	writer := bufio.NewWriter(os.Stdout)
	defer writer.Flush()
	decoder, encoder := json.NewDecoder(os.Stdin), json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	for {
		var ask []string
		if decoder.Decode(&ask) != nil {
			return
		}
		said := map[string]any{}
		var u *url.URL
		var err error
		switch ask[0] {
		case "match":
			said["match"], err = path.Match(ask[1], ask[2])
		case "url":
			u, err = url.Parse(ask[1])
		case "request":
			u, err = url.ParseRequestURI(ask[1])
		case "reference":
			base, problem := url.Parse(ask[1])
			if problem != nil {
				panic(problem)
			}
			u, err = base.Parse(ask[2])
		}
		if err != nil {
			said["error"] = err.Error()
		} else if u != nil {
			said["text"], said["redacted"], said["target"] = u.String(), u.Redacted(), u.RequestURI()
			said["host"], said["hostname"], said["port"] = u.Host, u.Hostname(), u.Port()
			said["path"], said["user"] = u.EscapedPath(), u.User.Username()
		}
		encoder.Encode(said)
	}
}
"""


def environment(room: Path) -> dict[str, str]:
    """A home, caches and settings of its own; nothing is ever downloaded."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(room),
        "GOCACHE": str(room / "cache"),
        "GOPATH": str(room / "path"),
        "GOENV": "off",
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
    }


class GoRules:
    """The built program."""

    def __init__(self, go_tool: str, room: Path) -> None:
        (room / "main.go").write_text(PROGRAM)
        (room / "go.mod").write_text("module oracle\n\ngo 1.26\n")
        build = [go_tool, "build", "-o", "oracle", "."]
        subprocess.run(build, cwd=room, env=environment(room), check=True, capture_output=True)
        self._program = room / "oracle"

    def answers(self, questions: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
        """One answer per question: ``(kind, argument, …)``."""
        asked = "\n".join(map(json.dumps, questions))
        done = subprocess.run([self._program], input=asked, capture_output=True, text=True, env={}, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]
