"""Importing a bank's past: a made one, and fifteen months of a real one where it is at hand."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from bank import SHARED, Bank

CZECH = SHARED / "czech-bank-1993.jsonl.gz"


def line(at, op, key, **args):
    return json.dumps({"at": at, "op": op, "key": key, "args": args})


class Import(unittest.TestCase):
    def setUp(self):
        self.bank = Bank()
        self.addCleanup(self.bank.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_import(self, *lines, check=True):
        path = self.folder / "file.jsonl"
        path.write_text("".join(text + "\n" for text in lines))
        return self.bank.tool("import", path, check=check)

    def last_line(self, result):
        return result.stdout.decode().splitlines()[-1]

    A, B = "1000000016", "1000000024"

    def open_two(self):
        return [line("2020-01-01T08:00:00Z", "CreateAccount", "a", account=self.A, owner="A",
                     currency="EUR", initial_balance=100),
                line("2020-01-01T08:00:00Z", "CreateAccount", "b", account=self.B, owner="B",
                     currency="EUR")]

    def test_equal_times_move_by_a_microsecond_and_a_second_run_changes_nothing(self):
        lines = self.open_two() + [
            line("2020-01-01T08:00:00Z", "TransferMoney", "t", **{"from": self.A}, to=self.B,
                 amount=60),
            line("2020-02-01T08:00:00Z", "WithdrawMoney", "w", account=self.A, amount=41)]
        self.assertEqual(self.last_line(self.run_import(*lines)),
                         "imported=3 refused=1 replayed=0")
        exported = self.bank.tool("export").stdout
        self.assertEqual(self.last_line(self.run_import(*lines)),
                         "imported=0 refused=0 replayed=4")
        self.assertEqual(self.bank.tool("export").stdout, exported)
        times = {json.loads(text)["at"] for text in exported.decode().splitlines()}
        self.assertEqual(times, {f"2020-01-01T08:00:00.00000{n}Z" for n in range(3)})
        more = lines + [line("2020-02-01T08:00:00Z", "DepositMoney", "d", account=self.B,
                             amount=1)]
        self.assertEqual(self.last_line(self.run_import(*more)),
                         "imported=1 refused=0 replayed=4")

    def test_a_bad_line_stops_with_its_number_and_the_lines_before_stay(self):
        good = self.open_two()
        for bad in ("{", "[]", '{"at":"2020-01-02T00:00:00Z"}',
                    line("yesterday", "DepositMoney", "x", account=self.A, amount=1),
                    line("2020-01-02T00:00:00Z", "Steal", "x", account=self.A, amount=1),
                    line("2020-01-02T00:00:00Z", "DepositMoney", "", account=self.A, amount=1),
                    line("2020-01-02T00:00:00Z", "DepositMoney", "x", account=self.A, amount=1.5),
                    line("2019-12-31T00:00:00Z", "DepositMoney", "x", account=self.A, amount=1),
                    line("9020-01-02T00:00:00Z", "DepositMoney", "x", account=self.A, amount=1)):
            with self.subTest(bad=bad):
                result = self.run_import(*good, bad, good[0], check=False)
                self.assertEqual(result.returncode, os.EX_DATAERR, result)
                self.assertIn(b"line 3", result.stderr)
        self.assertEqual(len(self.bank.tool("export").stdout.splitlines()), 3)

    def deposits(self, numbers):
        return [line(f"2020-01-02T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z", "DepositMoney",
                     f"d{n}", account=self.A, amount=1) for n in numbers]

    def test_a_long_file_stops_at_its_bad_line_and_goes_on_from_there(self):
        lines = self.open_two() + self.deposits(range(9000))
        for where in (1, 2048, 2049, 2050, 6000, 9001):
            with self.subTest(where=where):
                broken = lines[:where] + ["{"] + lines[where:]
                result = self.run_import(*broken, check=False)
                self.assertEqual(result.returncode, os.EX_DATAERR, result)
                self.assertIn(f"line {where + 1}:".encode(), result.stderr)
                deposited = self.bank.tool("export").stdout.count(b"MoneyDeposited")
                self.assertEqual(deposited, max(0, where - 2))
        self.assertEqual(self.last_line(self.run_import(*lines)),
                         "imported=1 refused=0 replayed=9001")
        self.bank.tool("verify")

    def test_a_key_that_comes_again_is_a_replay_near_and_far(self):
        deposits = self.deposits(range(5000))
        lines = self.open_two() + deposits + [deposits[-1], deposits[-2000], deposits[0]]
        self.assertEqual(self.last_line(self.run_import(*lines)),
                         "imported=5002 refused=0 replayed=3")
        # Whatever it says: its time, here of the next day, counts for nothing.
        other = line("2020-01-03T08:00:00Z", "DepositMoney", "e", account=self.A, amount=1)
        again = line("2020-01-04T08:00:00Z", "DepositMoney", "e", account=self.A, amount=2)
        after = line("2020-01-03T08:00:01Z", "DepositMoney", "f", account=self.A, amount=1)
        self.assertEqual(self.last_line(self.run_import(other, again, after)),
                         "imported=2 refused=1 replayed=0")

    def test_a_live_bank_takes_no_past_but_knows_old_keys(self):
        lines = self.open_two()
        self.run_import(*lines)
        self.bank.start()
        self.bank.rest().post("/accounts/deposit", {"account": self.A, "amount": 1})
        self.bank.stop()
        self.assertEqual(self.last_line(self.run_import(*lines)),
                         "imported=0 refused=0 replayed=2")
        late = line("2021-01-01T00:00:00Z", "DepositMoney", "n", account=self.A, amount=1)
        self.assertEqual(self.run_import(late, check=False).returncode, os.EX_DATAERR)

    def test_an_import_goes_on_in_the_middle_of_equal_times(self):
        at = "2020-01-01T08:00:00Z"
        deposits = [line(at, "DepositMoney", f"d{n}", account=self.A, amount=n + 1)
                    for n in range(5)]
        broken = self.run_import(*self.open_two(), *deposits[:2], "{", check=False)
        self.assertEqual(broken.returncode, os.EX_DATAERR)
        self.assertEqual(self.last_line(self.run_import(*self.open_two(), *deposits[:3])),
                         "imported=1 refused=0 replayed=4")
        self.assertEqual(self.last_line(self.run_import(*deposits[3:])),
                         "imported=2 refused=0 replayed=0")
        late = line("2020-01-01T07:59:59Z", "DepositMoney", "late", account=self.A, amount=1)
        self.assertEqual(self.run_import(late, check=False).returncode, os.EX_DATAERR)

    def test_a_line_with_nul_bytes_is_malformed(self):
        good = self.open_two()
        for bad in ("\0" * 40, good[1] + "\0 more", "\0" + good[1]):
            with self.subTest(bad=bad[-12:]):
                result = self.run_import(good[0], bad, check=False)
                self.assertEqual(result.returncode, os.EX_DATAERR, result)
                self.assertIn(b"line 2", result.stderr)

    def test_blank_lines_and_a_last_line_without_an_end_are_fine(self):
        path = self.folder / "file.jsonl"
        path.write_text("\r\n  \n" + "\r\n\n".join(self.open_two()))
        self.assertEqual(self.last_line(self.bank.tool("import", path)),
                         "imported=2 refused=0 replayed=0")
        path.write_text(" " * 70000 + "\n")
        self.assertEqual(self.bank.tool("import", path, check=False).returncode, os.EX_DATAERR)

    def test_a_truncated_archive_is_not_taken_for_a_whole_one(self):
        packed = gzip.compress("\n".join(self.open_two()).encode())
        path = self.folder / "cut.gz"
        path.write_bytes(packed[:-12])
        self.assertEqual(self.bank.tool("import", path, check=False).returncode, os.EX_DATAERR)


@unittest.skipUnless(CZECH.exists(), "the data of the real bank is not at hand")
class RealBank(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = Bank()
        cls.first = cls.bank.tool("import", CZECH)
        cls.bank.start()
        cls.rest = cls.bank.rest()

    @classmethod
    def tearDownClass(cls):
        cls.bank.close()

    def test_all_commands_go_in_and_exactly_26_are_refused_for_want_of_funds(self):
        self.assertEqual(self.first.stdout.decode().splitlines()[-1],
                         "imported=50319 refused=26 replayed=0")

    def test_the_plain_file_gives_the_same_journal(self):
        plain = Bank()
        self.addCleanup(plain.close)
        with tempfile.NamedTemporaryFile() as file:
            with gzip.open(CZECH) as packed:
                shutil.copyfileobj(packed, file)
            file.flush()
            plain.tool("import", file.name)
            again = plain.tool("import", file.name)
        self.assertEqual(again.stdout.decode().splitlines()[-1],
                         "imported=0 refused=0 replayed=50345")
        self.assertIn(b"sound:", plain.tool("verify").stdout)
        self.assertEqual(plain.tool("export").stdout, self.bank.tool("export").stdout)

    def accounts(self):
        path = "/accounts?limit=1000"
        while path:
            page = self.rest.get(path).body
            yield from page["data"]
            path = page["next"]

    @unittest.skipUnless(shutil.which("hledger"), "hledger is not installed")
    def test_hledger_agrees_on_every_balance(self):
        ledger = self.bank.tool("export", "--format", "hledger").stdout
        result = subprocess.run(["hledger", "-f-", "balance", "accounts:", "--flat", "-N", "-E",
                                 "-O", "csv"], input=ledger, capture_output=True, timeout=600,
                                env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.assertEqual(result.returncode, 0, result.stderr[-500:])
        theirs = {}
        for row in result.stdout.decode().splitlines()[1:]:
            name, amount = row.replace('"', "").split(",", 1)
            theirs[name.removeprefix("accounts:")] = amount
        ours = {a["account"]: f"{a['balance'] // 100}.{a['balance'] % 100:02} CZK"
                for a in self.accounts()}
        self.assertEqual(len(ours), 1243)
        self.assertEqual({k: v for k, v in theirs.items() if v != "0"},
                         {k: v for k, v in ours.items() if v != "0.00 CZK"})

    def test_every_statement_adds_up_and_joins_on_to_the_next(self):
        count = 0
        for account in self.accounts():
            months, path = [], f"/accounts/{account['account']}/statements?limit=1000"
            while path:
                page = self.rest.get(path).body
                months += page["data"]
                path = page["next"]
            closing = account["balance"]
            for s in months:
                self.assertEqual(s["opening_balance"] + s["credits"]["total"]
                                 - s["debits"]["total"], s["closing_balance"], s)
                self.assertEqual(s["closing_balance"], closing, s)
                closing = s["opening_balance"]
                count += 1
            self.assertEqual(closing, 0)
            self.assertEqual(months[-1]["month"], account["opened_at"][:7])
        self.assertGreater(count, 1243)

    def test_whole_statements_of_an_account_agree_with_its_history(self):
        busiest = max(self.accounts(), key=lambda a: a["version"])
        number = busiest["account"]
        lines = []
        for s in self.rest.get(f"/accounts/{number}/statements?limit=1000").body["data"]:
            if s["first_position"] is not None:
                whole = self.rest.get(f"/accounts/{number}/statements/{s['month']}").body
                self.assertEqual({k: v for k, v in whole.items() if k != "lines"}, s)
                lines = whole["lines"] + lines
        balance = 0
        for entry in lines:
            balance += entry["change"]
            self.assertEqual(entry["balance"], balance)
        self.assertEqual(balance, busiest["balance"])
        events, path = [], f"/accounts/{number}/history?limit=1000"
        while path:
            page = self.rest.get(path).body
            events += page["data"]
            path = page["next"]
        self.assertEqual([e["version"] if "version" in e else
                          e["from_version" if e["from"] == number else "to_version"]
                          for e in events], list(range(busiest["version"], 0, -1)))
        causes = [e for e in reversed(events) if e["type"] != "BalanceUpdated"]
        self.assertEqual([(e["position"], e["change"]) for e in causes if e["change"] != 0],
                         [(entry["position"], entry["change"]) for entry in lines
                          if entry["change"] != 0])


if __name__ == "__main__":
    unittest.main()
