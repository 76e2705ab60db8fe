"""One follow-up experiment each, made while the fetch waits in silence and only with ``--probe auto``."""
