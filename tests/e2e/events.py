"""Times and events as the tests make them, and bodies that need no library."""

import csv
import datetime
import json
import pathlib
import struct
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA_SET = ROOT / "data" / "recommended_fishing_rivers_and_streams.csv"


def now_ms():
    return time.time_ns() // 1_000_000


def rfc3339(ms):
    whole, rest = divmod(ms, 1000)
    return datetime.datetime.fromtimestamp(whole, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:03d}Z"


def parse_ms(text):
    """Epoch milliseconds of an RFC 3339 UTC time with milliseconds."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def event(run, sequence, ts, county="Delaware", **columns):
    record = {"event_id": f"{run}-{sequence:06d}", "ts": ts if isinstance(ts, str) else rfc3339(ts), "County": county}
    record.update(columns)
    return record


def ndjson(events):
    return b"".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for e in events)


def zstd_stored(data, checksum=False):
    """A zstd frame (RFC 8878) of raw blocks: valid, and made without a library."""
    assert not checksum
    out = bytearray(struct.pack("<I", 0xFD2FB528) + bytes([0b1010_0000]) + struct.pack("<I", len(data)))
    blocks = [data[i : i + 131_072] for i in range(0, len(data), 131_072)] or [b""]
    for i, block in enumerate(blocks):
        header = (len(block) << 3) | (0 << 1) | (i == len(blocks) - 1)
        out += struct.pack("<I", header)[:3] + block
    return bytes(out)


def zstd_bomb(output_bytes):
    """A zstd frame of run-length blocks: 4 bytes become 128 KiB of 'a', and the frame does not tell its size."""
    out = bytearray(struct.pack("<I", 0xFD2FB528) + bytes([0b0000_0000, 0x38]))  # window 128 KiB
    blocks = output_bytes // 131_072
    for i in range(blocks):
        header = (131_072 << 3) | (1 << 1) | (i == blocks - 1)
        out += struct.pack("<I", header)[:3] + b"a"
    return bytes(out)


def data_rows():
    """The data set's rows as Python's csv module reads them, keyed by column."""
    with open(DATA_SET, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
