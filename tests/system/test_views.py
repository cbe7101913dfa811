"""The views are a cache: without them, and after any rebuild, every answer is the same bytes."""

import random
import unittest

from bank import BankTest


class Views(BankTest):
    def make_history(self):
        chance = random.Random(7)
        accounts = [self.open_account(10000, owner) for owner in
                    ("Zoë González", "Li 李", "Ångström, Åsa", "محمد علي", "Pat Gonzales")]
        for n in range(600):
            source, target = chance.sample(accounts, 2)
            self.zmq.ask("TransferMoney", {"from": source, "to": target,
                                           "amount": chance.randint(1, 30),
                                           "reference": f"transfer {n}"}, f"t{n}")
        return accounts

    def answers(self, accounts):
        rest = self.bank.rest()
        month = rest.get(f"/accounts/{accounts[0]}").body["opened_at"][:7]
        day = rest.get(f"/accounts/{accounts[0]}").body["opened_at"][:10]
        paths = ["/accounts", "/accounts?limit=2", "/accounts?search=gonz",
                 "/accounts?search=zoe", "/accounts?search=as%20ang", f"/accounts?search={day}"]
        for a in accounts:
            opened = rest.get(f"/accounts/{a}").body["opened_at"]
            paths += [f"/accounts/{a}", f"/accounts/{a}/history?limit=1000",
                      f"/accounts/{a}/history?limit=7&before=900",
                      f"/accounts/{a}/history?text=transfer%2059&limit=1000",
                      f"/accounts/{a}/history?types=MoneyTransferred&min=20",
                      f"/accounts/{a}/balance?at={opened}",
                      f"/accounts/{a}/balance/series?from={day}&to={day}",
                      f"/accounts/{a}/statements", f"/accounts/{a}/statements/{month}"]
        answers = {}
        for path in paths:
            reply = rest.get(path)
            self.assertEqual(reply.status, 200, (path, reply))
            answers[path] = reply.raw
        return answers

    def test_deleting_the_views_changes_no_answer(self):
        accounts = self.make_history()
        before = self.answers(accounts)
        self.assertEqual(self.bank.stop(), 0)
        for file in self.bank.data.glob("views.db*"):
            file.unlink()
        self.bank.start()
        self.assertEqual(self.answers(accounts), before)
        self.assertSound()

    def test_a_kill_a_rebuild_and_damage_change_no_answer(self):
        accounts = self.make_history()
        before = self.answers(accounts)
        self.bank.kill()
        self.bank.start()
        self.assertEqual(self.answers(accounts), before)
        self.bank.stop()
        self.bank.tool("rebuild")
        self.bank.start()
        self.assertEqual(self.answers(accounts), before)
        self.bank.stop()
        (self.bank.data / "views.db").write_bytes(b"not a database at all" * 500)
        self.bank.start()
        self.assertEqual(self.answers(accounts), before)
        self.assertSound()

    def test_a_lost_or_damaged_snapshot_changes_no_answer(self):
        accounts = self.make_history()
        before = self.answers(accounts)
        self.bank.stop()
        snapshot = self.bank.data / "engine.snapshot"
        kept = bytearray(snapshot.read_bytes())
        for damage in (None, 40, len(kept) // 2, len(kept) - 1):
            if damage is None:
                snapshot.unlink()
            else:
                broken = bytearray(kept)
                broken[damage] ^= 1
                snapshot.write_bytes(broken)
            self.bank.start()
            self.assertEqual(self.answers(accounts), before)
            again = self.bank.zeromq().ask("AbandonKey", {"key": "t5"})
            self.assertEqual(again.body["state"], "done")
            self.bank.stop()


if __name__ == "__main__":
    unittest.main()
