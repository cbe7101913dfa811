"""Hostile input: every bad request earns the error of the contract and changes nothing."""

import re
import socket
import unittest

import msgpack
import zmq

from bank import BankTest

BIG = 2**53


class BadInput(BankTest):
    def setUp(self):
        super().setUp()
        self.a = self.open_account(1000)
        self.b = self.open_account(1000)
        self.yen = self.open_account(1000, currency="JPY")
        self.missing = "1999999988"

    def everything(self):
        return self.zmq.ask("GetChanges", {"after": 0, "limit": 1000, "wait_ms": 0}).body["data"]

    def test_amounts(self):
        before = self.everything()
        cases = [("10", "malformed_request"), (10.0, "malformed_request"),
                 (True, "malformed_request"), (None, "malformed_request"),
                 ([1], "malformed_request"), ({}, "malformed_request"), (-1, "invalid_amount"),
                 (0, "invalid_amount"), (BIG, "invalid_amount"), (2**63 - 1, "invalid_amount"),
                 (2**63, "invalid_amount"), (2**64 - 1, "invalid_amount"),
                 (-2**63, "invalid_amount")]
        for amount, code in cases:
            for path, op, args in [
                ("/accounts/deposit", "DepositMoney", {"account": self.a}),
                ("/accounts/withdraw", "WithdrawMoney", {"account": self.a}),
                ("/accounts/transfer", "TransferMoney", {"from": self.a, "to": self.b}),
            ]:
                with self.subTest(amount=amount, op=op):
                    body = {**args, "amount": amount}
                    rest = self.rest.post(path, body, key="bad")
                    self.assertRefused(rest, 400, code)
                    self.assertEqual(rest.body["errors"][0]["pointer"], "#/amount")
                    self.assertRefused(self.zmq.ask(op, body, "bad"), 400, code)
        for text in ("1e2", "10.0", "1E2", "1e400", "9" * 400, "-0.0", "0x10", "01", "+1", "NaN"):
            with self.subTest(text=text):
                raw = '{"account":"%s","amount":%s}' % (self.a, text)
                reply = self.rest.post("/accounts/deposit", raw)
                self.assertEqual(reply.status, 400, reply)
                self.assertEqual(reply.code, "invalid_amount" if text == "9" * 400
                                 else "malformed_request")
        self.assertEqual(self.everything(), before)

    def test_accounts_and_currencies(self):
        before = self.everything()
        for account, status, code in [
            ("", 400, "invalid_account"), ("123", 400, "invalid_account"),
            (self.a[:-1] + str((int(self.a[-1]) + 1) % 10), 400, "invalid_account"),
            (self.a + " ", 400, "invalid_account"), (f"{self.a[:5]} {self.a[5:]}", 400,
                                                     "invalid_account"),
            ("١٢٣٤٥٦٧٨٩٠", 400, "invalid_account"), ("0000000000", 400, "invalid_account"),
            (int(self.a), 400, "malformed_request"), (self.missing, 404, "account_not_found"),
        ]:
            with self.subTest(account=account):
                body = {"account": account, "amount": 1}
                self.assertRefused(self.rest.post("/accounts/deposit", body), status, code)
                self.assertRefused(self.zmq.ask("DepositMoney", body), status, code)
                self.assertRefused(self.zmq.ask("GetBalance", {"account": account}), status, code)
        transfers = [
            ({"from": self.a, "to": self.a, "amount": 1}, 422, "same_account"),
            ({"from": self.missing, "to": self.missing, "amount": 1}, 422, "same_account"),
            ({"from": self.a, "to": self.missing, "amount": 1}, 404, "account_not_found"),
            ({"from": self.a, "to": self.yen, "amount": 1}, 422, "currency_mismatch"),
            ({"from": self.a, "to": self.b, "amount": 1, "currency": "JPY"}, 422,
             "currency_mismatch"),
            ({"from": self.a, "to": self.b, "amount": 1, "currency": "eur"}, 400,
             "invalid_currency"),
            ({"from": self.a, "to": self.b, "amount": 1, "currency": "XYZ"}, 400,
             "invalid_currency"),
            ({"from": self.a, "to": self.b, "amount": 1, "expected_version": 7}, 409,
             "version_conflict"),
            ({"from": self.a, "to": self.b, "amount": 1001}, 422, "insufficient_funds"),
        ]
        for body, status, code in transfers:
            with self.subTest(body=body):
                self.assertRefused(self.rest.post("/accounts/transfer", body), status, code)
                self.assertRefused(self.zmq.ask("TransferMoney", body), status, code)
        self.assertEqual(self.everything(), before)

    def test_fields(self):
        before = self.everything()
        good = '"account":"%s","amount":5' % self.a
        for raw in ("", "{", "[]", "null", "5", '"x"', "{%s,}" % good, "{%s}{}" % good,
                    "{%s} x" % good, '{%s,"amount":5}' % good, '{%s,"extra":1}' % good,
                    '{"amount":5}', '{"account":"%s"}' % self.a, '{%s,"reference":7}' % good,
                    '{%s,"reference":"%s"}' % (good, "x" * 141), '{%s,"reference":null}' % good,
                    '{%s,"expected_version":-1}' % good, '{%s,"expected_version":"3"}' % good,
                    '{%s,"reference":"\\u0000"}' % good, "[" * 100000,
                    '{"a":' * 5000 + "1" + "}" * 5000):
            with self.subTest(raw=raw[:60]):
                self.assertRefused(self.rest.post("/accounts/deposit", raw), 400,
                                   "malformed_request")
        bad_utf8 = b'{%s,"reference":"\xff\xfe"}' % good.encode()
        self.assertRefused(self.rest.post("/accounts/deposit", bad_utf8), 400,
                           "malformed_request")
        for owner in ("", "x" * 141):
            self.assertRefused(self.rest.post("/accounts", {"owner": owner, "currency": "EUR"}),
                               400, "malformed_request")
        self.assertEqual(self.everything(), before)
        self.assertTrue(self.rest.post("/accounts/deposit", {
            "account": self.a, "amount": 5, "reference": "ž" * 140}).ok)

    def test_keys(self):
        before = self.everything()
        body = {"account": self.a, "amount": 1}
        for key in ("", '""', "x" * 256, "x" * 10240, "tab\there", "é"):
            with self.subTest(key=key[:20]):
                if len(key) < 5000:
                    self.assertRefused(self.rest.post("/accounts/deposit", body,
                                                      key=key.encode()), 400, "invalid_key")
                self.assertRefused(self.zmq.ask("DepositMoney", body, key), 400, "invalid_key") \
                    if key != '""' else None
        long = self.rest.post("/accounts/deposit", body, key="x" * 10240)
        self.assertIn((long.status, long.code if long.body else None),
                      [(400, "invalid_key"), (431, "headers_too_large")])
        self.assertRefused(self.zmq.ask("DepositMoney", body, 7), 400, "malformed_request")
        self.assertEqual(self.everything(), before)
        self.assertTrue(self.zmq.ask("DepositMoney", body, "x" * 255).ok)

    def test_a_bad_key_is_forgotten_with_its_request(self):
        for key in (b'"', b"x" * 256):
            poison = self.bank.rest(key="")
            self.assertEqual(poison.get("/livez", **{"Idempotency-Key": key}).status, 200)
            for client in (poison, self.bank.rest(), self.rest):
                client.key = self.bank.admin_key
                reply = client.post("/accounts/deposit", {"account": self.a, "amount": 1})
                self.assertEqual(reply.status, 200, reply)

    def test_paths_methods_and_media(self):
        for method, path, status, code in [
            ("GET", "/nothing", 404, "not_found"), ("GET", "/", 404, "not_found"),
            ("GET", "/accounts/deposit", 405, "method_not_allowed"),
            ("PUT", "/accounts", 405, "method_not_allowed"),
            ("DELETE", f"/accounts/{self.a}", 405, "method_not_allowed"),
            ("GET", f"/accounts/{self.a}/statements/2026-13", 400, "invalid_parameter"),
            ("GET", f"/accounts/{self.a}/statements/1999-01", 404, "statement_not_found"),
            ("GET", f"/accounts/{self.a}/statements/9000-01", 404, "statement_not_found"),
            ("GET", f"/accounts/{self.a}/balance?at=yesterday", 400, "invalid_parameter"),
            ("GET", f"/accounts/{self.a}/balance?at=9000-01-01T00:00:00Z", 400,
             "invalid_parameter"),
            ("GET", f"/accounts/{self.a}/balance?at=1999-01-01T00:00:00Z", 404,
             "account_not_found"),
            ("GET", "/accounts?limit=0", 400, "invalid_parameter"),
            ("GET", "/accounts?limit=1001", 400, "invalid_parameter"),
            ("GET", "/accounts?limit=ten", 400, "invalid_parameter"),
            ("GET", "/accounts?colour=red", 400, "invalid_parameter"),
            ("GET", "/accounts?limit=1&limit=2", 400, "invalid_parameter"),
            ("GET", f"/accounts/{self.a}/history?types=Nonsense", 400, "invalid_parameter"),
            ("GET", f"/accounts/{self.a}/history?before=-1", 400, "invalid_parameter"),
        ]:
            with self.subTest(method=method, path=path):
                self.assertRefused(self.rest.send(method, path), status, code)
        allow = self.rest.send("GET", "/accounts/deposit").headers["Allow"]
        self.assertIn("POST", allow)
        text = self.rest.post("/accounts/deposit", "{}", **{"Content-Type": "text/plain"})
        self.assertRefused(text, 415, "unsupported_media_type")
        xml = self.rest.get(f"/accounts/{self.a}", Accept="application/xml")
        self.assertRefused(xml, 406, "not_acceptable")
        large = self.rest.post("/batch", '{"commands":[' + " " * (1 << 20) + "]}")
        self.assertRefused(large, 413, "request_too_large")

    def test_who_may_ask(self):
        anonymous = self.bank.rest(key="")
        refused = anonymous.get(f"/accounts/{self.a}")
        self.assertRefused(refused, 401, "unauthenticated")
        self.assertTrue(refused.headers["WWW-Authenticate"].startswith("Bearer"))
        self.assertRefused(self.bank.rest(key="tk_wrong").get("/accounts"), 401,
                           "unauthenticated")
        make = ("keys", "create", "--role", "auditor", "--name", "audit")
        auditor = self.bank.rest(self.bank.tool(*make).stdout.decode().strip())
        self.assertTrue(auditor.get(f"/accounts/{self.a}").ok)
        self.assertRefused(auditor.post("/accounts/deposit", {"account": self.a, "amount": 1}),
                           403, "forbidden")
        self.bank.tool("keys", "revoke", "audit")
        self.assertRefused(auditor.get(f"/accounts/{self.a}"), 401, "unauthenticated")
        self.assertIn(b"audit", self.bank.tool("keys", "list").stdout)
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json"):
            self.assertEqual(anonymous.get(path).status, 200, path)

    def test_msgpack_that_lies(self):
        before = self.everything()
        good = self.zmq.message("DepositMoney", {"account": self.a, "amount": 1})
        packed = msgpack.packb(good)
        for data in (b"", b"\xc1", b"\xdf\xff\xff\xff\xff", b"\xdd\xff\xff\xff\xff",
                     b"\xdb\xff\xff\xff\xffab", b"\xc6\xff\xff\xff\xff", b"\x91" * 5000,
                     packed[:-1], packed + b"\x00", msgpack.packb([1]), msgpack.packb("x"),
                     msgpack.packb({1: 2}), b"\x82\xa1v\x01\xa1v\x01",
                     msgpack.packb({**good, "v": 2}), msgpack.packb({**good, "more": 1}),
                     msgpack.packb({**good, "args": []}), msgpack.packb({**good, "op": "Steal"}),
                     msgpack.packb({**good, "op": 5}), msgpack.packb({**good, "auth": 5}),
                     msgpack.packb({**good, "args": {"account": self.a, "amount": 1.0}}),
                     msgpack.packb({**good, "args": {b"account": self.a, "amount": 1}},
                                   use_bin_type=True)):
            with self.subTest(data=data[:24]):
                reply = self.zmq.raw(data)
                self.assertEqual((reply["ok"], reply["error"]["status"],
                                  reply["error"]["code"]), (False, 400, "malformed_request"))
                self.assertIn(reply["id"], (None, good["id"]))
        duplicate = packed.replace(b"\xa6amount\x01", b"\xa6amount\x01\xa6amount\x01")
        duplicate = duplicate.replace(b"\x82\xa7account", b"\x83\xa7account")
        self.assertEqual(self.zmq.raw(duplicate)["error"]["code"], "malformed_request")
        for n in range(len(packed)):
            self.assertFalse(self.zmq.raw(packed[:n])["ok"])
        self.assertEqual(self.everything(), before)

    def test_frames(self):
        before = self.everything()
        dealer = self.bank.zeromq(kind=zmq.DEALER)
        good = msgpack.packb(dealer.message("GetAccount", {"account": self.a}))
        for frames in ([b"", good, b"more"], [b"", good, good], [b""]):
            with self.subTest(frames=len(frames)):
                dealer.socket.send_multipart(frames)
                reply = msgpack.unpackb(dealer.socket.recv_multipart()[-1])
                self.assertEqual(reply["error"]["code"], "malformed_request")
        dealer.socket.send_multipart([b"", good])
        self.assertTrue(msgpack.unpackb(dealer.socket.recv_multipart()[1])["ok"])
        huge = self.bank.zeromq(kind=zmq.DEALER)
        huge.socket.setsockopt(zmq.RCVTIMEO, 300)
        huge.socket.send_multipart([b"", b"x" * (2 << 20)])
        with self.assertRaises(zmq.Again):
            huge.socket.recv_multipart()
        self.assertEqual(self.everything(), before)

    def test_http_that_smuggles_is_refused_and_the_connection_closed(self):
        before = self.everything()
        host, port = self.bank.http.rsplit(":", 1)
        head = (f"POST /accounts/deposit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                f"{self.bank.admin_key}\r\nContent-Type: application/json\r\n").encode()
        body = b'{"account":"%s","amount":1}' % self.a.encode()
        for lengths in (b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(body),
                        b"Content-Length: %d\r\nContent-Length: 4\r\n" % len(body),
                        b"Content-Length: -1\r\n", b"Content-Length: 1x\r\n"):
            with self.subTest(lengths=lengths), \
                    socket.create_connection((host, int(port)), 10) as s:
                s.sendall(head + lengths + b"\r\n" + body)
                answer = b""
                while chunk := s.recv(65536):
                    answer += chunk
                self.assertTrue(answer.startswith(b"HTTP/1.1 400"), answer[:80])
                # libmicrohttpd 0.9.75 may send the head of its own 400 twice, no second answer.
                self.assertEqual(set(re.findall(rb"HTTP/1.1 (\d+)", answer)), {b"400"})
        self.assertEqual(self.everything(), before)


if __name__ == "__main__":
    unittest.main()
