"""Findings become pages. Pure: no network, no clock."""
