"""HTTP as a client speaks it, and bytes as nobody should send them."""

import contextlib
import http.client
import json
import re
import socket


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The last word of the problem's type."""
        return self.json["type"].rsplit(":", 1)[-1]

    def expect(self, status):
        if self.status != status:
            raise AssertionError(f"expected {status}, got {self}")
        return self

    def __str__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:2000]!r}"


def request(port, method, path, body=None, headers=None, timeout=120.0):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def raw(port, data, timeout=60.0, finish_writing=False):
    """Sends bytes as they are; returns everything that came back until the peer closed or nothing came for `timeout`."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        received = bytearray()
        with contextlib.suppress(ConnectionError):  # a refusal may close while we still write
            s.sendall(data)
            if finish_writing:
                s.shutdown(socket.SHUT_WR)
        closed = False
        with contextlib.suppress(TimeoutError):
            while True:
                try:
                    piece = s.recv(65536)
                except ConnectionError:
                    closed = True
                    break
                if not piece:
                    closed = True
                    break
                received += piece
        return RawAnswer(bytes(received), closed)


class RawAnswer:
    def __init__(self, data, closed):
        self.data, self.closed = data, closed

    @property
    def statuses(self):
        return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.data)]

    def __str__(self):
        return f"statuses {self.statuses}, closed {self.closed}: {self.data[:600]!r}"
