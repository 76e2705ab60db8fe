"""Trace and packet facts become findings, findings become one verdict. Pure, and re-runnable on an old trace."""
