"""Answers every request that the store function makes to DynamoDB with success and keeps nothing, so that the function is measured and
no emulator of a database. It says its port and what it has answered:
    GET /requests -> {"BatchWriteItem": 40, "items": 1000, …}"""
import collections
import json
import socketserver
import threading

counted, lock = collections.Counter(), threading.Lock()


class Handler(socketserver.StreamRequestHandler):
    """HTTP/1.1 with kept connections and known lengths, and no more than that."""
    disable_nagle_algorithm = True

    def handle(self):
        while True:
            request = self.rfile.readline().split()
            if len(request) < 3:
                return
            target, length = "", 0
            while (line := self.rfile.readline().strip()):
                name, _, value = line.partition(b":")
                name = name.lower()
                if name == b"content-length":
                    length = int(value)
                elif name == b"x-amz-target":
                    target = value.strip().decode().split(".")[-1]
            body = self.rfile.read(length)
            answer = json.dumps(counted).encode() if request[0] == b"GET" else self.answer(target, body)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: 1\r\nContent-Length: %d\r\n\r\n"
                             % len(answer) + answer)

    @staticmethod
    def answer(target, body):
        with lock:
            counted[target] += 1
            counted["items"] += body.count(b'"PutRequest"')
        if target == "BatchWriteItem":
            return b'{"UnprocessedItems":{}}'
        if target == "Query":
            return b'{"Items":[],"Count":0,"ScannedCount":0}'
        return b"{}"


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
