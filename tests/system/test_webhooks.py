"""Webhooks: the real daemon and real receivers."""

import base64
import datetime
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import random
import shutil
import subprocess
import threading
import time
import unittest

from bank import TIMEOUT_S, Bank, BankTest

HERE = pathlib.Path(__file__).resolve().parent
MODULES = os.environ.get("TELLER_NODE_MODULES", "")
KILLS = int(os.environ.get("TELLER_KILLS", "8"))
LOOPBACK = ("--webhook-allow", "127.0.0.0/8")


class Receiver:
    """A server that keeps every request and answers as `behave` says."""

    def __init__(self, behave=None, port=0):
        self.requests = []
        self.news = threading.Condition()
        self.behave = behave or (lambda handler: handler.say(204))
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.news:
                    self.number = len(receiver.requests)
                    receiver.requests.append((dict(self.headers.items()), body))
                    receiver.news.notify_all()
                receiver.behave(self)

            def say(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *args):
                pass  # daemons that are killed hang up

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(self, ready):
        """Until ready(requests) is true."""
        with self.news:
            if not self.news.wait_for(lambda: ready(self.requests), TIMEOUT_S):
                raise AssertionError(f"only {len(self.requests)} requests came")
        return self.requests

    def wait_count(self, count):
        return self.wait_for(lambda requests: len(requests) >= count)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def sign(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class WebhookTest(BankTest):
    flags = (*LOOPBACK, "--webhook-schedule", "0s" + ",0.2s" * 11)

    def receiver(self, behave=None):
        receiver = Receiver(behave)
        self.addCleanup(receiver.close)
        return receiver

    def hook(self, receiver, **fields):
        reply = self.rest.post("/webhooks", {"url": receiver.url, **fields})
        self.assertEqual(reply.status, 201, reply)
        self.assertEqual(reply.headers["Location"], "/webhooks/" + reply.body["id"])
        return reply.body

    def deposit(self, account, amount):
        reply = self.rest.post("/accounts/deposit", {"account": account, "amount": amount})
        self.assertEqual(reply.status, 200, reply)
        return reply.body

    def until(self, ask, ready):
        """Asks until the answer is what is waited for."""
        end = time.monotonic() + TIMEOUT_S
        while not ready(answer := ask()):
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.01)
        return answer

    def deliveries(self, hook, state):
        return self.rest.get(f"/webhooks/{hook['id']}/deliveries?state={state}").body["data"]


