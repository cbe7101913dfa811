"""`teller --plain`: lines in, lines out, and the same rules for posting."""

import os
import subprocess
import unittest

from terminal import TELLER, ConsoleTest


class Plain(ConsoleTest):

    def run_lines(self, *lines, args=("--plain",), expect=0, **environment):
        result = subprocess.run(
            [TELLER, *args, "--data", self.bank.data], input="".join(f"{line}\n" for line in lines),
            capture_output=True, text=True, timeout=60,
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
