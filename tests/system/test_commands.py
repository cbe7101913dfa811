"""The commands and queries over both transports, as a client's programmer would use them."""

import unittest

import msgpack
import zmq

from bank import BankTest


class Commands(BankTest):
    def test_an_account_is_opened_and_found_at_its_location(self):
        made = self.rest.post("/accounts", {"owner": "Zoë González", "currency": "EUR",
                                            "initial_balance": 120000})
        self.assertEqual(made.status, 201)
        self.assertEqual(list(made.body), ["account", "owner", "currency", "balance", "status",
                                           "version", "opened_at", "position"])
        self.assertEqual(made.headers["Location"], f"/accounts/{made.body['account']}")
        found = self.rest.get(made.headers["Location"])
        self.assertEqual(found.body, made.body)
        self.assertEqual(found.headers["ETag"], '"2"')
        unchanged = self.rest.get(made.headers["Location"], **{"If-None-Match": '"2"'})
        self.assertEqual(unchanged.status, 304)

    def test_the_four_commands_answer_as_the_contract_says(self):
        a = self.open_account(1000)
        b = self.open_account()
        put = self.rest.post("/accounts/deposit", {"account": a, "amount": 500,
                                                   "reference": "Café Zoë 日本"})
        self.assertEqual(put.body, {"type": "MoneyDeposited", "position": 4,
                                    "at": put.body["at"], "account": a, "amount": 500,
                                    "currency": "EUR", "balance": 1500, "version": 4,
                                    "reference": "Café Zoë 日本"})
        taken = self.zmq.ask("WithdrawMoney", {"account": a, "amount": 200})
        self.assertEqual((taken.body["balance"], taken.body["version"], taken.body["reference"]),
                         (1300, 6, ""))
        moved = self.rest.post("/accounts/transfer", {"from": a, "to": b, "amount": 300})
        self.assertEqual(moved.body, {"type": "MoneyTransferred", "position": 8,
                                      "at": moved.body["at"],
                                      "from": {"account": a, "balance": 1000, "version": 8},
                                      "to": {"account": b, "balance": 300, "version": 3},
                                      "amount": 300, "currency": "EUR", "reference": ""})
        self.assertRegex(moved.body["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertSound()

    def test_both_transports_give_the_same_answers(self):
        a = self.open_account(1000)
        b = self.open_account(50)
        self.rest.post("/accounts/transfer", {"from": a, "to": b, "amount": 300})
        month = self.rest.get(f"/accounts/{a}").body["opened_at"][:7]
        day = self.rest.get(f"/accounts/{a}").body["opened_at"][:10]
        pairs = [
            ("GetAccount", {"account": a}, f"/accounts/{a}"),
            ("ListAccounts", {"limit": 1}, "/accounts?limit=1"),
            ("ListAccounts", {"search": "ada"}, "/accounts?search=ada"),
            ("GetTransactionHistory", {"account": a, "types": ["MoneyTransferred"]},
             f"/accounts/{a}/history?types=MoneyTransferred"),
            ("GetTransactionHistory", {"account": a, "limit": 2}, f"/accounts/{a}/history?limit=2"),
            ("GetBalanceSeries", {"account": a, "from": day, "to": day},
             f"/accounts/{a}/balance/series?from={day}&to={day}"),
            ("ListStatements", {"account": a}, f"/accounts/{a}/statements"),
            ("GetStatement", {"account": a, "month": month}, f"/accounts/{a}/statements/{month}"),
        ]
        for op, args, path in pairs:
            with self.subTest(op=op, path=path):
                rest = self.rest.get(path)
                self.assertEqual(rest.status, 200, rest)
                self.assertEqual(rest.body, self.zmq.ask(op, args).body)

    def test_a_batch_runs_in_order_and_an_atomic_one_wholly_or_not_at_all(self):
        a, b = self.open_account(100), self.open_account()
        commands = [{"op": "WithdrawMoney", "key": "w1", "args": {"account": a, "amount": 100}},
                    {"op": "WithdrawMoney", "args": {"account": a, "amount": 1}},
                    {"op": "DepositMoney", "args": {"account": b, "amount": 7}}]
        loose = self.rest.post("/batch", {"commands": commands})
        self.assertEqual([r["ok"] for r in loose.body["results"]], [True, False, True])
        self.assertEqual(loose.body["results"][1]["error"]["code"], "insufficient_funds")
        again = self.zmq.ask("Batch", {"commands": commands[:1]})
        self.assertTrue(again.body["results"][0]["replayed"])
        self.assertEqual(again.body["results"][0]["result"], loose.body["results"][0]["result"])
        atomic = self.rest.post("/batch", {"atomic": True, "commands": [
            {"op": "DepositMoney", "key": "d1", "args": {"account": a, "amount": 5}},
            {"op": "WithdrawMoney", "key": "d2", "args": {"account": a, "amount": 6}}]})
        self.assertEqual([r["error"]["code"] for r in atomic.body["results"]],
                         ["batch_aborted", "insufficient_funds"])
        self.assertEqual((self.balance(a), self.balance(b)), (0, 7))
        self.assertEqual(self.rest.get("/outcomes/d1").body["state"], "unknown")
        self.assertSound()

    def test_a_query_sees_every_acknowledged_command_at_once(self):
        a = self.open_account()
        for n in range(1, 300):
            door, other = (self.rest, self.zmq) if n % 2 else (self.zmq, self.rest)
            if door is self.rest:
                version = self.rest.post("/accounts/deposit",
                                         {"account": a, "amount": 1}).body["version"]
                seen = self.zmq.ask("GetBalance", {"account": a}).body
            else:
                version = self.zmq.ask("DepositMoney", {"account": a, "amount": 1}).body["version"]
                seen = self.rest.get(f"/accounts/{a}/balance").body
            self.assertEqual((seen["balance"], seen["version"]), (n, version))

    def test_the_change_feed_wakes_when_there_is_news(self):
        a = self.open_account()
        feed = self.bank.zeromq(kind=zmq.DEALER)
        ask = feed.message("GetChanges", {"after": 1, "limit": 10, "wait_ms": 30000})
        feed.socket.send_multipart([b"", msgpack.packb(ask)])
        self.rest.post("/accounts/deposit", {"account": a, "amount": 9})
        reply = msgpack.unpackb(feed.socket.recv_multipart()[1])
        events = reply["result"]["data"]
        self.assertEqual([(e["position"], e["type"]) for e in events],
                         [(2, "MoneyDeposited"), (3, "BalanceUpdated")])
        self.assertEqual(events[1], {"position": 3, "type": "BalanceUpdated",
                                     "at": events[1]["at"], "actor": "admin", "channel": "rest",
                                     "account": a, "version": 3, "currency": "EUR", "balance": 9,
                                     "change": 9, "cause": 2})

    def test_a_dealer_may_have_many_requests_in_flight(self):
        a = self.open_account()
        dealer = self.bank.zeromq(kind=zmq.DEALER)
        asked = [dealer.message("DepositMoney", {"account": a, "amount": 1}) for _ in range(500)]
        for message in asked:
            dealer.socket.send_multipart([b"", msgpack.packb(message)])
        answered = [msgpack.unpackb(dealer.socket.recv_multipart()[1]) for _ in asked]
        self.assertEqual(sorted(m["id"] for m in answered), [m["id"] for m in asked])
        self.assertTrue(all(m["ok"] for m in answered))
        self.assertEqual(self.balance(a), 500)

    def test_the_month_statement_adds_up(self):
        a = self.open_account(1000)
        self.rest.post("/accounts/withdraw", {"account": a, "amount": 250, "reference": "Rent"})
        month = self.rest.get(f"/accounts/{a}").body["opened_at"][:7]
        s = self.rest.get(f"/accounts/{a}/statements/{month}").body
        self.assertEqual(s["opening_balance"] + s["credits"]["total"] - s["debits"]["total"],
                         s["closing_balance"])
        self.assertEqual([(line["type"], line["change"], line["balance"]) for line in s["lines"]],
                         [("AccountCreated", 1000, 1000), ("MoneyWithdrawn", -250, 750)])
        self.assertFalse(s["final"])
        csv = self.rest.get(f"/accounts/{a}/statements/{month}", Accept="text/csv")
        self.assertIn("text/csv", csv.headers["Content-Type"])
        self.assertIn("-2.50", csv.body)
        text = self.rest.get(f"/accounts/{a}/statements/{month}", Accept="text/plain")
        self.assertIn("Rent", text.body)


if __name__ == "__main__":
    unittest.main()
