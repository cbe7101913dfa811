"""`teller --plain`: lines in, lines out, and the same rules for posting."""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from terminal import TELLER, ConsoleTest, until

PIN = "83910274"


class Plain(ConsoleTest):

    def setUp(self):
        super().setUp()
        self.papers = tempfile.TemporaryDirectory(prefix="teller-papers-")
        self.addCleanup(self.papers.cleanup)

    def paper(self, pattern):
        path, = pathlib.Path(self.papers.name).glob(pattern)
        return path.read_text()

    def run_lines(self, *lines, args=("--plain",), expect=0, **environment):
        result = subprocess.run(
            [TELLER, *args, "--data", self.bank.data], input="".join(f"{line}\n" for line in lines),
            capture_output=True, text=True, timeout=60, cwd=self.papers.name,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb",
                 "XDG_STATE_HOME": self.state.name, **environment})
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        self.assertNotIn("\033", result.stdout)
        return result.stdout

    def test_a_script_searches_posts_and_reads_the_statement(self):
        out = self.run_lines("find gonz", f"deposit {self.zoe}", "2.500,00", "Birthday", "1", "",
                             f"account {self.zoe}", f"statement {self.zoe}", "outcomes", "quit")
        for text in ("González, Zoë", "Gonzaga, Li 李", "= 2 500.00 EUR",
                     "REVIEW - nothing has been posted yet", "Birthday", "POSTED #",
                     "2 272.06 → 4 772.06", "+2 500.00", "Closing balance"):
            self.assertIn(text, out)
        self.assertEqual(self.balance(self.zoe), 477206)
        self.assertEqual(self.open_intents(), [])

    def test_withdrawals_and_transfers(self):
        self.run_lines(f"withdraw {self.zoe}", "12,50", "", "1", "",
                       f"transfer {self.zoe}", self.li, "100", "Loan", "1", "")
        self.assertEqual(self.balance(self.zoe), 227206 - 1250 - 10000)
        self.assertEqual(self.balance(self.li), 23810)

    def test_nothing_is_posted_without_both_answers(self):
        for answers in (["0"], [""], ["1", "1"], ["1", "0"], ["1"], ["yes", ""], []):
            with self.subTest(answers=answers):
                out = self.run_lines(f"deposit {self.zoe}", "5", "", *answers, "quit", expect=65)
                self.assertIn("REVIEW", out)
                self.assertNotIn("POSTED", out)
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_a_script_ends_at_its_first_failure(self):
        for bad in ([f"deposit {self.zoe}", "1,200"], [f"deposit {self.zoe}", "0"],
                    ["deposit 1000000000"], ["dance"], [f"withdraw {self.zoe}", "9999", ""]):
            with self.subTest(bad=bad):
                out = self.run_lines(*bad, f"deposit {self.zoe}", "5", "", "1", "", expect=65)
                self.assertNotIn("POSTED", out)
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_an_account_is_opened_after_its_review(self):
        out = self.run_lines("open Ünal, Ayşe", "eur", "1.000,50", "1", "", "open", "Ünal, Kai",
                             "JPY", "", "1", "")
        for text in ("nothing has been opened yet", "EUR (Euro)", "= 1 000.50 EUR",
                     "Initial   0 JPY", "POSTED #"):
            self.assertIn(text, out)
        rows = self.rest.get("/accounts?search=unal").body["data"]
        self.assertEqual([(row["owner"], row["balance"], row["currency"]) for row in rows],
                         [("Ünal, Ayşe", 100050, "EUR"), ("Ünal, Kai", 0, "JPY")])

    def test_nothing_is_opened_without_both_answers_or_by_a_wrong_line(self):
        for lines in (["open Nobody", "EUR", "", "0"], ["open Nobody", "EUR", "", "1", "1"],
                      ["open Nobody", "EUR", ""], ["open Nobody", "XXX"], ["open", ""],
                      ["open Nobody", "EUR", "1,200"], ["open " + "x" * 141, "EUR"]):
            with self.subTest(lines=lines):
                out = self.run_lines(*lines, expect=65)
                self.assertNotIn("POSTED", out)
        self.assertEqual(self.rest.get("/accounts?search=nobody").body["data"], [])

    def test_the_history_goes_on_to_the_opening(self):
        for i in range(25):
            self.rest.post("/accounts/deposit", {"account": self.pat, "amount": 100 + i})
        out = self.run_lines(f"history {self.pat}", "more", "quit")
        first, rest = out.split("There are older ones: more")
        self.assertEqual(first.count("Deposit"), 20)
        self.assertEqual(rest.count("Deposit"), 5)
        self.assertIn("Opened", rest)
        self.run_lines("more", expect=65)
        out = self.run_lines(f"history {self.pat} 2001-01-01 2001-12-31", "quit")
        self.assertIn("No movement", out)
        self.run_lines(f"history {self.pat} 2002-01-01 2001-12-31", expect=65)

    def test_a_balance_now_and_as_of_a_moment(self):
        at = self.rest.get(f"/accounts/{self.zoe}/history").body["data"][0]["at"]
        self.rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 206})
        out = self.run_lines(f"balance {self.zoe}", f"balance {self.zoe[:5]} {self.zoe[5:]} {at}")
        self.assertIn("2 270.00 EUR", out)
        self.assertIn(f"2 272.06 EUR  as of {at}", out)
        out = self.run_lines(f"balance {self.zoe} 2999-01-01", expect=65)
        self.assertIn("has not come yet", out)

    def test_receipts_and_statements_go_into_files(self):
        out = self.run_lines(f"deposit {self.zoe}", "5", "Tip", "1", "", "receipt",
                             f"print {self.zoe}", f"export {self.pat}")
        self.assertEqual(out.count("Written: "), 3)
        self.assertIn("5.00 EUR", self.paper("receipt-*.txt"))
        self.assertIn("Tip", self.paper(f"statement-{self.zoe}-*.txt"))
        self.assertIn("Closing balance", self.paper(f"statement-{self.pat}-*.txt"))
        self.assertIn("position,", self.paper(f"statement-{self.pat}-*.csv"))
        self.run_lines("receipt", expect=65)

    def test_a_receipt_of_a_number_is_that_postings(self):
        out = self.run_lines(f"deposit {self.zoe}", "5", "", "1", "",
                             f"deposit {self.zoe}", "7", "", "1", "", "outcomes")
        first = out.split("POSTED #")[1].split(" ·")[0]
        self.run_lines(f"deposit {self.zoe}", "9", "", "1", "", f"receipt #{first}", expect=65)
        out = self.run_lines(f"deposit {self.zoe}", "11", "", "1", "", "receipt #999999",
                             expect=65)
        self.assertIn("posted nothing of that number", out)

    def test_paper_goes_to_a_command_and_its_failure_is_told(self):
        paper = pathlib.Path(self.papers.name) / "printed"
        out = self.run_lines(f"deposit {self.zoe}", "5", "", "1", "", "receipt",
                             TELLER_PRINTER=f"sleep 0.1; cat >{paper}")
        self.assertIn("Printed", out)
        self.assertIn("5.00 EUR", paper.read_text())
        out = self.run_lines(f"print {self.zoe}", "find gonz",
                             TELLER_PRINTER="echo no ink >&2; exit 3", expect=74)
        self.assertIn("Not printed: the printer failed (3): no ink", out)
        self.assertNotIn("Gonzaga", out)

    def test_totals_of_the_run(self):
        out = self.run_lines(f"deposit {self.zoe}", "5", "", "1", "",
                             f"withdraw {self.zoe}", "2", "", "1", "", "totals")
        self.assertIn("2 posted, 0 refused", out)
        self.assertIn("+5.00", out)
        self.assertIn("−2.00", out)

    def session_status(self, pin):
        if not hasattr(self, "machine_key"):
            reply = self.rest.post("/keys", {"role": "atm", "name": "lobby"})
            self.machine_key = reply.body["key"]
        rest = self.bank.rest(key=self.machine_key)
        return rest.post("/sessions", {"account": self.zoe, "pin": pin}).status

    def test_a_pin_is_set_from_a_script_and_never_shown(self):
        out = self.run_lines(f"pin {self.zoe}", PIN, PIN)
        self.assertIn("The PIN is set", out)
        self.assertNotIn(PIN, out)
        self.assertEqual(self.session_status(PIN), 201)
        for first, again in ((PIN, "1234"), ("123", "123"), ("12a4", "12a4"), ("1" * 9, "1" * 9)):
            out = self.run_lines(f"pin {self.zoe}", first, again, expect=65)
            # The name of the bank's folder is chance, and may hold any three digits.
            self.assertNotIn(first, out.replace(str(self.bank.data), ""))
        self.assertEqual(self.session_status(PIN), 201)

    def plain_console(self, **rest):
        console = self.console(command=[TELLER, "--plain", "--data", self.bank.data], **rest)
        console.wait("TELLER ipc", ">")
        return console

    def terminal_echoes(self, console):
        modes = subprocess.run(["stty", "-F", console.ask("pane_tty"), "-a"], check=True,
                               capture_output=True, text=True).stdout.split()
        return "echo" in modes

    def test_a_pin_typed_at_a_terminal_is_not_seen(self):
        console = self.plain_console()
        console.press(f"=pin {self.zoe}", "Enter")
        for question in ("New PIN", "Again"):
            console.wait(question)
            until(lambda: not self.terminal_echoes(console), "what is typed is shown")
            console.press(f"={PIN}", "Enter")
        console.wait("The PIN is set", ">")
        until(lambda: self.terminal_echoes(console), "what is typed stays unseen")
        self.assertNotIn(PIN, console.tmux("capture-pane", "-p", "-S", "-"))
        self.assertEqual(self.session_status(PIN), 201)

    def test_the_terminal_shows_again_what_is_typed_however_it_ends(self):
        for sent, expect in ((signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130),
                             (signal.SIGSEGV, None)):
            with self.subTest(sent=sent):
                console = self.plain_console()
                console.press(f"=pin {self.zoe}", "Enter")
                console.wait("New PIN")
                until(lambda: not self.terminal_echoes(console), "what is typed is shown")
                console.press(f"={PIN[:4]}", "C-z")
                self.assertFalse(console.is_dead())
                os.kill(console.pid(), sent)
                status = console.exit_status()
                self.assertTrue(expect is None or status == expect, status)
                until(lambda: self.terminal_echoes(console), "the terminal stays dark")

    def test_it_asks_for_the_key_and_does_not_show_it(self):
        key = (self.bank.data / "admin.key").read_text().strip()
        with tempfile.TemporaryDirectory() as empty:
            command = [TELLER, "--plain", "--data", empty, "--connect",
                       f"ipc://{self.bank.data}/teller.sock"]
            console = self.console(command=command)
            console.wait("API key (not shown):")
            console.press("=tk_wrong", "Enter")
            console.wait("The bank does not know that key", "API key (not shown):")
            console.press(f"={key}", "Enter")
            console.wait("Signed in", ">")
            console.press("=find gonz", "Enter")
            console.wait("Gonzales, Pat")
            self.assertNotIn("tk_", console.tmux("capture-pane", "-p", "-S", "-"))
            result = subprocess.run(command, input="find gonz\n", capture_output=True, text=True,
                                    env={**os.environ, "XDG_STATE_HOME": self.state.name})
            self.assertEqual(result.returncode, 77)
            self.assertIn("--key-file", result.stdout)

    def test_a_lost_reply_is_told_as_unknown_and_found_out(self):
        console = self.plain_console()
        for line in (f"deposit {self.zoe}", "5", "Tip"):
            console.press(*([f"={line}"]), "Enter")
            console.wait({"5": "= 5.00 EUR", "Tip": "Type 1 to post it"}.get(line, "Amount:"))
        console.press("=1", "Enter")
        console.wait("Press Enter to post it")
        self.bank.process.send_signal(signal.SIGSTOP)
        try:
            console.press("Enter")
            console.wait("OUTCOME UNKNOWN", "do not enter it again")
            self.assertEqual(len(self.open_intents()), 1)
        finally:
            self.bank.process.send_signal(signal.SIGCONT)
        console.wait("POSTED #")
        self.assertEqual(self.open_intents(), [])
        self.assertEqual(self.balance(self.zoe), 227706)

    def test_what_an_earlier_run_left_open_is_found_out(self):
        process = subprocess.Popen([TELLER, "--plain", "--data", self.bank.data],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, "LC_ALL": "C.UTF-8",
                                        "XDG_STATE_HOME": self.state.name})
        try:
            process.stdin.write(f"deposit {self.zoe}\n5\n\n1\n")
            process.stdin.flush()
            seen = ""
            while "Press Enter to post it now" not in seen:
                seen += process.stdout.read(1)
            self.bank.process.send_signal(signal.SIGSTOP)
            process.stdin.write("\n")
            process.stdin.flush()
            until(self.open_intents, "nothing is written down")
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
            self.bank.process.send_signal(signal.SIGCONT)
        out = self.run_lines("check")
        self.assertIn("of an earlier run: ", out)
        self.assertEqual(self.open_intents(), [])
        self.assertIn(self.balance(self.zoe), (227206, 227706))

    def test_pipes_and_dumb_terminals_get_lines_by_themselves(self):
        self.assertIn("González", self.run_lines("find gonz", args=(), TERM="xterm"))
        console = self.console("--data", self.bank.data, TERM="dumb",
                               command=["/usr/bin/env", "TERM=dumb", TELLER, "--data",
                                        self.bank.data])
        console.wait("TELLER ipc", ">")
        console.press("=find gonz", "Enter")
        console.wait("Gonzales, Pat")
        console.press(f"=deposit {self.zoe}", "Enter")
        console.wait("Amount:")
        console.press("=1,200", "Enter")
        console.wait("!")
        console.press("=5", "Enter")
        console.wait("Reference")
        console.press("Enter")
        console.wait("Type 1 to post it")
        console.press("=1", "Enter")
        console.wait("Press Enter")
        console.press("Enter")
        console.wait("POSTED #")
        console.press("=quit", "Enter")
        self.assertEqual(console.exit_status(), 0)

    def test_lines_typed_ahead_of_the_review_do_not_answer_it(self):
        console = self.console(command=[TELLER, "--plain", "--data", self.bank.data])
        console.wait("TELLER ipc", ">")
        console.paste_raw(f"deposit {self.zoe}\n5\n\n1\n\n")
        console.wait("Type 1 to post it")
        self.assertEqual(self.balance(self.zoe), 227206)
        console.press("=0", "Enter")
        console.wait("Nothing was posted")

    def test_control_characters_in_names_are_shown_not_sent(self):
        self.bank.rest().post("/accounts", {"owner": "Gonzo x", "currency": "EUR"})
        out = self.run_lines("find gonzo \x1b[31m\x07")
        self.assertNotIn("\x07", out)
        self.assertIn("^[", out)

    def test_ascii_where_there_is_no_utf8(self):
        out = self.run_lines("find gonz", f"deposit {self.zoe}", "5", "", "1", "", LC_ALL="C")
        self.assertTrue(out.isascii(), out)
        self.assertIn("Gonzalez, Zoe", out)

    def test_without_a_bank_it_says_so_and_keeps_what_is_open(self):
        self.bank.stop()
        self.assertIn("NO ANSWER", self.run_lines("find gonz", expect=75))

    def test_a_wrong_key_is_told(self):
        key = self.bank.data / "wrong"
        key.write_text("tk_wrong\n")
        out = self.run_lines("find gonz", args=("--plain", "--key-file", str(key)), expect=77)
        self.assertNotIn("González", out)


if __name__ == "__main__":
    unittest.main()
