"""A proxy that changes requests after they were signed, and remembers what the server said to each."""
import collections

from fault_proxy import FaultProxy

Answer = collections.namedtuple("Answer", "target path status body")


class Sent:
    """A request on its way, to be changed in place."""

    def __init__(self, request, body):
        self.command, self.path, self.body = request.command, request.path, body
        self.headers = dict(request.headers.items())


class AlteringProxy(FaultProxy):
    """`alter(sent)` changes a request; `answers` are those of the server since the last `forget`."""

    def __init__(self):
        super().__init__()
        self.alter, self.answers = None, []

    def forget(self):
        self.alter, self.answers = None, []

    def forward(self, request, body):
        sent = Sent(request, body)
        if self.alter:
            self.alter(sent)
        status, headers, data = super().forward(sent, sent.body)
        with self.lock:
            self.answers.append(Answer(request.headers.get("X-Amz-Target", ""), sent.path, status, data))
        return status, headers, data
