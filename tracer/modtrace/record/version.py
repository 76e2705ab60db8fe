"""The version, in one place: pyproject.toml reads it from here. Importing it is free, so ``--version`` is fast."""

VERSION = "0.1.0"
