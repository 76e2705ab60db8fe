"""A module server at many addresses: ``dial_server.py CHAIN KEY ADDRESS …`` until stdin closes; ``ready`` comes first.

Plain at port 8080, TLS (HTTP/1.1) at port 8443; an address that isn't named here refuses.
"""

import socket
import ssl  # noqa: TID251  # a second opinion, as in the lab: not the TLS that is under test
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from modtrace.lab.modules import Library, hello

PLAIN_PORT, TLS_PORT = 8080, 8443
MODULE = "lab.test/hello@v1.0.0"
LIBRARY = Library(hello())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        said = LIBRARY.get(self.path)
        self.send_response(said.status)
        self.send_header("Content-Type", said.content_type)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silence: what arrived is told by dial_watch.py."""


class HttpServer(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address: str, port: int, context: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.context = context
        super().__init__((address, port), Handler)

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """In the connection's own thread, so that a slow handshake holds up nobody."""
        if self.context is not None:
            request.settimeout(60)
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


if __name__ == "__main__":
    chain, key, *addresses = sys.argv[1:]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Path(chain), Path(key))
    for address in addresses:
        for server in (HttpServer(address, PLAIN_PORT, None), HttpServer(address, TLS_PORT, tls)):
            threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
