#!/usr/bin/env python3
"""A receiver for `weir serve --webhook`: checks each signature and prints the newest form of every row.

`verify` is all that a receiver of yours needs; the rest is the standard library's HTTP server.
"""

import argparse
import base64
import hashlib
import hmac
import http.server
import json
import time

TOLERANCE = 300  # seconds: an older delivery may be a recorded one, sent again by somebody else


def verify(secret, headers, body, now=None):
    """Raises ValueError unless `body` (bytes, as they came) was signed with `secret` (whsec_…): Standard Webhooks 1.0."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    name, sent, given = (headers.get(f"webhook-{part}") or "" for part in ("id", "timestamp", "signature"))
    if not sent.isdigit() or abs((time.time() if now is None else now) - int(sent)) > TOLERANCE:
        raise ValueError("the delivery is too old, or has no time")
    mac = hmac.new(key, f"{name}.{sent}.".encode() + body, hashlib.sha256)
    expected = "v1," + base64.b64encode(mac.digest()).decode()
    # Several signatures, separated by spaces, while a secret is changed.
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given.split(" ")):
        raise ValueError("the signature is wrong")


class Receiver(http.server.BaseHTTPRequestHandler):
    secret = ""
    newest = {}  # of each window: (revision, final). A database in a receiver that must not forget

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            verify(self.secret, self.headers, body)
        except ValueError as error:
            self.send_error(401, str(error))
            return
        row = json.loads(body)["data"]
        form = (row["revision"], row["final"])
        # A row may come twice, and an older form after a newer one.
        if form > self.newest.get(row["window_end"], (-1, False)):
            self.newest[row["window_end"]] = form
            print(f"{row['window_end']}  {row['total']} events, revision {row['revision']}{', final' if row['final'] else ''}", flush=True)
        self.send_response(204)  # only now: what is acknowledged does not come again
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--secret-file", required=True)
    options.add_argument("--port", type=int, default=9000)
    given = options.parse_args()
    with open(given.secret_file) as file:
        Receiver.secret = file.read().strip()
    with http.server.ThreadingHTTPServer(("127.0.0.1", given.port), Receiver) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
