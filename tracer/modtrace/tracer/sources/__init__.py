"""One kind of GOPROXY entry each: where an operation's bytes come from."""
