"""PINs and sessions: the whole story of a customer at a machine, over both transports."""

import threading
import unittest

from bank import Bank, BankTest


def leaves(tree):
    """Every value of a reply that is no object and no array."""
    if isinstance(tree, (dict, list)):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from leaves(branch)
    else:
        yield tree


class Sessions(BankTest):
    def setUp(self):
        super().setUp()
        self.zoe = self.open_account(1000, "Zoë González")
        self.bob = self.open_account(500, "Bob")
        self.atm_key = self.create_key("atm", "lobby")
        self.atm = self.bank.rest(self.atm_key)
        self.atm_zmq = self.bank.zeromq(self.atm_key)

    def create_key(self, role, name):
        return self.rest.post("/keys", {"role": role, "name": name}).body["key"]

    def set_pin(self, account, pin):
        reply = self.rest.send("PUT", f"/accounts/{account}/pin", {"pin": pin})
        self.assertEqual((reply.status, reply.raw), (204, b""), reply)

    def open_session(self, account, pin):
        return self.atm.post("/sessions", {"account": account, "pin": pin})

    def sign_in(self, account, pin):
        """Clients of either transport, on one session."""
        reply = self.open_session(account, pin)
        self.assertEqual(reply.status, 201, reply)
        self.assertEqual(list(reply.body), ["token", "account", "expires_at"])
        self.assertEqual(reply.body["account"], account)
        self.assertRegex(reply.body["token"], r"^ts_[A-Za-z0-9_-]{43}$")
        return self.bank.rest(reply.body["token"]), self.bank.zeromq(reply.body["token"])

    def test_the_story_of_a_customer(self):
        self.set_pin(self.zoe, "4711")
        rest, zmq = self.sign_in(self.zoe, "4711")
        self.assertEqual(rest.get(f"/accounts/{self.zoe}").body["owner"], "Zoë González")
        self.assertEqual(zmq.ask("GetBalance", {"account": self.zoe}).body["balance"], 1000)
        out = rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 100}, key="w-1")
        self.assertEqual((out.status, out.body["balance"]), (200, 900))
        again = zmq.ask("WithdrawMoney", {"account": self.zoe, "amount": 100}, key="w-1")
        self.assertTrue(again.replayed)
        self.assertEqual(again.body, out.body)
        put = zmq.ask("DepositMoney", {"account": self.zoe, "amount": 50})
        self.assertEqual(put.body["balance"], 950)
        transfer = {"from": self.zoe, "to": self.bob, "amount": 150}
        for reply in (rest.post("/accounts/transfer", transfer, key="t-1"),
                      zmq.ask("TransferMoney", transfer, key="t-1")):
            self.assertEqual(reply.body["to"], {"account": self.bob})
            self.assertEqual(reply.body["from"]["balance"], 800)
        history = rest.get(f"/accounts/{self.zoe}/history?limit=2")
        self.assertEqual(len(history.body["data"]), 2)
        self.assertEqual(history.body["data"][1]["actor"], f"customer:{self.zoe}@lobby")
        following = rest.get(history.body["next"])
        self.assertEqual(following.status, 200)
        self.assertNotIn(650, [*leaves(history.body), *leaves(following.body)])  # Bob's balance
        self.assertIn(800, [*leaves(history.body)])
        month = history.body["data"][0]["at"][:7]
        statement = rest.get(f"/accounts/{self.zoe}/statements/{month}", Accept="text/plain")
        self.assertIn("8.00", statement.body)
        self.assertEqual(rest.get(f"/accounts/{self.zoe}/statements").status, 200)
        self.assertEqual(zmq.ask("GetStatement", {"account": self.zoe, "month": month}).status, 200)

        self.assertEqual(rest.send("DELETE", "/sessions/current").status, 204)
        reply = zmq.ask("GetBalance", {"account": self.zoe})
        self.assertRefused(reply, 401, "unauthenticated")
        gone = rest.get(f"/accounts/{self.zoe}")
        self.assertRefused(gone, 401, "unauthenticated")
        self.assertEqual(gone.headers["WWW-Authenticate"], "Bearer")
        self.assertSound()

    def test_a_session_is_for_one_account_and_tells_nothing_of_others(self):
        self.set_pin(self.zoe, "4711")
        rest, zmq = self.sign_in(self.zoe, "4711")
        nobody = "9999999999"
        for tail in ("", "/balance", "/balance/series?from=2026-01-01&to=2026-01-02", "/history",
                     "/statements", "/statements/2026-01"):
            with self.subTest(tail=tail):
                answers = [rest.get(f"/accounts/{a}{tail}") for a in (self.bob, nobody)]
                for answer in answers:
                    self.assertRefused(answer, 403, "forbidden")
                    answer.body.pop("request_id")
                self.assertEqual(answers[0].body, answers[1].body)
        for path, body in (("/accounts/deposit", {"account": self.bob, "amount": 1}),
                           ("/accounts/withdraw", {"account": self.bob, "amount": 1}),
                           ("/accounts/transfer", {"from": self.bob, "to": self.zoe, "amount": 1}),
                           ("/accounts", {"owner": "E", "currency": "EUR"}),
                           ("/batch", {"commands": [{"op": "DepositMoney", "args": {
                               "account": self.zoe, "amount": 1}}]}),
                           ("/sessions", {"account": self.zoe, "pin": "4711"}),
                           ("/keys", {"role": "admin", "name": "eve"}),
                           ("/outcomes/k/abandon", {"account": self.zoe})):
            with self.subTest(path=path):
                self.assertRefused(rest.post(path, body), 403, "forbidden")
        for path in ("/accounts", "/keys", "/outcomes/k", f"/outcomes/k?account={self.zoe}"):
            with self.subTest(path=path):
                self.assertRefused(rest.get(path), 403, "forbidden")
        self.assertRefused(zmq.ask("GetChanges", {"after": 0}), 403, "forbidden")
        pin = rest.send("PUT", f"/accounts/{self.zoe}/pin", {"pin": "1111"})
        self.assertRefused(pin, 403, "forbidden")
        self.assertEqual((self.balance(self.zoe), self.balance(self.bob)), (1000, 500))

    def test_a_machine_may_let_customers_in_and_nothing_else(self):
        self.set_pin(self.zoe, "4711")
        for reply in (self.atm.get(f"/accounts/{self.zoe}"), self.atm.get("/accounts"),
                      self.atm.post("/accounts/deposit", {"account": self.zoe, "amount": 1}),
                      self.atm.send("PUT", f"/accounts/{self.zoe}/pin", {"pin": "1111"}),
                      self.atm.send("DELETE", "/sessions/current"),
                      self.atm_zmq.ask("GetChanges", {"after": 0})):
            self.assertRefused(reply, 403, "forbidden")
        rest, _ = self.sign_in(self.zoe, "4711")
        rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 7}, key="w-1")
        found = self.atm.get(f"/outcomes/w-1?account={self.zoe}")
        self.assertEqual((found.body["state"], found.body["outcome"]["amount"]), ("done", 7))
        same = self.atm_zmq.ask("GetOutcome", {"key": "w-1", "account": self.zoe})
        self.assertEqual(same.body, found.body)
        other = self.atm.get(f"/outcomes/w-1?account={self.bob}")
        self.assertEqual(other.body["state"], "unknown")
        burnt = self.atm.post("/outcomes/w-2/abandon", {"account": self.zoe})
        self.assertEqual(burnt.body["outcome"]["code"], "key_abandoned")
        late = rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 7}, key="w-2")
        self.assertRefused(late, 422, "key_abandoned")
        self.assertRefused(self.atm.get("/outcomes/w-1"), 400, "invalid_parameter")
        self.assertRefused(self.atm.post("/outcomes/w-1/abandon", {}), 400, "malformed_request")
        self.assertEqual(self.balance(self.zoe), 993)

    def test_three_wrong_pins_lock_it_and_a_crash_does_not_help(self):
        self.set_pin(self.zoe, "4711")
        for transport in range(2):
            wrong = {"account": self.zoe, "pin": "0000"}
            reply = (self.atm_zmq.ask("OpenSession", wrong) if transport
                     else self.atm.post("/sessions", wrong))
            self.assertRefused(reply, 401, "wrong_pin")
        self.bank.kill()
        self.bank.start()
        self.rest, self.atm = self.bank.rest(), self.bank.rest(self.atm_key)
        self.assertRefused(self.open_session(self.zoe, "0000"), 401, "wrong_pin")
        self.assertRefused(self.open_session(self.zoe, "4711"), 403, "pin_locked")
        self.bank.kill()
        self.bank.start()
        self.rest, self.atm = self.bank.rest(), self.bank.rest(self.atm_key)
        self.assertRefused(self.open_session(self.zoe, "4711"), 403, "pin_locked")
        self.assertRefused(self.open_session(self.bob, "4711"), 401, "wrong_pin")
        self.assertRefused(self.open_session("9999999999", "4711"), 401, "wrong_pin")
        self.set_pin(self.zoe, "1234")
        self.assertRefused(self.open_session(self.zoe, "4711"), 401, "wrong_pin")
        self.assertEqual(self.open_session(self.zoe, "1234").status, 201)

    def test_guesses_in_a_crowd_are_three(self):
        self.set_pin(self.zoe, "4711")
        codes = []

        def guess(key):
            client = self.bank.rest(key)
            for pin in ("0000", "1111", "2222"):
                codes.append(client.post("/sessions", {"account": self.zoe, "pin": pin}).code)

        threads = [threading.Thread(target=guess, args=(self.atm_key,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((codes.count("wrong_pin"), codes.count("pin_locked")), (3, 21), codes)

    def test_a_new_pin_and_a_revoked_machine_end_sessions(self):
        self.set_pin(self.zoe, "4711")
        rest, _ = self.sign_in(self.zoe, "4711")
        self.set_pin(self.zoe, "4712")
        self.assertRefused(rest.get(f"/accounts/{self.zoe}"), 401, "unauthenticated")
        rest, _ = self.sign_in(self.zoe, "4712")
        self.assertEqual(rest.get(f"/accounts/{self.zoe}").status, 200)
        self.bank.tool("keys", "revoke", "lobby")
        self.assertRefused(rest.get(f"/accounts/{self.zoe}"), 401, "unauthenticated")
        self.assertRefused(self.open_session(self.zoe, "4712"), 401, "unauthenticated")

    def test_bad_pins_are_refused_without_being_repeated(self):
        for pin in ("123", "123456789", "12a4", "１２３４", "", 1234, None):
            with self.subTest(pin=pin):
                put = self.rest.send("PUT", f"/accounts/{self.zoe}/pin", {"pin": pin})
                self.assertRefused(put, 400, "malformed_request")
                self.assertEqual(put.body["errors"][0]["pointer"], "#/pin")
                del put.body["request_id"]  # chance may put any three digits there
                if isinstance(pin, str) and pin:
                    self.assertNotIn(pin, "\n".join(map(str, leaves(put.body))))
                asked = self.atm_zmq.ask("OpenSession", {"account": self.zoe, "pin": pin})
                self.assertRefused(asked, 400, "malformed_request")
        nobody = self.rest.send("PUT", "/accounts/9999999999/pin", {"pin": "1234"})
        self.assertRefused(nobody, 404, "account_not_found")
        twice = self.rest.send("PUT", f"/accounts/{self.zoe}/pin",
                               {"account": self.zoe, "pin": "1234"})
        self.assertRefused(twice, 400, "malformed_request")

    def test_a_pin_is_written_nowhere(self):
        self.bank.stop()
        self.bank.start("--log-level", "debug")
        self.rest, self.atm = self.bank.rest(), self.bank.rest(self.atm_key)
        pins = ("73519264", "62518473", "84736251")
        self.set_pin(self.zoe, pins[0])
        tokens = [self.open_session(self.zoe, pin).body.get("token") for pin in pins]
        self.assertTrue(tokens[0])
        customer = self.bank.rest(tokens[0])
        customer.post("/accounts/deposit", {"account": self.zoe, "amount": 5})
        self.rest.send("PUT", f"/accounts/{self.zoe}/pin", {"pin": pins[2] + "x"})
        metrics = self.rest.get("/metrics").body
        self.assertIn("teller_sessions 1\n", metrics)
        told = {"metrics": metrics.encode(), "log": self.bank.log_text().encode()}
        told |= {path.name: path.read_bytes() for path in self.bank.data.iterdir()
                 if path.is_file()}
        self.assertIn(b"$argon2id$", told["registry.db"] + told.get("registry.db-wal", b""))
        for name, data in told.items():
            for secret in (*pins, tokens[0]):
                self.assertNotIn(secret.encode(), data, name)
        self.bank.stop()
        self.assertNotIn(b"argon2", self.bank.tool("export").stdout)
        for path in self.bank.data.iterdir():
            if path.is_file():
                for pin in pins:
                    self.assertNotIn(pin.encode(), path.read_bytes(), path)


class OpenBank(unittest.TestCase):
    def test_a_session_is_honoured_where_nobody_needs_a_key(self):
        bank = Bank("--open")
        self.addCleanup(bank.close)
        bank.start()
        rest = bank.rest("")
        rest.key = None
        numbers = [rest.post("/accounts", {"owner": "A", "currency": "EUR"}).body["account"]
                   for _ in range(2)]
        self.assertEqual(rest.send("PUT", f"/accounts/{numbers[0]}/pin", {"pin": "1234"}).status,
                         204)
        token = rest.post("/sessions", {"account": numbers[0], "pin": "1234"}).body["token"]
        customer = bank.rest(token)
        self.assertEqual(customer.get(f"/accounts/{numbers[0]}").status, 200)
        self.assertEqual(customer.get(f"/accounts/{numbers[1]}").status, 403)
        self.assertEqual(customer.send("DELETE", "/sessions/current").status, 204)
        self.assertEqual(customer.get(f"/accounts/{numbers[1]}").status, 401)
        self.assertEqual(rest.get(f"/accounts/{numbers[1]}").status, 200)


if __name__ == "__main__":
    unittest.main()