class Deliveries(WebhookTest):
    def test_a_balance_is_delivered_signed_and_as_of_its_event(self):
        receiver = self.receiver()
        hook = self.hook(receiver)
        account = self.open_account(1000, owner="Zoë González")
        for amount in (1, 2, 3):
            self.deposit(account, amount)
        requests = receiver.wait_count(4)
        balances = []
        for headers, body in requests:
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(headers["webhook-signature"], sign(hook["secret"], headers, body))
            event = json.loads(body)
            self.assertEqual(event["type"], "BalanceUpdated")
            self.assertEqual(event["data"]["account"], account)
            self.assertEqual(event["data"]["owner"], "Zoë González")
            balances.append(event["data"]["balance"])
        self.assertEqual(balances, [1000, 1001, 1003, 1006])
        self.assertEqual(event["data"]["cause"]["type"], "MoneyDeposited")
        listed = self.until(lambda: self.deliveries(hook, "delivered"), lambda d: len(d) == 4)
        self.assertEqual([d["id"] for d in listed],
                         [h["webhook-id"] for h, _ in reversed(requests)])
        self.assertEqual(listed[0]["attempts"][0]["status"], 204)
        self.assertSound()

    def test_seven_failures_keep_the_pauses_and_the_order(self):
        receiver = self.receiver(lambda h: h.say(500 if h.number < 7 else 200, b"busy"))
        hook = self.hook(receiver)
        account = self.open_account(1000)
        self.deposit(account, 1)
        requests = receiver.wait_count(9)
        ids = [headers["webhook-id"] for headers, _ in requests]
        self.assertEqual(len(set(ids[:8])), 1)
        self.assertNotEqual(ids[8], ids[0])
        self.assertEqual(len({body for _, body in requests[:8]}), 1)
        first = self.until(lambda: self.deliveries(hook, "delivered"), lambda d: len(d) == 2)[1]
        self.assertEqual([a["status"] for a in first["attempts"]], [500] * 7 + [200])
        self.assertEqual(first["attempts"][0]["answer"], "busy")
        times = [datetime.datetime.fromisoformat(a["at"].replace("Z", "+00:00"))
                 for a in first["attempts"]]
        for before, after in zip(times, times[1:]):  # by the daemon's clock, so never less
            self.assertGreaterEqual((after - before).total_seconds(), 0.199)

    def test_a_dead_delivery_is_kept_and_retried(self):
        well = threading.Event()
        receiver = self.receiver(lambda h: h.say(200 if well.is_set() else 500))
        hook = self.hook(receiver)
        self.open_account(1000)
        dead = self.until(lambda: self.deliveries(hook, "dead"), len)
        self.assertEqual(len(dead[0]["attempts"]), 12)
        self.assertEqual(self.rest.get("/webhooks").body["data"][0]["state"], "failing")
        self.until(lambda: self.rest.get("/metrics").body,
                   lambda metrics: "\nteller_webhook_dead 1\n" in metrics)
        self.bank.kill()
        self.bank.start()
        self.rest = self.bank.rest()
        well.set()
        reply = self.rest.post(f"/webhooks/{hook['id']}/deliveries/dead/retry", {})
        self.assertEqual((reply.status, reply.body), (200, {"retried": 1}))
        self.until(lambda: self.deliveries(hook, "delivered"), len)
        self.assertEqual(self.deliveries(hook, "dead"), [])

    def test_gone_switches_off_and_on_again_goes_on(self):
        gone = threading.Event()
        gone.set()
        receiver = self.receiver(lambda h: h.say(410 if gone.is_set() else 200))
        hook = self.hook(receiver)
        account = self.open_account(1000)
        path = "/webhooks/" + hook["id"]
        off = self.until(lambda: self.rest.get(path).body, lambda b: not b["enabled"])
        self.assertEqual((off["state"], off["disabled_reason"]), ("disabled", "gone"))
        self.assertIn("reason=gone", self.bank.log_text())
        self.deposit(account, 1)
        gone.clear()
        reply = self.rest.send("PATCH", path, {"enabled": True})
        self.assertEqual((reply.status, reply.body["state"]), (200, "active"))
        requests = receiver.wait_count(3)
        self.assertEqual([json.loads(body)["data"]["balance"] for _, body in requests],
                         [1000, 1000, 1001])

    def test_receivers_that_hang_hold_up_nobody_else(self):
        hanging = threading.Event()
        self.addCleanup(hanging.set)
        for _ in range(10):
            self.hook(self.receiver(lambda h: hanging.wait(TIMEOUT_S)))
        good = self.receiver()
        self.hook(good)
        account = self.open_account(1000)
        started = time.monotonic()
        for amount in range(1, 21):
            self.deposit(account, amount)
        good.wait_count(21)
        self.assertLess(time.monotonic() - started, 10)  # the others hang for 15 s

    def test_redirects_are_not_followed_and_inner_addresses_not_reached(self):
        target = self.receiver()
        receiver = self.receiver(lambda h: h.say(307, Location=target.url))
        hook = self.hook(receiver)
        self.open_account(1000)
        dead = self.until(lambda: self.deliveries(hook, "dead"), len)
        self.assertEqual(dead[0]["status"], 307)
        self.assertEqual(target.requests, [])
        for url in ("http://10.0.0.1/", "http://[::1]/", "http://0x0a000001/", "ftp://a.b/"):
            self.assertRefused(self.rest.post("/webhooks", {"url": url}), 400, "invalid_url")

    def test_a_rebuild_of_the_views_sends_nothing_again(self):
        receiver = self.receiver()
        hook = self.hook(receiver)
        account = self.open_account(1000)
        self.deposit(account, 1)
        receiver.wait_count(2)
        # A request that is under way at the stop may be made again: let both answers come in.
        self.until(lambda: self.rest.get("/webhooks/" + hook["id"]).body,
                   lambda b: b["waiting"] == 0)
        self.assertEqual(self.bank.stop(), 0)
        self.bank.tool("rebuild")
        self.bank.start()
        self.rest = self.bank.rest()
        self.deposit(account, 2)
        requests = receiver.wait_count(3)
        self.assertEqual([json.loads(body)["data"]["balance"] for _, body in requests],
                         [1000, 1001, 1003])

    def test_a_backup_starts_and_goes_on(self):
        receiver = self.receiver()
        self.hook(receiver)
        account = self.open_account(1000)
        receiver.wait_count(1)
        copy = str(self.bank.data) + "-copy"
        self.bank.tool("backup", copy)
        shutil.copy(self.bank.data / "admin.key", copy)
        self.bank.kill()
        restored = Bank(*self.flags, data=copy)
        self.addCleanup(restored.close)
        restored.start()
        self.rest = restored.rest()
        self.deposit(account, 1)
        receiver.wait_for(lambda requests: any(
            json.loads(body)["data"]["balance"] == 1001 for _, body in requests))

    def test_an_outbox_ahead_of_its_journal_stops_the_start(self):
        receiver = self.receiver()
        self.hook(receiver)
        account = self.open_account(1000)
        copy = pathlib.Path(str(self.bank.data) + "-copy")
        self.bank.tool("backup", copy)
        self.deposit(account, 1)
        receiver.wait_count(2)
        self.assertEqual(self.bank.stop(), 0)
        for name in ("outbox.db", "admin.key"):
            shutil.copy(self.bank.data / name, copy)
        restored = Bank(*self.flags, data=copy)
        self.addCleanup(restored.close)
        with self.assertRaisesRegex(RuntimeError, "does not belong to this journal"):
            restored.start()


