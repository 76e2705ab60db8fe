"""Measured claims: ``python benchmarks/run.py``."""
