"""REST among clients that take their time: by the hundred they open connections, send half of what
they should or a byte now and then, do not read what they asked for, and dial again when they are
cut off. Whoever behaves is answered all the same, and whoever is known keeps his connection."""

import http.client
import itertools
import resource
import select
import socket
import threading
import unittest

from bank import BankTest

CROWD = 1500
PATIENCE_S = 15  # not how long it takes, but after how long we call it starved
HEAD = b"POST /accounts/deposit HTTP/1.1\r\nHost: bank\r\nContent-Type: application/json\r\n"
OPENAPI = b"GET /openapi.json HTTP/1.1\r\nHost: bank\r\n\r\n"
ACTS = {  # said at once, and then byte by byte for ever
    "says nothing": (b"", b""),
    "half a head": (HEAD[:40], b""),
    "a head that drips": (HEAD, b"X-Slow: " + b"x" * 4000),
    "a body that drips": (HEAD + b"Content-Length: 9000\r\n\r\n", b" " * 8000),
    "a request, then half a head": (b"GET /livez HTTP/1.1\r\nHost: bank\r\n\r\n" + HEAD, b""),
    "replies that nobody reads": (OPENAPI * 20, b""),
}


class Crowd(threading.Thread):
    """Each says its part and drips; whoever is cut off dials anew, from here to the end."""

    HUNG_UP = select.POLLRDHUP | select.POLLHUP | select.POLLERR

    def __init__(self, address, act):
        super().__init__()
        host, port = address.rsplit(":", 1)
        self.peer = (host, int(port))
        self.first, self.drip = ACTS[act]
        self.poller = select.poll()
        self.peers = {}
        self.full = threading.Event()
        self.stopping = threading.Event()

    def __enter__(self):
        self.start()
        if not self.full.wait(PATIENCE_S):
            raise TimeoutError("the crowd cannot even connect")

    def __exit__(self, *_):
        self.stopping.set()
        self.join()

    def dial(self):
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(self.peer)
        peer.setblocking(False)
        self.peers[peer.fileno()] = peer, iter(self.drip)
        self.poller.register(peer, self.HUNG_UP)
        self.send(peer, self.first)

    @staticmethod
    def send(peer, data):
        try:
            peer.send(data)
        except OSError:
            pass  # no room, or cut off, which the poll will say

    def dial_again(self, fd):
        self.poller.unregister(fd)
        self.peers.pop(fd)[0].close()
        self.dial()

    def run(self):
        for _ in range(CROWD):
            self.dial()
        self.full.set()
        while not self.stopping.wait(0.05):
            for fd, _ in self.poller.poll(0):
                self.dial_again(fd)
            for peer, drip in list(self.peers.values()):
                for byte in itertools.islice(drip, 1):
                    self.send(peer, bytes([byte]))
        for peer, _ in self.peers.values():
            peer.close()


class SlowPeers(BankTest):
    @classmethod
    def setUpClass(cls):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, limit)

    def new_client(self):
        client = self.bank.rest()
        host, port = client.address.rsplit(":", 1)
        client.connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
        return client

    def connection_of(self, client):
        return client.connection.sock.getsockname()

    def test_a_crowd_keeps_nobody_out(self):
        account = self.open_account(100)
        for act in ACTS:
            with self.subTest(act), Crowd(self.bank.http, act):
                for number in range(10):
                    client = self.new_client()
                    reply = client.post("/accounts/deposit", {"account": account, "amount": 1},
                                        f"{act} {number}")
                    self.assertEqual(reply.status, 200, reply)
                    client.close()

    def test_the_known_keep_their_connections(self):
        account = self.open_account(100)
        known = [self.new_client() for _ in range(64)]
        for client in known:
            self.assertEqual(client.get(f"/accounts/{account}").status, 200)
        before = [self.connection_of(client) for client in known]
        with Crowd(self.bank.http, "a head that drips"):
            for client in known * 3:
                reply = client.post("/accounts/deposit", {"account": account, "amount": 1})
                self.assertEqual(reply.status, 200, reply)
        self.assertEqual([self.connection_of(client) for client in known], before)

    def test_half_a_request_is_cut_off(self):
        host, port = self.bank.http.rsplit(":", 1)
        with socket.create_connection((host, int(port)), 60) as peer:
            peer.sendall(HEAD)
            self.assertEqual(peer.recv(1), b"")
        metrics = self.rest.get("/metrics").body
        self.assertRegex(metrics, r"(?m)^teller_rest_late_total [1-9]")


if __name__ == "__main__":
    unittest.main()
