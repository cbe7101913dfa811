"""The demo bank's past: sound on its own arithmetic, and accepted whole by tellerd."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ.get("TELLER_BIN", ".build/dev/bin")).resolve()
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "assets" / "demo.awk"


def past(today):
    return subprocess.run(
        ["awk", "-v", f"today={today}", "-f", SCRIPT],
        env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=60, check=False,
    )


class Demo(unittest.TestCase):
    def check_books(self, lines):
        balances, currencies, keys, last = {}, {}, set(), ""
        for line in lines:
            self.assertEqual(["at", "op", "key", "args"], list(line))
            self.assertLess(last, line["at"])
            last = line["at"]
            self.assertNotIn(line["key"], keys)
            keys.add(line["key"])
            args = line["args"]
            if line["op"] == "CreateAccount":
                self.assertNotIn(args["account"], balances)
                balances[args["account"]] = args["initial_balance"]
                currencies[args["account"]] = args["currency"]
                continue
            self.assertGreater(args["amount"], 0)
            changes = {
                "DepositMoney": lambda a: {a["account"]: a["amount"]},
                "WithdrawMoney": lambda a: {a["account"]: -a["amount"]},
                "TransferMoney": lambda a: {a["from"]: -a["amount"], a["to"]: a["amount"]},
            }[line["op"]](args)
            self.assertEqual(1, len({currencies[account] for account in changes}), line)
            for account, change in changes.items():
                balances[account] += change
                self.assertGreaterEqual(balances[account], 0, line)
        return balances, currencies

    def test_any_day_gives_fifteen_sound_months_up_to_yesterday(self):
        for today, first, yesterday in [
            ("2026-11-22", "2025-08", "2026-11-21"),
            ("2026-03-01", "2024-12", "2026-02-28"),
            ("2028-02-29", "2026-11", "2028-02-28"),
            ("2028-03-01", "2026-12", "2028-02-29"),
            ("2027-01-01", "2025-10", "2026-12-31"),
        ]:
            with self.subTest(today):
                lines = [json.loads(line) for line in past(today).stdout.splitlines()]
                balances, currencies = self.check_books(lines)
                self.assertTrue(lines[0]["at"].startswith(first))
                self.assertTrue(lines[-1]["at"].startswith(yesterday))
                self.assertGreaterEqual(len(balances), 40)
                self.assertGreaterEqual(len(set(currencies.values())), 5)
                self.assertIn("1000000420", balances)

    def test_the_same_day_gives_the_same_past(self):
        self.assertEqual(past("2026-11-22").stdout, past("2026-11-22").stdout)

    def test_a_day_that_is_none_is_refused(self):
        for today in ["", "tomorrow", "2026-11-2", "2026-11-22x"]:
            with self.subTest(today):
                result = past(today)
                self.assertEqual(64, result.returncode)
                self.assertEqual(b"", result.stdout)

    def test_tellerd_imports_all_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "demo.jsonl")
            file.write_bytes(past("2026-11-22").stdout)
            count = len(file.read_bytes().splitlines())
            for expected in [
                f"imported={count} refused=0 replayed=0",
                f"imported=0 refused=0 replayed={count}",
            ]:
                result = subprocess.run(
                    [BIN / "tellerd", "import", file, "--data", f"{folder}/bank"],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
                    check=False,
                )
                self.assertEqual(0, result.returncode, result.stderr)
                self.assertEqual(expected, result.stdout.splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
