"""The same fetch seen from the wire. Packets come with a later issue; this package keeps their room."""
