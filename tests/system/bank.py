"""A real tellerd on a folder of its own, spoken to over real sockets.

The programs' folder comes from $TELLER_BIN. Nothing here sleeps for a fixed time: the daemon says
when it is ready, and everything else is asked until it answers.
"""

import http.client
import itertools
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import msgpack
import zmq

BIN = pathlib.Path(os.environ.get("TELLER_BIN", ".build/dev/bin")).resolve()
SHARED = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "data"
TIMEOUT_S = 60


class Reply:
    """An answer of either transport: status, body, and REST's headers."""

    def __init__(self, status, body, headers=None, replayed=False):
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.replayed = replayed

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def code(self):
        return self.body.get("code") if isinstance(self.body, dict) else None

    def __repr__(self):
        return f"<{self.status} {self.body}>"


class Rest:
    """One keep-alive connection."""

    def __init__(self, address, key=None):
        self.address = address
        self.key = key
        self.connection = None

    def send(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.key and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.key}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        if isinstance(body, str):
            body = body.encode()
        if self.connection is None:
            host, port = self.address.rsplit(":", 1)
            self.connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_S)
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        kind = response.headers.get("Content-Type", "")
        parsed = json.loads(raw) if raw and "json" in kind else raw.decode()
        if response.headers.get("Connection", "").lower() == "close":
            self.close()
        replayed = response.headers.get("Idempotent-Replayed") == "true"
        reply = Reply(response.status, parsed, response.headers, replayed)
        reply.raw = raw
        return reply

    def get(self, path, **headers):
        return self.send("GET", path, headers=headers)

    def post(self, path, body, key=None, **headers):
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.send("POST", path, body, headers)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Zmq:
    """One REQ or DEALER socket."""

    ids = itertools.count(1)

    def __init__(self, endpoint, key=None, kind=zmq.REQ):
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVTIMEO, TIMEOUT_S * 1000)
        self.socket.setsockopt(zmq.SNDTIMEO, TIMEOUT_S * 1000)
        self.socket.connect(endpoint)
        self.key = key

    def message(self, op, args=None, key=None):
        message = {"v": 1, "id": next(self.ids), "op": op, "args": args or {}}
        if self.key:
            message["auth"] = self.key
        if key is not None:
            message["key"] = key
        return message

    def ask(self, op, args=None, key=None):
        message = self.message(op, args, key)
        self.socket.send(msgpack.packb(message))
        reply = msgpack.unpackb(self.socket.recv())
        assert reply["v"] == 1 and reply["id"] == message["id"], reply
        return self.reply(reply)

    def raw(self, data):
        self.socket.send(data)
        return msgpack.unpackb(self.socket.recv())

    @staticmethod
    def reply(message):
        if message["ok"]:
            return Reply(200, message["result"], replayed=message["replayed"])
        return Reply(message["error"]["status"], message["error"], replayed=message["replayed"])

    def close(self):
        self.socket.close()


class Bank:
    """A folder and the daemon on it."""

    def __init__(self, *flags, data=None):
        self.temporary = None
        if data is None:
            self.temporary = tempfile.TemporaryDirectory(prefix="teller-")
            data = self.temporary.name + "/bank"
        self.data = pathlib.Path(data)
        self.flags = list(flags)
        self.process = None
        self.clients = []

    def start(self, *flags):
        command = [BIN / "tellerd", "--data", self.data, "--http", "127.0.0.1:0",
                   "--zmq", "tcp://127.0.0.1:*", "--zmq", f"ipc://{self.data}/teller.sock"]
        self.log = open(f"{self.data}.log", "ab")
        self.process = subprocess.Popen([*command, *self.flags, *flags], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        if not line.startswith("ready "):
            self.process.wait()
            raise RuntimeError(f"no ready line but {line!r}; log: {self.log_text()}")
        words = dict(word.split("=", 1) for word in line.split(" ", 3)[1:])
        self.http = words["http"]
        self.zmq = words["zmq"].split(",")
        self.ready_line = line
        return self

    def log_text(self):
        return pathlib.Path(f"{self.data}.log").read_text(errors="replace")

    @property
    def admin_key(self):
        return (self.data / "admin.key").read_text().strip()

    def rest(self, key=None):
        client = Rest(self.http, self.admin_key if key is None else key)
        self.clients.append(client)
        return client

    def zeromq(self, key=None, kind=zmq.REQ, endpoint=0):
        client = Zmq(self.zmq[endpoint], self.admin_key if key is None else key, kind)
        self.clients.append(client)
        return client

    def tool(self, *args, check=True, **kwargs):
        """Runs `tellerd ARGS --data DIR`."""
        result = subprocess.run([BIN / "tellerd", *map(str, args), "--data", self.data],
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
                                **kwargs)
        if check and result.returncode != 0:
            raise RuntimeError(f"{args}: exit {result.returncode}: {result.stderr.decode()}")
        return result

    def disconnect(self):
        for client in self.clients:
            client.close()
        self.clients = []

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.disconnect()
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(TIMEOUT_S)
        self.forget()
        return code

    def kill(self):
        self.disconnect()
        if self.process is not None:
            self.process.kill()
            self.process.wait(TIMEOUT_S)
            self.forget()

    def forget(self):
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def close(self):
        self.kill()
        if self.temporary is not None:
            self.temporary.cleanup()


class BankTest(unittest.TestCase):
    """Each test has a running bank of its own."""

    flags = ()

    def setUp(self):
        self.bank = Bank(*self.flags)
        self.addCleanup(self.bank.close)
        self.bank.start()
        self.rest = self.bank.rest()
        self.zmq = self.bank.zeromq()

    def open_account(self, balance=0, owner="Ada Lovelace", currency="EUR"):
        reply = self.rest.post("/accounts", {"owner": owner, "currency": currency,
                                             "initial_balance": balance})
        self.assertEqual(reply.status, 201, reply)
        return reply.body["account"]

    def balance(self, account):
        reply = self.rest.get(f"/accounts/{account}/balance")
        self.assertEqual(reply.status, 200, reply)
        return reply.body["balance"]

    def assertRefused(self, reply, status, code):
        self.assertEqual((reply.status, reply.code), (status, code), reply)

    def assertSound(self):
        """Stops the daemon in good order and verifies what it left."""
        self.assertEqual(self.bank.stop(), 0, self.bank.log_text())
        self.assertIn(b"sound:", self.bank.tool("verify").stdout)
