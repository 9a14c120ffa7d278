"""What schemathesis has to be told of this interface: how bodies of lines are written, and which of all the times that are
well formed something is known of. Nothing that is wrong is made right, so that what must be refused still must be."""

import hashlib
import json
import re
import time

import schemathesis

TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8}([.][0-9]{1,9})?([Zz]|[+]00:00)|-?[0-9]{1,14}")
LATEST = 253_402_300_799_999


def digest(value):
    return int.from_bytes(hashlib.sha256(repr(value).encode()).digest()[:4], "big")


def known(value):
    """Three of four well-formed times become a second of the last minute; what is no time stays as it is."""
    text = str(value)
    if isinstance(value, bool) or not TIME.fullmatch(text) or digest(text) % 4 == 0:
        return value
    if text.lstrip("-").isdigit() and abs(int(text)) > LATEST:
        return value
    return str((int(time.time()) - digest(text) % 60) * 1000)


@schemathesis.serializer("application/x-ndjson", "text/csv")
def lines(context, value):
    """Any text is a body; every other one is made the key of an event, so that some are stored."""
    if isinstance(value, bytes):
        return value
    media = context.case.media_type
    if media == "application/x-ndjson" and digest(value) % 2:
        value = json.dumps({"event_id": f"f-{digest(value)}", "ts": int(time.time() * 1000), "County": str(value)}) + "\n"
    return str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def map_query(_context, query):
    if not query:
        return query
    times = {name: known(value) for name, value in query.items() if name in ("from", "to", "at")}
    if set(times) >= {"from", "to"} and all(str(times[n]).isdigit() for n in ("from", "to")) and int(times["from"]) > int(times["to"]):
        times["from"], times["to"] = times["to"], times["from"]
    return {**query, **times}


@schemathesis.hook
def map_path_parameters(_context, parameters):
    return {name: known(value) if name in ("end", "window_end") else value for name, value in (parameters or {}).items()}
