"""Looking back: history and its filter, a statement on paper, the balance as of a day, PINs."""

import csv
import datetime
import pathlib
import signal
import tempfile
import unittest

from terminal import OVERWRITES, ConsoleTest, TELLER


class Views(ConsoleTest):

    def setUp(self):
        super().setUp()
        for amount, reference in ((1250, "Café Zoë 日本"), (90000, "Rent"), (777, "Rent, rest")):
            self.move("withdraw", account=self.zoe, amount=amount, reference=reference)
        self.move("transfer", **{"from": self.zoe, "to": self.li}, amount=10000, reference="Loan")

    def move(self, kind, **arguments):
        reply = self.rest.post(f"/accounts/{kind}", arguments)
        self.assertEqual(reply.status, 200, reply)
        return reply.body

    def at_history(self, **rest):
        console = self.ready_console(**rest)
        console.keys("=gonzález", "Enter", "Enter")
        console.wait("Balance 1 251.79 EUR", "day")
        console.keys("Enter")
        console.wait("HISTORY", "that is all")
        return console

    def test_the_history_is_filtered_by_kind_amount_and_text(self):
        console = self.at_history()
        console.wait("−100.00", "−7.77", "−900.00", "−12.50", "+2 272.06")
        console.keys("=f", "=w", "Tab", "Tab", "Tab", "=10", "Tab", "=1000", "Tab", "=rent",
                     "Enter")
        console.wait("withdrawals", "10.00 to 1 000.00", "−900.00", "1–1 of 1")
        self.assertNotIn("−12.50", console.screen())
        console.keys("=u")
        console.wait("−12.50", "1–5 of 5")
        console.keys("=a")
        console.wait("all events", "1–10 of 10")
        today = datetime.datetime.now(datetime.timezone.utc).date()
        console.keys("=f", "Tab", f"={today - datetime.timedelta(days=1)}", "Tab",
                     f"={today - datetime.timedelta(days=1)}", "F10")
        console.wait("Nothing like that")

    def test_an_event_tells_all_and_leads_to_the_other_account(self):
        console = self.at_history()
        console.keys("Enter")
        console.wait("Transfer to #", "−100.00 EUR", "Balance 1 251.79 EUR", "Gonzaga, Li 李",
                     "Loan", "admin", "rest", "of the payer", "MoneyTransferred")
        console.keys("Enter")
        console.wait("Balance 238.10 EUR")

    def test_the_selection_stays_while_others_post(self):
        console = self.at_history()
        console.keys("Down")
        for amount in (111, 222, 333):
            self.move("deposit", account=self.zoe, amount=amount)
        console.wait("+1.11", "+2.22", "+3.33")
        line = next(line for line in console.screen().splitlines() if line.startswith(">"))
        self.assertIn("−7.77", line)

    def test_a_long_history_is_paged_there_and_back(self):
        commands = [{"op": "DepositMoney", "args": {"account": self.pat, "amount": amount}}
                    for amount in range(1, 2501)]
        reply = self.rest.post("/batch", {"commands": commands})
        self.assertEqual(reply.status, 200)
        console = self.ready_console()
        console.keys("=gonzales", "Enter", "Enter", "=h")
        console.wait("HISTORY", "+25.00")
        for _ in range(30):
            console.keys("End")
            if "that is all" in console.screen():
                break
        console.wait("that is all", "+0.01", "Opened")
        for _ in range(30):
            console.keys("Home")
            if "+25.00" in console.screen():
                break
        console.wait("+25.00", "+24.99")

    def test_a_statement_goes_into_files_and_never_over_one(self):
        with tempfile.TemporaryDirectory() as folder:
            console = self.console(command=["env", "-C", folder, TELLER, "--data", self.bank.data])
            console.wait("online", "González")
            console.keys("=gonzález", "Enter", "=s")
            console.wait("STATEMENT", "✓", "high 1 251.79")
            console.keys("=x")
            console.wait("Written")
            console.keys("=x")
            console.wait("-2.csv")
            names = sorted(file.name for file in pathlib.Path(folder).iterdir())
            month = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")
            self.assertEqual(names, sorted(f"statement-{self.zoe}-{month}{end}" for end in
                                           ("-2.csv", "-2.txt", ".csv", ".txt")))
            theirs = self.rest.get(f"/accounts/{self.zoe}/statements/{month}").body
            file = pathlib.Path(folder) / f"statement-{self.zoe}-{month}.csv"
            with file.open(newline="", encoding="utf-8") as opened:
                rows = list(csv.DictReader(opened))
            self.assertEqual(rows[-1]["balance"], "1251.79")
            self.assertEqual([row["position"] for row in rows[1:-1]],
                             [str(line["position"]) for line in theirs["lines"]])
            self.assertEqual(rows[2]["reference"], "Café Zoë 日本")

    def test_the_printer_gets_the_receipt_and_its_failure_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            paper = pathlib.Path(folder) / "paper"
            console = self.ready_console("--data", self.bank.data, "--printer",
                                         f"cat >{paper}.part && mv {paper}.part {paper}")
            console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1", "Enter")
            console.wait("POSTED")
            console.keys("=p")
            console.wait("Printed")
            text = paper.read_text()
            self.assertIn("5.00 EUR", text)
            self.assertIn("González, Zoë", text)
        console = self.ready_console("--data", self.bank.data, "--printer",
                                     "echo no ink >&2; exit 3")
        console.keys("=gonzález", "Enter", "=s")
        console.wait("✓")
        console.keys("=p")
        console.wait("Not printed: the printer failed (3): no ink")

    def test_a_printer_that_hangs_holds_up_nothing(self):
        console = self.ready_console("--data", self.bank.data, "--printer", "exec sleep 1000")
        console.keys("=gonzález", "Enter", "=s")
        console.wait("✓")
        console.keys("=p")
        console.wait("Printing")
        console.keys("=p")
        console.wait("still busy")
        console.keys("Escape")
        console.wait_gone("STATEMENT")

    def test_the_balance_as_of_a_time(self):
        lines = self.rest.get(f"/accounts/{self.zoe}/history?types=MoneyWithdrawn").body["data"]
        then = next(line for line in lines if line["amount"] == 1250)["at"]
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "Enter", "=b")
        console.wait("BALANCE AS OF")
        console.keys(f"={then.replace('T', ' ')[:-1]}", "Enter")
        console.wait("Balance 2 259.56 EUR", f"as of {then}")
        console.keys("C-u", "=2020-01-01", "Enter")
        console.wait("was not open then")
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        console.keys("C-u", f"={today}", "Enter")
        console.wait("Balance 1 251.79 EUR")

    def test_a_pin_is_set_and_never_shown(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "Enter", "=P")
        console.wait("SET PIN")
        console.keys("=4711", "Tab", "=4711")
        console.wait("••••")
        self.assertNotIn("4711", console.screen())
        console.keys("Enter")
        console.wait("The PIN is set")
        session = self.rest.post("/sessions", {"account": self.zoe, "pin": "4711"})
        self.assertEqual(session.status, 201, session)

    def test_a_pin_stays_nowhere_in_the_console(self):
        pin = "83910274"
        key = (self.bank.data / "admin.key").read_text().strip()
        for closing in (["Enter"], []):
            with self.subTest(closing=closing):
                console = self.ready_console(**OVERWRITES)
                console.keys("=gonzález", "Enter", "Enter", "=P")
                console.wait("SET PIN")
                console.keys(f"={pin}", "Tab", f"={pin}")
                console.wait("••••••••")
                if closing:
                    console.keys("Enter")
                    console.wait("The PIN is set")
                else:  # the dialog is closed before the answer is there
                    self.bank.process.send_signal(signal.SIGSTOP)
                    console.press("Enter")
                    console.wait("setting…")
                    console.press("Escape")
                    console.wait_gone("SET PIN")
                    self.bank.process.send_signal(signal.SIGCONT)
                    console.wait("The PIN is set")
                console.wait_idle()
                self.assertNowhereInMemory(console.pid(), pin, key)
                self.assertNotIn(pin, console.tmux("capture-pane", "-p", "-S", "-"))
                console.close()

    def test_the_totals_of_the_run(self):
        console = self.ready_console()
        for key, amount in (("=+", "=5"), ("=-", "=2")):
            console.keys("=/", "=gonzález", "Enter", key, amount, "F10", "=1", "Enter")
            console.wait("POSTED")
            console.keys("Enter")
        console.keys("=o", "=t")
        console.wait("TOTALS", "2 posted", "+5.00", "−2.00")


if __name__ == "__main__":
    unittest.main()
