"""A cash machine at the real daemon: a customer's visits, and what happens when things break."""

import os
import pathlib
import signal
import stat
import tempfile
import unittest

from terminal import OVERWRITES, TELLER, ConsoleTest, until

PIN = "83910274"


class CashMachine(ConsoleTest):

    def setUp(self):
        super().setUp()
        reply = self.rest.send("PUT", f"/accounts/{self.zoe}/pin", {"pin": PIN})
        self.assertEqual(reply.status, 204, reply)
        self.machine_key = self.create_key("atm", "lobby")
        self.teller_key = self.create_key("teller", "ana")
        self.auditor_key = self.create_key("auditor", "audit")
        self.keys = tempfile.TemporaryDirectory(prefix="teller-key-")
        self.addCleanup(self.keys.cleanup)
        self.key_file = pathlib.Path(self.keys.name) / "atm.key"
        self.key_file.write_text(self.machine_key + "\n")

    def create_key(self, role, name):
        reply = self.rest.post("/keys", {"role": role, "name": name})
        self.assertEqual(reply.status, 201, reply)
        return reply.body["key"]

    def machine(self, **rest):
        terminal = self.console(command=[TELLER, "--atm", "--data", self.bank.data, "--key-file",
                                         self.key_file], **rest)
        terminal.wait("INSERT YOUR CARD")
        terminal.wait_idle()
        return terminal

    def sign_in(self, machine, pin=PIN):
        machine.keys(f"={self.zoe}", "Enter", f"={pin}", "Enter")

    def signed_in(self, **rest):
        machine = self.machine(**rest)
        self.sign_in(machine)
        machine.wait("Withdraw cash")
        return machine

    def atm_files(self, what):
        return list(pathlib.Path(self.state.name).glob(f"teller/{what}"))

    def events(self, account):
        return self.rest.get(f"/accounts/{account}/history?types=MoneyWithdrawn,MoneyDeposited,"
                             "MoneyTransferred").body["data"]

    def stop_daemon(self):
        self.bank.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.resume_daemon)

    def resume_daemon(self):
        if self.bank.process is not None:
            self.bank.process.send_signal(signal.SIGCONT)

    def test_cash_and_a_receipt(self):
        machine = self.signed_in()
        self.assertNotIn("2 272.06", machine.screen())
        machine.keys("=a", "=120", "Enter")
        machine.wait("Withdraw 120.00 EUR", "(6 × 20)")
        self.assertEqual(self.balance(self.zoe), 227206)
        machine.keys("=1", "Enter")
        machine.wait("TAKE YOUR CARD")
        self.assertEqual(self.balance(self.zoe), 215206)
        machine.keys("Enter")
        machine.wait("TAKE YOUR CASH", "120.00 EUR")
        machine.keys("Enter", "=1")
        machine.wait("TAKE YOUR RECEIPT")
        machine.keys("Enter")
        machine.wait("INSERT YOUR CARD")
        event, = self.events(self.zoe)
        self.assertEqual(event["actor"], f"customer:{self.zoe}@lobby")
        receipt, = self.atm_files("receipts/*.txt")
        self.assertIn("120.00 EUR", receipt.read_text())
        self.assertEqual(self.atm_files("atm/*.intent"), [])
        self.assertEqual(self.atm_files("atm/settle/*.intent"), [])

    def test_receipts_go_to_a_command_that_prints(self):
        paper = pathlib.Path(self.keys.name) / "paper"
        machine = self.signed_in(TELLER_PRINTER=f"cat >>{paper}")
        machine.keys("=b")
        machine.wait("CONFIRM")
        machine.keys("=1", "Enter")
        machine.wait("TAKE YOUR CARD")
        machine.keys("Enter", "Enter", "=1")
        machine.wait("TAKE YOUR RECEIPT")
        until(lambda: paper.exists() and "60.00 EUR" in paper.read_text(), "nothing is printed")
        self.assertEqual(self.atm_files("receipts/*.txt"), [])

    def test_a_failing_printer_is_told_and_the_paper_kept(self):
        machine = self.signed_in(TELLER_PRINTER="cat >/dev/null; echo no ink >&2; exit 3")
        machine.keys("=b")
        machine.wait("CONFIRM")
        machine.keys("=1", "Enter")
        machine.wait("TAKE YOUR CARD")
        machine.keys("Enter", "Enter", "=1")
        machine.wait("NO PAPER", "What you did here is done all the same")
        receipt, = self.atm_files("receipts/*.txt")
        self.assertIn("60.00 EUR", receipt.read_text())
        machine.keys("Enter")  # what is typed ahead of the next customer's page is thrown away
        machine.keys("C-c", f"={self.teller_key}", "Enter")
        machine.wait("1 paper not printed, kept as files", "no ink")

    def test_papers_wait_for_the_one_before_them(self):
        paper = pathlib.Path(self.keys.name) / "paper"
        machine = self.signed_in(TELLER_PRINTER=f"sleep 0.3; cat >>{paper}; echo >>{paper} END")
        machine.keys("=g")
        machine.wait("STATEMENT")
        machine.keys("=e", "=e", "=e")
        until(lambda: paper.exists() and paper.read_text().count("END") == 3, "not printed")
        self.assertEqual(self.atm_files("receipts/*.txt"), [])

    def test_an_operators_key_leaves_no_record(self):
        machine = self.machine()
        self.bank.stop()
        before = self.bank.tool("export").stdout, self.bank.tool("verify").stdout
        self.bank.start()
        self.rest = self.bank.rest()
        for key in (self.auditor_key, self.teller_key):
            machine.wait("INSERT YOUR CARD")
            machine.keys("C-c", f"={key}", "Enter")
            machine.wait("not the key" if key == self.auditor_key else "OPERATOR · this machine")
            if key == self.auditor_key:
                machine.keys("Enter")
        self.bank.stop()
        self.assertEqual((self.bank.tool("export").stdout, self.bank.tool("verify").stdout),
                         before)
        self.bank.start()

    def test_a_whole_visit(self):
        machine = self.signed_in()
        machine.keys("=d")
        machine.wait("2 272.06 EUR")
        machine.keys("=x", "=c", "=dd", "Enter")
        machine.wait("Deposit 100.00 EUR", "(2 × 50)")
        machine.keys("=1", "Enter")
        machine.wait("DONE")
        machine.keys("=b", "=e", f"={self.li[:5]} {self.li[5:]}", "Enter", "=12,50", "Enter")
        machine.wait("Transfer 12.50 EUR")
        machine.keys("=1", "Enter")
        machine.wait("DONE")
        machine.keys("=b", "=f")
        machine.wait("Deposit +100.00", "−12.50")
        machine.keys("=x", "=g")
        machine.wait("Balance so far 2 359.56")
        machine.keys("=a")
        machine.wait("no statement of that month")
        machine.keys("=h")
        machine.wait("take your card")
        self.assertEqual(self.balance(self.zoe), 235956)
        self.assertEqual(self.balance(self.li), 15060)

    def test_a_finished_session_is_closed_at_the_bank(self):
        for columns, rows in ((80, 24), (40, 12)):
            machine = self.signed_in(columns=columns, rows=rows)
            machine.keys("=h", "Enter")
            machine.wait("INSERT YOUR CARD")
            machine.close()

    def test_wrong_pins_lock_until_a_teller_sets_a_new_one(self):
        machine = self.machine()
        machine.keys(f"={self.zoe}", "Enter")
        for _ in range(2):
            machine.keys("=1111", "Enter")
            machine.wait("Wrong PIN")
        machine.keys("=1111", "Enter")
        machine.wait_idle()
        machine.keys(f"={PIN}", "Enter")
        machine.wait("PIN LOCKED", "see a teller")
        machine.keys("Enter")
        self.rest.send("PUT", f"/accounts/{self.zoe}/pin", {"pin": PIN})
        self.sign_in(machine)
        machine.wait("Withdraw cash")

    def test_more_than_the_balance_is_refused_and_the_amount_stays(self):
        self.rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 226206})
        machine = self.signed_in()
        machine.keys("=a", "=20", "Enter")
        machine.wait("CONFIRM")
        machine.keys("=1", "Enter")
        machine.wait("Your account holds less than that", "20")
        machine.keys("BSpace", "BSpace", "=10", "Enter")
        machine.wait("CONFIRM")
        machine.keys("=1", "Enter")
        machine.wait("TAKE YOUR CARD")
        self.assertEqual(self.balance(self.zoe), 0)

    def test_a_silent_daemon_in_the_middle_of_a_posting(self):
        machine = self.signed_in()
        machine.keys("=b")
        machine.wait("CONFIRM")
        machine.keys("=1")
        self.stop_daemon()
        machine.press("Enter")
        machine.wait("ONE MOMENT")
        machine.wait("WE COULD NOT CONFIRM", "No cash is given out")
        self.assertEqual(len(self.atm_files("atm/*.intent")), 1)
        self.resume_daemon()
        until(lambda: not self.atm_files("atm/*.intent"), lambda: "open:\n" + machine.screen())
        machine.wait("INSERT YOUR CARD")
        # Never twice; and if it was booked, the machine's people are told of the cash.
        balance = self.balance(self.zoe)
        self.assertIn(balance, (227206, 221206))
        self.assertEqual(len(self.atm_files("atm/settle/*.intent")), int(balance == 221206))

    def test_a_killed_machine_finds_out_by_itself(self):
        machine = self.signed_in()
        machine.keys("=b")
        machine.wait("CONFIRM")
        machine.keys("=1")
        self.stop_daemon()
        machine.press("Enter")
        machine.wait("ONE MOMENT")
        os.kill(machine.pid(), signal.SIGKILL)
        until(machine.is_dead, "the machine lives")
        self.assertEqual(len(self.atm_files("atm/*.intent")), 1)
        self.resume_daemon()
        machine = self.machine()
        until(lambda: not self.atm_files("atm/*.intent"), lambda: "open:\n" + machine.screen())
        balance = self.balance(self.zoe)
        self.assertIn(balance, (227206, 221206))
        self.assertEqual(len(self.atm_files("atm/settle/*.intent")), int(balance == 221206))

    def test_what_never_reached_the_bank_is_called_off(self):
        machine = self.signed_in()
        machine.keys("=b")
        machine.wait("CONFIRM")
        machine.keys("=1")
        self.stop_daemon()
        machine.press("Enter")
        machine.wait("ONE MOMENT")
        self.bank.kill()
        os.kill(machine.pid(), signal.SIGKILL)
        self.bank.start()
        self.rest = self.bank.rest()
        machine = self.machine()
        until(lambda: not self.atm_files("atm/*.intent"), lambda: "open:\n" + machine.screen())
        self.assertEqual(self.balance(self.zoe), 227206)
        self.assertEqual(self.atm_files("atm/settle/*.intent"), [])

    def test_a_dead_daemon_is_out_of_service_and_back(self):
        machine = self.signed_in()
        self.bank.kill()
        machine.wait("OUT OF SERVICE", "take your card")
        self.bank.start()
        machine.wait("INSERT YOUR CARD")
        self.sign_in(machine)
        machine.wait("Withdraw cash")

    def test_it_cannot_be_left_without_an_operators_key(self):
        machine = self.machine(**OVERWRITES)
        for key in ("C-z", "C-\\", "Escape", "C-q", "C-d", "=q", "F10"):
            machine.keys(key)
        machine.wait("INSERT YOUR CARD")
        for sent in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            os.kill(machine.pid(), sent)
        for key in (self.machine_key, self.auditor_key, "tk_wrong"):
            machine.keys("C-c", f"={key}", "Enter")
            machine.wait("not the key of a teller")
            self.assertNotIn(key, machine.screen())
            machine.keys("Enter")
        self.assertFalse(machine.is_dead())
        machine.keys("C-c", f"={self.teller_key}", "Enter")
        machine.wait("OPERATOR · this machine")
        self.assertNowhereInMemory(machine.pid(), self.teller_key, self.machine_key)
        machine.press("=q")
        self.assertEqual(machine.exit_status(), 0)

    def test_a_customer_cannot_reach_the_operator(self):
        machine = self.signed_in()
        machine.keys("C-c")
        machine.wait("Withdraw cash")
        self.assertNotIn("OPERATOR", machine.screen())

    def test_the_machine_needs_a_key_of_its_own(self):
        machine = self.console(command=[TELLER, "--atm", "--data", self.bank.data])
        self.assertEqual(machine.exit_status(), 64)
        self.assertIn("--key-file", machine.screen())
        self.key_file.write_text(self.teller_key + "\n")
        machine = self.console(command=[TELLER, "--atm", "--data", self.bank.data, "--key-file",
                                        self.key_file])
        machine.wait("OUT OF SERVICE", "does not know this machine")

    def test_a_pin_is_nowhere(self):
        machine = self.machine(**OVERWRITES)
        machine.keys(f"={self.zoe}", "Enter", f"={PIN}")
        machine.wait("••••••••")
        self.assertNotIn(PIN, machine.tmux("capture-pane", "-p", "-S", "-"))
        machine.keys("Enter")
        machine.wait("Withdraw cash")
        machine.wait_idle()
        self.assertNowhereInMemory(machine.pid(), PIN, self.machine_key)
        machine.keys("=b")
        machine.wait("CONFIRM")
        machine.keys("=1", "Enter")
        machine.wait("TAKE YOUR CARD")
        machine.keys("Enter", "Enter", "=1", "Enter")
        machine.wait("INSERT YOUR CARD")
        self.assertNotIn(PIN, machine.tmux("capture-pane", "-p", "-S", "-"))
        for path in pathlib.Path(self.state.name).rglob("*"):
            if stat.S_ISREG(path.stat().st_mode):
                self.assertNotIn(PIN, path.read_text(), path)
        self.assertNotIn(PIN, self.bank.log_text())
        pid = machine.pid()
        self.assertIn("Max core file size        0                    0",
                      pathlib.Path(f"/proc/{pid}/limits").read_text())
        self.assertNowhereInMemory(pid, PIN, self.machine_key)


if __name__ == "__main__":
    unittest.main()
