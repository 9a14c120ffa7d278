#!/usr/bin/env python3
"""Sends the rows of a CSV file as events, exactly once.

Two things make it safe to send again after anything: each event has an event_id of its own (RUN-NUMBER), and each batch
an Idempotency-Key under which it is sent on every try. Run it again with the same --run after it was killed: what was
stored is not stored twice.
"""

import argparse
import csv
import datetime
import itertools
import json
import random
import sys
import time

import requests

TRY_AGAIN = {408, 429, 500, 502, 503, 504}


def post_batch(session, url, batch_id, events, patience):
    """One batch, until it is acknowledged; the server's verdict."""
    body = "".join(json.dumps(event) + "\n" for event in events).encode()
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": batch_id}
    deadline = time.monotonic() + patience
    for attempt in itertools.count():
        wait = random.uniform(0, min(30.0, 0.2 * 2**attempt))  # full jitter
        try:
            answer = session.post(f"{url}/v1/events", data=body, headers=headers, timeout=30)
            if answer.status_code in (200, 422):  # 422: some rows are no events, and are kept as dead letters
                return answer.json()
            if answer.status_code not in TRY_AGAIN:
                sys.exit(f"{batch_id}: {answer.status_code} {answer.text}")
            wait = max(wait, float(answer.headers.get("Retry-After", 0)))
            why = str(answer.status_code)
        except requests.RequestException as error:  # it may have been stored or not: sending it again is safe
            why = type(error).__name__
        if time.monotonic() + wait > deadline:
            sys.exit(f"{batch_id}: given up after {patience} s: {why}")
        print(f"{batch_id}: {why}, again in {wait:.1f} s", file=sys.stderr)
        time.sleep(wait)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("file")
    options.add_argument("--url", default="http://127.0.0.1:8080")
    options.add_argument("--token-file")
    options.add_argument("--run", default=f"py{int(time.time())}", help="the beginning of every event_id")
    options.add_argument("--start", help="the time of the events, in RFC 3339; default: now")
    options.add_argument("--batch", type=int, default=500)
    options.add_argument("--patience", type=float, default=60.0, help="seconds to go on trying a batch")
    given = options.parse_args()

    session = requests.Session()
    if given.token_file:
        with open(given.token_file) as file:
            session.headers["Authorization"] = f"Bearer {file.read().strip()}"
    # The same run must send the same bytes again, so give --start to repeat one.
    start = given.start or datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    totals = {"received": 0, "stored": 0, "duplicates": 0, "rejected": 0}
    with open(given.file, newline="") as file:
        rows = enumerate(csv.DictReader(file), start=1)
        for number in itertools.count(1):
            events = [{"event_id": f"{given.run}-{n:06}", "ts": start, **row} for n, row in itertools.islice(rows, given.batch)]
            if not events:
                break
            verdict = post_batch(session, given.url, f"{given.run}-b{number}", events, given.patience)
            for name in totals:
                totals[name] += verdict[name]
    print(json.dumps({"run": given.run, **totals}))


if __name__ == "__main__":
    main()