class Operations(WebhookTest):
    def test_both_transports_say_the_same(self):
        receiver = self.receiver()
        made = self.zmq.ask("CreateWebhook", {"url": receiver.url, "types": ["MoneyDeposited"],
                                              "accounts": ["1000000016"]})
        self.assertTrue(made.ok, made)
        secret = made.body.pop("secret")
        self.assertRegex(secret, "^whsec_[A-Za-z0-9+/=]{40,}$")
        path = "/webhooks/" + made.body["id"]
        self.assertEqual(self.rest.get(path).body, made.body)
        self.assertEqual(self.zmq.ask("ListWebhooks").body["data"], [made.body])
        self.assertEqual(self.rest.get("/webhooks").body["data"], [made.body])
        reply = self.rest.send("PATCH", path, {"accounts": [], "types": ["BalanceUpdated"]})
        self.assertEqual((reply.body["accounts"], reply.body["types"]), (None, ["BalanceUpdated"]))
        self.assertEqual(self.zmq.ask("DeleteWebhook", {"id": made.body["id"]}).body, {})
        self.assertRefused(self.rest.get(path), 404, "not_found")
        self.assertRefused(self.rest.send("DELETE", path), 404, "not_found")

    def test_a_test_delivery_tells_how_it_went(self):
        receiver = self.receiver(lambda h: h.say(418 if h.number else 200))
        hook = self.hook(receiver)
        path = f"/webhooks/{hook['id']}/test"
        reply = self.rest.post(path, {})
        self.assertEqual((reply.body["state"], reply.body["status"], reply.body["error"]),
                         ("delivered", 200, None))
        reply = self.rest.post(path, {})
        self.assertEqual((reply.body["state"], reply.body["status"]), ("dead", 418))
        nobody = Receiver()
        nobody.close()
        reply = self.rest.post(f"/webhooks/{self.hook(nobody)['id']}/test", {})
        self.assertEqual((reply.body["status"], reply.body["error"]), (None, "connection_failed"))

    def test_rotation_signs_with_both_secrets(self):
        receiver = self.receiver()
        old = self.hook(receiver)
        new = self.rest.post(f"/webhooks/{old['id']}/rotate", {}).body
        self.open_account(1000)
        headers, body = receiver.wait_count(1)[0]
        self.assertEqual(headers["webhook-signature"].split(" "),
                         [sign(new["secret"], headers, body), sign(old["secret"], headers, body)])
        for path in ("/webhooks", f"/webhooks/{old['id']}"):
            self.assertNotIn("whsec_", self.rest.get(path).raw.decode())
        self.assertNotIn("whsec_", self.bank.log_text())
        self.assertEqual((self.bank.data / "outbox.db").stat().st_mode & 0o077, 0)

    def test_a_replay_sends_again(self):
        receiver = self.receiver()
        hook = self.hook(receiver)
        account = self.open_account(1000)
        after = self.deposit(account, 1)["position"]
        receiver.wait_count(2)
        path = f"/webhooks/{hook['id']}"
        self.until(lambda: self.rest.get(path).body, lambda b: b["waiting"] == 0)
        reply = self.rest.post(path + "/replay", {"after": after})
        self.assertEqual(reply.status, 200, reply)
        requests = receiver.wait_count(3)
        self.assertEqual(requests[2][1], requests[1][1])
        self.assertEqual(requests[2][0]["webhook-id"], requests[1][0]["webhook-id"])


