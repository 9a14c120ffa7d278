"""Ports of loopback that nobody takes away between being found and being used."""

import socket

HELD = []  # sockets, as long as the test runs


def free_port():
    """A port of this process alone until it ends. A socket that does not listen stays bound to it: with SO_REUSEADDR on both, Linux lets
    a server listen there, gives the port to nobody who asks for any, and lets no client that finds nobody there connect to itself."""
    s = socket.socket()
    HELD.append(s)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    return s.getsockname()[1]
