"""The only sockets, clocks and host files of the tracer."""
