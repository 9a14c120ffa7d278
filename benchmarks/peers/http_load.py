"""Posts a file of lines over kept-alive connections, each a process of its own, so that one Python does not limit the server."""
import contextlib
import http.client
import multiprocessing
import pathlib
import threading
import time

from .failures import Failed

BODY_BYTES = 1 << 20
CONNECTIONS = 4


def bodies(path: pathlib.Path, size: int = BODY_BYTES) -> list[tuple[int, int]]:
    """(offset, length) of stretches of whole lines of about `size` bytes, which make up the file."""
    cuts = [0]
    with open(path, "rb") as file:
        end = file.seek(0, 2)
        while cuts[-1] < end:
            file.seek(min(cuts[-1] + size - 1, end))
            file.readline()
            cuts.append(file.tell())
    return [(begin, stop - begin) for begin, stop in zip(cuts, cuts[1:])]


def _send(port, target, content_type, path, stretches, start, results):
    """One connection: waits for every answer before it sends the next body."""
    try:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection, open(path, "rb") as file:
            connection.connect()
            start.wait(30)
            for offset, length in stretches:
                file.seek(offset)
                connection.request("POST", target, file.read(length), {"Content-Type": content_type})
                answer = connection.getresponse()
                said = answer.read()
                if answer.status // 100 != 2:
                    results.put(f"answered {answer.status}: {said[:200].decode(errors='replace')}")
                    return
        results.put(None)
    except Exception as error:  # whatever it is, the other side waits for a word
        results.put(f"{type(error).__name__}: {error}")


def post(port: int, target: str, content_type: str, path: pathlib.Path, limit: float) -> float:
    """Seconds from the first body to the last answer; all must be 2xx. Raises Failed."""
    context = multiprocessing.get_context("fork")
    start, results, cut = context.Barrier(CONNECTIONS + 1), context.Queue(), bodies(path)
    senders = [context.Process(target=_send, args=(port, target, content_type, path, cut[i::CONNECTIONS], start, results), daemon=True)
               for i in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    try:
        start.wait(30)
        began = time.perf_counter()
        for sender in senders:
            sender.join(max(0.0, began + limit - time.perf_counter()))
        seconds = time.perf_counter() - began
        if any(sender.is_alive() for sender in senders):
            raise Failed(f"stopped: the events were not taken within {limit:.0f} s")
        if problem := next((said for _ in senders if (said := results.get(timeout=5))), None):
            raise Failed(problem)
        return seconds
    except threading.BrokenBarrierError:
        raise Failed(f"no connection to the server: {results.get(timeout=5)}") from None
    finally:
        for sender in senders:
            sender.kill()
            sender.join()
