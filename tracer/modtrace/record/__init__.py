"""The nouns of modtrace: causes, failures, phases, spans, events, the trace, redaction. No I/O, no clock."""
