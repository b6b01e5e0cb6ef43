"""A model server on loopback that lists its models as vLLM does, in a thread of its own.

Its answer has the form of https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer


class _Models(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"object": "list", "data": [{"id": "qwen3", "owned_by": "vllm"}]}'
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing on stderr, which tests read."""


@contextmanager
def model_server(ports: Sequence[int] = (0,)) -> Generator[int]:
    """Serve at the first of `ports` that is free, and yield it."""
    for port in ports:
        with suppress(OSError), HTTPServer(("127.0.0.1", port), _Models) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield server.server_port
            finally:
                server.shutdown()
                thread.join()
            return
    raise RuntimeError(f"none of {ports} is free")
