"""The store function's work as a careful Python program does it: the yardstick of benchmarks/aws/run.py, and part of no product.

The same messages, the same items in the layout `rows`: marker, raw events, counts and the batch's line of the ledger. Left out is what
would only cost Python more: dead letters, duplicate names within a JSON object, retries of a batch, the minute index."""
import base64
import collections
import datetime
import gzip
import hashlib
import json
import os
import zlib

import boto3
import botocore.config

TABLE = os.environ["WEIR_EVENTS_TABLE"]
GROUP_BY = os.environ.get("WEIR_GROUP_BY", "County")
SHARDS = int(os.environ.get("WEIR_SHARDS", "4"))
RETENTION_SECONDS = 8 * 24 * 3600
PANE_MS = 10_000
ITEMS_A_REQUEST = 25

# What AWS recommends for functions: made once, outside of the handler.
dynamodb = boto3.client("dynamodb", config=botocore.config.Config(retries={"max_attempts": 4, "mode": "standard"}))


def read_message(record):
    """(batch id, lines)"""
    body = record["body"]
    if not body.startswith('{"weir":'):
        return record["messageId"], body.splitlines()
    envelope, body = body.split("\n", 1)
    envelope = json.loads(envelope)
    if envelope.get("content_encoding") == "gzip":
        body = gzip.decompress(base64.b64decode(body)).decode()
    return envelope["batch_id"], body.splitlines()


def put_all(items):
    for start in range(0, len(items), ITEMS_A_REQUEST):
        request = {TABLE: [{"PutRequest": {"Item": item}} for item in items[start:start + ITEMS_A_REQUEST]]}
        while request:
            request = dynamodb.batch_write_item(RequestItems=request).get("UnprocessedItems")


def store(batch_id, lines, received_at):
    expires = {"N": str(received_at // 1000 + RETENTION_SECONDS)}
    content = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": f"B#{batch_id}"}, "sk": {"S": "B"}, "content": {"S": content},
                                             "received_at": {"S": str(received_at)}, "expires": expires},
                      ConditionExpression="attribute_not_exists(pk)")
    shard = zlib.crc32(batch_id.encode()) % SHARDS
    items, seen = [], set()
    counts = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for line in lines:
        event = json.loads(line)
        event_id, ts, key = event["event_id"], event["ts"], event.get(GROUP_BY) or "(blank)"
        if event_id in seen:
            continue
        seen.add(event_id)
        when = datetime.datetime.fromisoformat(ts)
        minute = ts[:16]
        counts[minute][(when.second * 1000 + when.microsecond // 1000) // PANE_MS * PANE_MS][key] += 1
        items.append({"pk": {"S": f"E#{minute}#{shard}"}, "sk": {"S": f"{ts}#{event_id}#{batch_id}"}, "line": {"S": line},
                      "key": {"S": key}, "expires": expires})
    put_all(items)
    deltas = []
    for minute, panes in counts.items():
        keys = sorted({key for pane in panes.values() for key in pane})
        index = {key: number for number, key in enumerate(keys)}
        text = {"keys": keys, "panes": [[pane, 0, *(n for key, count in of_pane.items() for n in (index[key], count))]
                                        for pane, of_pane in panes.items()]}
        deltas.append({"pk": {"S": f"D#{minute}"}, "sk": {"S": batch_id}, "counts": {"S": json.dumps(text, separators=(",", ":"))},
                       "received": {"N": str(len(lines))}, "stored": {"N": str(len(items))}, "expires": expires})
    put_all(deltas)


def handler(event, _):
    failures = []
    for record in event["Records"]:
        try:
            batch_id, lines = read_message(record)
            store(batch_id, lines, int(record["attributes"]["SentTimestamp"]))
        except (ValueError, KeyError):
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
