#!/usr/bin/env python3
"""Follows the counts as they change: server-sent events, each a whole snapshot. A lost connection is made again."""

import argparse
import json
import sys
import time

import requests

SILENCE = 10  # seconds; the server says something every 3


def snapshots(session, url, top):
    """Every snapshot, for ever."""
    while True:
        try:
            with session.get(f"{url}/v1/live", params={"top": top}, stream=True, timeout=(10, SILENCE)) as answer:
                answer.raise_for_status()
                event = "message"
                for line in answer.iter_lines(chunk_size=1):
                    if line.startswith(b"event: "):
                        event = line[7:].decode()
                    elif line.startswith(b"data: ") and event == "window":
                        yield json.loads(line[6:])
        except requests.HTTPError as error:
            if error.response.status_code < 500:
                raise
            print(f"{error}; again in a second", file=sys.stderr)
        except requests.RequestException as error:
            print(f"{type(error).__name__}; again in a second", file=sys.stderr)
        time.sleep(1)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--token-file")
    options.add_argument("--top", type=int, default=5)
    options.add_argument("--count", type=int, default=0, help="end after so many snapshots")
    given = options.parse_args()

    session = requests.Session()
    if given.token_file:
        with open(given.token_file) as file:
            session.headers["Authorization"] = f"Bearer {file.read().strip()}"
    for number, snapshot in enumerate(snapshots(session, given.url, given.top), start=1):
        row = snapshot["row"]
        leaders = ", ".join(f"{key} {count}" for key, count in sorted(row["counts"].items(), key=lambda item: -item[1]))
        print(f"{row['window_end']}  {row['total']} events  {leaders}", flush=True)
        if number == given.count:
            break


if __name__ == "__main__":
    main()
