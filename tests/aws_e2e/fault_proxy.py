"""A proxy between weir and AWS's stand-in that does what the stand-in never does by itself: it throttles, fails, cuts connections, loses
answers, is slow, damages them, leaves items unprocessed and takes only a part of a batch. Requests pass unaltered, so that their
signatures still hold."""
import collections
import http.client
import http.server
import json
import random
import socket
import threading
import time
import zlib

PARTIAL = {"AmazonSQS.SendMessageBatch", "Kinesis_20131202.PutRecords"}
CONFLICTING = {"DynamoDB_20120810.PutItem", "DynamoDB_20120810.BatchWriteItem"}
RARE = {"partial", "unprocessed"}
UNPROCESSED = "DynamoDB_20120810.BatchWriteItem"
TOO_LATE_SECONDS = 9  # a function waits 8 s for an answer of DynamoDB (src/lambda/function.cpp)


def error(code, message="injected", status=400):
    return status, json.dumps({"__type": f"com.amazonaws.injected#{code}", "message": message}).encode()


class FaultProxy:
    """`choose(target, body)` names the fault of a request by its X-Amz-Target (where a service has none, its path) and its bytes, or
    None. `injected` counts them. Beside FAULTS there is `too_late`: done, and answered when nobody waits any more."""

    FAULTS = ("throttled", "conflict", "error_500", "error_503", "cut_before", "cut_after", "slow", "wrong_crc", "unprocessed", "partial")

    def __init__(self, choose=lambda target, body: None):
        self.choose, self.target_port = choose, None
        self.injected = collections.Counter()
        self.lock = threading.Lock()
        self.connections = set()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def setup(self):
                super().setup()
                with proxy.lock:
                    proxy.connections.add(self.connection)

            def finish(self):
                with proxy.lock:
                    proxy.connections.discard(self.connection)
                super().finish()

            def do_any(self):
                proxy.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def cut_all(self):
        """Closes the connections that are open; how many they were."""
        with self.lock:
            for connection in self.connections:
                connection.shutdown(socket.SHUT_RDWR)
            return len(self.connections)

    def handle(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        target = request.headers.get("X-Amz-Target") or request.path
        with self.lock:
            fault = self.choose(target, body)
            if callable(fault):
                name, fault = fault.__name__, fault
            else:
                name = fault
            if name:
                self.injected[name] += 1
        if callable(fault):
            return self.answer(request, *fault())
        if fault == "cut_before":
            return self.cut(request)
        if fault == "throttled":
            code = "ProvisionedThroughputExceededException" if "SQS" not in target else "RequestThrottled"
            return self.answer(request, *error(code))
        if fault == "conflict":
            return self.answer(request, *error("TransactionConflictException" if target in CONFLICTING else "ThrottlingException"))
        if fault in ("error_500", "error_503"):
            return self.answer(request, *error("InternalServerError", status=int(fault[-3:])))
        if fault == "slow":
            time.sleep(1.0)
        status, headers, data = self.forward(request, body)
        if fault == "cut_after":
            return self.cut(request)
        if fault == "too_late":
            time.sleep(TOO_LATE_SECONDS)
        if status == 200 and fault == "partial":
            data = self.take_back(target, data)
        if status == 200 and fault == "unprocessed":
            data = self.leave_unprocessed(body, data)
        headers = [(n, str(zlib.crc32(data)) if n.lower() == "x-amz-crc32" else v) for n, v in headers]
        if fault == "wrong_crc":
            headers = [(n, v) for n, v in headers if n.lower() != "x-amz-crc32"] + [("x-amz-crc32", "12345")]
        return self.answer(request, status, data, headers)

    def forward(self, request, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=120)
        try:
            connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                if name.lower() not in ("connection", "content-length"):
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            data = answer.read()
            skip = {"connection", "content-length", "transfer-encoding", "keep-alive"}
            return answer.status, [(n, v) for n, v in answer.getheaders() if n.lower() not in skip], data
        finally:
            connection.close()

    @staticmethod
    def take_back(target, data):
        """Says of half of a batch that it was not taken, though it was: what is sent again must not be counted again."""
        answer = json.loads(data)
        if target.startswith("AmazonSQS"):
            taken = answer.get("Successful", [])
            lost, answer["Successful"] = taken[::2], taken[1::2]
            answer["Failed"] = answer.get("Failed", []) + [
                {"Id": e["Id"], "SenderFault": False, "Code": "InternalError", "Message": "injected"} for e in lost]
        else:
            for record in answer["Records"][::2]:
                record.clear()
                record.update(ErrorCode="ProvisionedThroughputExceededException", ErrorMessage="injected")
            answer["FailedRecordCount"] = sum("ErrorCode" in r for r in answer["Records"])
        return json.dumps(answer).encode()

    @staticmethod
    def leave_unprocessed(body, data):
        answer = json.loads(data)
        requests = json.loads(body)["RequestItems"]
        answer["UnprocessedItems"] = {table: items[::3] for table, items in requests.items()}
        return json.dumps(answer).encode()

    @staticmethod
    def answer(request, status, data, headers=()):
        try:
            request.send_response_only(status)
            for name, value in headers or [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", "injected")]:
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(data)
        except OSError:
            pass

    @staticmethod
    def cut(request):
        request.close_connection = True
        try:
            request.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class FirstTries:
    """Faults for the first try of every other request to `targets`, by turns; what is tried again passes. So whoever tries again gets
    all of it done, whatever the seed."""

    def __init__(self, targets, faults):
        self.turns = {target: [f for f in faults if (f != "partial" or target in PARTIAL) and (f != "unprocessed" or target == UNPROCESSED)]
                      for target in targets}
        self.tried, self.spared = set(), set()
        self.injected = collections.Counter()  # by (target, fault)

    def __call__(self, target, body):
        if target not in self.turns or (target, body) in self.tried:
            return None
        self.tried.add((target, body))
        self.spared ^= {target}
        if target not in self.spared:
            return None
        turns = self.turns[target]
        turns.append(turns.pop(0))
        self.injected[target.split(".")[-1], turns[-1]] += 1
        return turns[-1]


class Chaos:
    """`targets`: how probable a fault is, by X-Amz-Target. From a seed; for each target all faults take their turns, those that
    only this target can have first, so that a short run meets them too."""

    def __init__(self, seed, targets, faults):
        self.random, self.targets = random.Random(seed), targets
        self.turns = {target: sorted(self.random.sample(faults, len(faults)), key=lambda fault: fault not in RARE) for target in targets}

    def __call__(self, target, body):
        if self.random.random() >= self.targets.get(target, 0):
            return None
        turns = self.turns[target]
        for position, fault in enumerate(turns):
            if (fault == "partial" and target not in PARTIAL) or (fault == "unprocessed" and target != UNPROCESSED):
                continue
            turns.append(turns.pop(position))
            return fault
        return None
