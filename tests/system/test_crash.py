"""kill -9 under load: what was acknowledged is there once, nothing is there by half."""

import os
import random
import threading
import unittest

import msgpack
import zmq

from bank import BankTest

KILLS = int(os.environ.get("TELLER_KILLS", "8"))


class Crash(BankTest):
    def load(self, accounts, run, acknowledged, asked):
        """Sends transfers with keys until the daemon dies; notes what it was told."""
        client = self.bank.zeromq(kind=zmq.DEALER)
        client.socket.setsockopt(zmq.RCVTIMEO, 500)
        chance = random.Random(run)
        keys = {}
        try:
            for n in range(100000):
                source, target = chance.sample(accounts, 2)
                key = f"{run}-{n}"
                args = {"from": source, "to": target, "amount": chance.randint(1, 50)}
                message = client.message("TransferMoney", args, key)
                asked[key], keys[message["id"]] = args, key
                client.socket.send_multipart([b"", msgpack.packb(message)])
                while n % 64 == 63 and len(acknowledged) < n:
                    reply = msgpack.unpackb(client.socket.recv_multipart()[1])
                    acknowledged[keys[reply["id"]]] = reply
        except (zmq.Again, zmq.ZMQError):
            pass

    def test_every_acknowledged_command_is_there_once_after_a_kill(self):
        accounts = [self.open_account(100000) for _ in range(10)]
        acknowledged, asked = {}, {}
        for run in range(KILLS):
            told, sent = {}, {}
            loader = threading.Thread(target=self.load, args=(accounts, run, told, sent))
            loader.start()
            while len(told) < 200 + 300 * run and loader.is_alive():
                loader.join(0.01)
            self.bank.process.kill()
            self.bank.process.wait()
            loader.join()
            self.bank.disconnect()
            self.bank.forget()
            self.bank.start()
            self.zmq = self.bank.zeromq()
            acknowledged.update(told)
            asked.update(sent)
        self.assertGreater(len(acknowledged), 200 * KILLS)
        events = self.all_events()
        self.check_acknowledged(acknowledged, events)
        self.check_repeats(asked, acknowledged)
        total = sum(self.zmq.ask("GetBalance", {"account": a}).body["balance"] for a in accounts)
        self.assertEqual(total, 1000000)
        self.assertSound()

    def all_events(self):
        events, after = {}, 0
        while True:
            page = self.zmq.ask("GetChanges", {"after": after, "limit": 1000, "wait_ms": 0}).body
            if not page["data"]:
                return events
            for event in page["data"]:
                self.assertEqual(event["position"], len(events) + 1)
                events[event["position"]] = event
            after = page["data"][-1]["position"]

    def check_acknowledged(self, acknowledged, events):
        for reply in acknowledged.values():
            self.assertTrue(reply["ok"] or reply["error"]["code"] == "insufficient_funds", reply)
            if not reply["ok"]:
                continue
            result = reply["result"]
            event = events[result["position"]]
            self.assertEqual((event["from"], event["to"], event["amount"], event["at"]),
                             (result["from"]["account"], result["to"]["account"],
                              result["amount"], result["at"]))
            for offset, side in ((1, "from"), (2, "to")):
                balance = events[result["position"] + offset]
                self.assertEqual((balance["type"], balance["account"], balance["balance"],
                                  balance["cause"]),
                                 ("BalanceUpdated", result[side]["account"],
                                  result[side]["balance"], result["position"]))

    def check_repeats(self, asked, acknowledged):
        """Asking again with the same keys replays what was told and decides the rest once."""
        for key, args in list(asked.items())[::7]:
            again = self.zmq.ask("TransferMoney", args, key)
            if key in acknowledged:
                self.assertTrue(again.replayed)
                if acknowledged[key]["ok"]:
                    self.assertEqual(again.body, acknowledged[key]["result"])


if __name__ == "__main__":
    unittest.main()
