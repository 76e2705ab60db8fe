"""The acts: one fetch, phase by phase. ``fetch.py`` tells the story; this package alone touches the network."""
