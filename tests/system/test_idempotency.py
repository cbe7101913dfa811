"""Keys: one effect however often a command is sent, over both transports and over restarts."""

import threading
import unittest

from bank import BankTest


class Keys(BankTest):
    def test_a_repeat_returns_the_first_outcome_on_either_transport(self):
        body = {"owner": "Ada", "currency": "EUR", "initial_balance": 5}
        first = self.rest.post("/accounts", body, key="open-1")
        again = self.rest.post("/accounts", body, key='"open-1"')
        self.assertEqual((again.status, again.body), (201, first.body))
        self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.assertFalse(first.replayed)
        self.assertTrue(again.replayed)
        other = self.zmq.ask("CreateAccount", body, key="open-1")
        self.assertTrue(other.replayed)
        self.assertEqual(other.body, first.body)
        self.assertEqual(self.rest.get("/accounts").body["total"], 1)

    def test_the_same_key_with_another_request_is_refused_and_changes_nothing(self):
        a = self.open_account(100)
        self.rest.post("/accounts/deposit", {"account": a, "amount": 1}, key="k")
        for path, body in [
            ("/accounts/deposit", {"account": a, "amount": 2}),
            ("/accounts/deposit", {"account": a, "amount": 1, "currency": "EUR"}),
            ("/accounts/deposit", {"account": a, "amount": 1, "expected_version": 4}),
            ("/accounts/deposit", {"account": a, "amount": 1, "reference": "x"}),
            ("/accounts/withdraw", {"account": a, "amount": 1}),
        ]:
            with self.subTest(path=path, body=body):
                self.assertRefused(self.rest.post(path, body, key="k"), 422,
                                   "idempotency_key_reused")
        same = self.rest.post("/accounts/deposit", {"account": a, "amount": 1, "reference": ""},
                              key="k")
        self.assertTrue(same.replayed)
        self.assertEqual(self.balance(a), 101)

    def test_fifty_simultaneous_repeats_have_one_effect_and_equal_answers(self):
        a = self.open_account()
        replies = []
        barrier = threading.Barrier(50)

        def repeat(n):
            client = self.bank.rest() if n % 2 else self.bank.zeromq()
            barrier.wait()
            if n % 2:
                replies.append(client.post("/accounts/deposit", {"account": a, "amount": 70},
                                           key="once"))
            else:
                replies.append(client.ask("DepositMoney", {"account": a, "amount": 70}, "once"))

        threads = [threading.Thread(target=repeat, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(replies), 50)
        self.assertEqual([r.body for r in replies], [replies[0].body] * 50)
        self.assertEqual(sum(not r.replayed for r in replies), 1)
        self.assertEqual(self.balance(a), 70)

    def test_refusals_of_the_bank_are_outcomes_and_stay(self):
        a = self.open_account(10)
        ask = {"account": a, "amount": 50}
        first = self.rest.post("/accounts/withdraw", ask, key="w")
        self.assertRefused(first, 422, "insufficient_funds")
        self.assertEqual((first.body["balance"], first.body["amount"]), (10, 50))
        self.rest.post("/accounts/deposit", {"account": a, "amount": 100})
        again = self.rest.post("/accounts/withdraw", ask, key="w")
        self.assertRefused(again, 422, "insufficient_funds")
        self.assertTrue(again.replayed)
        first.body.pop("request_id"), again.body.pop("request_id")
        self.assertEqual(first.body, again.body)
        self.assertEqual(self.balance(a), 110)
        self.assertEqual(self.rest.get("/outcomes/w").body["state"], "refused")

    def test_malformed_requests_leave_the_key_free(self):
        a = self.open_account()
        bad = self.rest.post("/accounts/deposit", {"account": a, "amount": 1.5}, key="m")
        self.assertRefused(bad, 400, "malformed_request")
        self.assertEqual(self.rest.get("/outcomes/m").body, {"state": "unknown", "outcome": None})
        self.assertTrue(self.rest.post("/accounts/deposit", {"account": a, "amount": 1},
                                       key="m").ok)

    def test_an_abandoned_key_refuses_its_late_command(self):
        a = self.open_account()
        burnt = self.rest.send("POST", "/outcomes/late/abandon")
        self.assertEqual((burnt.status, burnt.body["state"]), (200, "refused"))
        self.assertEqual(burnt.body["outcome"]["code"], "key_abandoned")
        self.assertRefused(self.rest.post("/accounts/deposit", {"account": a, "amount": 1},
                                          key="late"), 422, "key_abandoned")
        self.assertRefused(self.zmq.ask("DepositMoney", {"account": a, "amount": 2}, "late"), 422,
                           "key_abandoned")
        self.rest.post("/accounts/deposit", {"account": a, "amount": 3}, key="done")
        kept = self.zmq.ask("AbandonKey", {"key": "done"})
        self.assertEqual((kept.body["state"], kept.body["outcome"]["amount"]), ("done", 3))

    def test_each_principal_has_its_own_keys(self):
        a = self.open_account()
        other = self.bank.rest(self.bank.tool("keys", "create", "--role", "teller", "--name",
                                              "till-2").stdout.decode().strip())
        for client in (self.rest, other):
            reply = client.post("/accounts/deposit", {"account": a, "amount": 4}, key="same")
            self.assertTrue(reply.ok and not reply.replayed, reply)
        self.assertEqual(self.balance(a), 8)

    def test_keys_are_known_after_a_stop_and_after_a_kill(self):
        a = self.open_account()
        first = self.rest.post("/accounts/deposit", {"account": a, "amount": 4}, key="k1")
        for end in (self.bank.stop, self.bank.kill):
            end()
            self.bank.start()
            self.rest = self.bank.rest()
            again = self.rest.post("/accounts/deposit", {"account": a, "amount": 4}, key="k1")
            self.assertTrue(again.replayed)
            self.assertEqual(again.body, first.body)
        self.assertEqual(self.balance(a), 4)


class RequiredKeys(BankTest):
    flags = ("--require-key",)

    def test_a_command_without_a_key_is_refused(self):
        self.assertRefused(self.rest.post("/accounts", {"owner": "A", "currency": "EUR"}), 400,
                           "key_required")
        self.assertTrue(self.rest.post("/accounts", {"owner": "A", "currency": "EUR"},
                                       key="1").ok)
        self.assertRefused(self.zmq.ask("CreateAccount", {"owner": "A", "currency": "EUR"}), 400,
                           "key_required")


if __name__ == "__main__":
    unittest.main()
