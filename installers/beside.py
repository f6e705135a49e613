"""Runs a command beside a server on this computer that speaks as a provider does and lists one model.

    beside.py PORT MODEL COMMAND …

Ends as the command does. In a network namespace of its own nothing is up yet, not even the way to oneself.
Standard library only.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1  # Linux: SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP


def main(port: int, model: str, command: list[str]) -> int:
    with suppress(OSError):  # it is up, or not ours to bring up
        bring_loopback_up()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"object": "list", "data": [{"id": model, "object": "model"}]}).encode()
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            return subprocess.run(command, check=False).returncode
        finally:
            server.shutdown()


def bring_loopback_up() -> None:
    if sys.platform != "linux":
        return
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, _GET_FLAGS, asked), 16)
        if not flags & _UP:
            fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