class Lasting(WebhookTest):
    def test_one_url_gets_everything_over_restarts(self):
        receiver = self.receiver()
        self.assertEqual(self.bank.stop(), 0)
        self.bank.start("--webhook", receiver.url)
        self.rest = self.bank.rest()
        secret = (self.bank.data / "webhook.secret").read_text().strip()
        self.assertEqual((self.bank.data / "webhook.secret").stat().st_mode & 0o777, 0o600)
        account = self.open_account(1000)
        receiver.wait_count(2)
        self.bank.kill()
        self.bank.start("--webhook", receiver.url)
        self.rest = self.bank.rest()
        self.deposit(account, 1)
        requests = receiver.wait_for(lambda r: {json.loads(b)["type"] for _, b in r} >= {
            "AccountCreated", "MoneyDeposited", "BalanceUpdated"})
        for headers, body in requests:
            self.assertEqual(headers["webhook-signature"], sign(secret, headers, body))
        self.assertEqual(len(self.rest.get("/webhooks").body["data"]), 1)

    def test_a_rotation_and_a_switch_outlive_a_start(self):
        receiver = self.receiver()

        def start_again():
            self.assertEqual(self.bank.stop(), 0)
            self.bank.start("--webhook", receiver.url)
            self.rest = self.bank.rest()

        start_again()
        file = self.bank.data / "webhook.secret"
        first = file.read_text()
        path = "/webhooks/" + self.rest.get("/webhooks").body["data"][0]["id"]
        secret = self.rest.post(path + "/rotate", {}).body["secret"]
        self.assertEqual(file.read_text().strip(), secret)
        file.write_text(first)  # as if it had not come so far
        self.assertFalse(self.rest.send("PATCH", path, {"enabled": False}).body["enabled"])
        start_again()
        self.assertEqual(file.read_text().strip(), secret)
        self.assertFalse(self.rest.get(path).body["enabled"])
        self.assertTrue(self.rest.send("PATCH", path, {"enabled": True}).body["enabled"])
        start_again()
        self.open_account(1000)
        for headers, body in receiver.wait_count(2):
            self.assertEqual(headers["webhook-signature"].split(" ")[0],
                             sign(secret, headers, body))

    def test_options_that_make_no_sense_are_refused(self):
        self.bank.stop()
        for flags in (("--webhook", "http://[::1]/"), ("--webhook", "ftp://a.b/"),
                      ("--webhook-schedule", "soon"), ("--webhook-allow", "10.0.0.1/8")):
            with self.assertRaises(RuntimeError):
                self.bank.start(*flags)
            self.bank.forget()


class Kills(WebhookTest):
    def test_nothing_is_lost_over_kills_under_load(self):
        chance = random.Random(7)
        receiver = self.receiver(lambda h: h.say(500 if h.number % 5 == 0 else 200))
        self.hook(receiver)
        accounts = [self.open_account(100000) for _ in range(6)]
        expected = {}
        for _ in range(KILLS):
            for _ in range(60):
                reply = self.deposit(chance.choice(accounts), chance.randint(1, 9))
                expected[reply["position"]] = reply["balance"]
            self.bank.kill()
            self.bank.start()
            self.rest = self.bank.rest()

        def arrived(requests):
            return {json.loads(b)["data"]["cause"]["position"] for _, b in requests}
        self.until(lambda: arrived(list(receiver.requests)), lambda a: a >= set(expected))
        bodies, order = {}, {}
        for headers, body in receiver.requests:
            event = json.loads(body)["data"]
            self.assertEqual(bodies.setdefault(headers["webhook-id"], body), body)
            position = event["cause"]["position"]
            if position in expected:
                self.assertEqual(event["balance"], expected[position])
            first = order.setdefault(event["account"], [])
            if event["version"] not in first:
                first.append(event["version"])
        for versions in order.values():
            self.assertEqual(versions, sorted(versions))
        self.assertSound()


class Verifiers(WebhookTest):
    @unittest.skipUnless(MODULES and pathlib.Path(MODULES, "svix").is_dir(),
                         "npm could not install the verifiers of others")
    def test_the_libraries_of_others_accept_what_is_sent(self):
        receiver = self.receiver()
        hook = self.hook(receiver, types=["AccountCreated", "BalanceUpdated", "MoneyDeposited"])
        account = self.open_account(1000, owner="Zoë \"李\" 😀")
        self.deposit(account, 1)
        requests = list(receiver.wait_count(4))
        rotated = self.rest.post(f"/webhooks/{hook['id']}/rotate", {}).body
        self.deposit(account, 2)
        requests = receiver.wait_count(6)
        lines = []
        for number, (headers, body) in enumerate(requests):
            wanted = {name: value for name, value in headers.items() if name.startswith("webhook-")}
            for secret in [hook["secret"], rotated["secret"]][:1 if number < 4 else 2]:
                lines.append({"secret": secret, "headers": wanted, "body": body.decode()})
        forged = dict(lines[0], body=lines[0]["body"].replace("1000", "9000"))
        lines.append(forged)
        result = subprocess.run(["node", HERE / "verifiers" / "verify.cjs"],
                                input="".join(json.dumps(line) + "\n" for line in lines),
                                env={**os.environ, "NODE_PATH": MODULES}, text=True,
                                capture_output=True, timeout=TIMEOUT_S, check=True)
        verdicts = result.stdout.splitlines()
        self.assertEqual(verdicts[:-1], ["standardwebhooks=ok svix=ok"] * (len(lines) - 1))
        self.assertNotIn("=ok", verdicts[-1])


if __name__ == "__main__":
    unittest.main()
