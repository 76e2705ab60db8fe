"""What Go would do, as pure functions and tables; each file names the Go file, symbol and release it follows."""
