"""The command line: wires the rooms together, no logic of its own."""
