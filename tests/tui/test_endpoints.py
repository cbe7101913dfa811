"""The webhook screen: health, deliveries, attempts, retry; for an admin's key only."""

import pathlib
import socket
import unittest

from terminal import ConsoleTest


class Webhooks(ConsoleTest):
    flags = ("--webhook-allow", "127.0.0.0/8", "--webhook-schedule", "0s,0.1s")

    def setUp(self):
        super().setUp()
        # A port that stays taken and never listens: every attempt is refused.
        self.port = socket.socket()
        self.addCleanup(self.port.close)
        self.port.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.port.getsockname()[1]}/hook"

    def hook(self):
        reply = self.rest.post("/webhooks", {"url": self.url})
        self.assertEqual(reply.status, 201, reply)
        return reply.body["id"]

    def test_a_dead_delivery_is_seen_with_its_attempts_and_retried(self):
        self.hook()
        self.rest.post("/accounts/deposit", {"account": self.zoe, "amount": 100})
        console = self.ready_console()
        console.keys("Enter")
        console.wait("w Webhooks")
        console.keys("=w")
        console.wait("WEBHOOKS", self.url, "failing", "1 dead", "Sends BalanceUpdated")
        console.keys("Enter")
        console.wait("DELIVERIES", "dead", "BalanceUpdated")
        console.keys("Enter")
        console.wait("dead · ", " ms")
        console.keys("Escape", "=r")
        console.wait("In line again: 1")
        console.keys("Escape", "=t")
        console.wait("Test: NOT delivered")

    def test_a_bank_without_webhooks_says_so(self):
        console = self.ready_console()
        console.keys("Enter")
        console.wait("w Webhooks")
        console.keys("=w")
        console.wait("There are none")
        self.hook()
        console.keys("F5")
        console.wait(self.url, "active")

    def test_a_tellers_key_is_not_offered_what_it_may_not_do(self):
        made = self.bank.tool("keys", "create", "--role", "teller", "--name", "till")
        file = pathlib.Path(self.state.name) / "key"
        file.write_text(made.stdout.decode().split()[-1] + "\n")
        console = self.ready_console("--data", self.bank.data, "--key-file", file)
        console.keys("Enter", "=w")
        self.assertNotIn("ebhooks", console.screen())
        self.assertNotIn("WEBHOOKS", console.screen())


if __name__ == "__main__":
    unittest.main()
