"""RocksDB's write-ahead log, as far as a test must alter one: blocks of 32 KiB, records of
`crc32c (masked, 4) | length (2) | type (1) | payload`, the checksum over type and payload
(RocksDB wiki, "Write Ahead Log File Format")."""

import pathlib
import struct

BLOCK = 32 * 1024
HEADER = 7


def make_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


TABLE = make_table()


def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """(offset, length of the payload) of every record."""
    at = 0
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if kind == 0 and length == 0:
            return
        yield at, length
        at += HEADER + length


def replace_in_log(folder, old, new):
    """Replaces `old` by `new`, of equal length, in the one record of all logs that holds it, and sets its checksum right."""
    assert len(old) == len(new)
    changed = 0
    for log in pathlib.Path(folder).rglob("*.log"):
        data = bytearray(log.read_bytes())
        for at, length in list(records(data)):
            body = slice(at + HEADER - 1, at + HEADER + length)
            if old in data[body]:
                assert struct.unpack_from("<I", data, at)[0] == masked_crc32c(data[body]), "the checksum is not what we think it is"
                data[body] = data[body].replace(old, new)
                struct.pack_into("<I", data, at, masked_crc32c(data[body]))
                changed += 1
        log.write_bytes(data)
    assert changed == 1, f"{changed} records hold {old!r}"
