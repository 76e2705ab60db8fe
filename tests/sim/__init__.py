"""Simulated worlds for tests: no socket, no clock, no file of this machine."""
