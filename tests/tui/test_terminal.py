"""The terminal: given back in every case, and never sent what could drive it."""

import os
import pathlib
import re
import signal
import subprocess
import unicodedata
import unittest

from terminal import TELLER, ConsoleTest


def columns_of(letter):
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


class GivenBack(ConsoleTest):

    def shell_console(self):
        """A teller under a shell that says afterwards how it found the terminal."""
        script = (f"{TELLER} --data {self.bank.data} 2>/dev/null; echo code=$?; stty -a; "
                  "echo over; exec cat")
        terminal = self.console(command=["/bin/sh", "-c", script])
        terminal.wait("online", "González")
        terminal.wait_idle()
        self.assertEqual(terminal.ask("alternate_on"), "1")
        return terminal

    def assert_given_back(self, terminal, code):
        terminal.wait("over", f"code={code}")
        screen = terminal.screen()
        self.assertEqual(terminal.ask("alternate_on"), "0")
        self.assertEqual(terminal.ask("cursor_flag"), "1")
        self.assertEqual(terminal.ask("keypad_flag"), "0")
        for word in ("icanon", "echo", "isig", "icrnl", "opost", "onlcr"):
            self.assertRegex(screen, rf"(?<![-\w]){word}\b")

    def test_after_quitting(self):
        terminal = self.shell_console()
        terminal.press("Enter", "=q")
        self.assert_given_back(terminal, 0)

    def test_after_control_c(self):
        terminal = self.shell_console()
        terminal.press("C-c")
        self.assert_given_back(terminal, 0)

    def test_after_sigterm_and_sighup(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            with self.subTest(signal=number):
                terminal = self.shell_console()
                os.kill(terminal.pid(), number)
                self.assert_given_back(terminal, 128 + number)

    def test_after_a_crash(self):
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE):
            with self.subTest(signal=number):
                terminal = self.shell_console()
                os.kill(terminal.pid(), number)
                self.assert_given_back(terminal, 128 + number)


class Drawing(ConsoleTest):

    def test_colours_are_off_with_no_color(self):
        coloured = self.ready_console().coloured()
        self.assertRegex(coloured, "\033\\[[0-9;]*4[0-7]m")
        plain = self.ready_console(NO_COLOR="1").coloured()
        self.assertNotRegex(plain, "\033\\[([0-9]+;)*(3[0-7]|4[0-7]|9[0-7])[;m]")

    def test_a_terminal_without_utf8_gets_ascii_only(self):
        for console in (self.console(LC_ALL="C"),
                        self.console("--data", self.bank.data, "--ascii")):
            console.wait("online", "Gonzalez, Zoe", "Gonzaga, Li")
            console.wait_idle()
            console.keys("=gonz", "Enter", "=+", "=5", "F10")
            console.wait("REVIEW", "> 2 277.06")
            screen = console.screen()
            self.assertTrue(screen.isascii(), screen)

    def test_names_of_every_script_keep_the_columns_straight(self):
        names = ("佐藤美咲佐藤美咲佐藤美咲佐藤美咲佐藤美咲佐藤美咲", "한국어 이름",
                 "Zoe\u0308 e\u0301\u0302\u0303\u0304\u0305\u0306\u0307", "الخليفة، سارة",
                 "می\u200cخواهم", "כהן, רות", "ชื่อไทย", "👨\u200d👩\u200d👧 Familie", "👍\U0001f3fd",
                 "☺\ufe0f ❤\ufe0f\u200d🔥", "ad\u200dmin")
        for name in names:
            self.open_account(f"Gonzo {name}", 100)
        console = self.ready_console(rows=60, columns=100)
        console.keys("=gonzo", "Enter")
        console.wait(f"{len(names)} of {len(names) + 3}")
        lines = [line for line in console.screen().splitlines()
                 if re.search("Gonzo.* EUR  open$", line)]
        self.assertGreaterEqual(len(lines), len(names), console.screen())
        ends = {sum(columns_of(letter) for letter in line) for line in lines}
        self.assertEqual(len(ends), 1, console.screen())
        self.assertIn("👨👩👧 Familie", console.screen())
        self.assertIn("ad\\u{200d}min", console.screen())

    def test_control_characters_in_a_name_are_shown_not_sent(self):
        reply = self.rest.post("/accounts", {"owner": "Gonzo \033]2;pwned\007\u202e\u009b31m x",
                                             "currency": "EUR"})
        if reply.status != 201:
            self.skipTest("the bank takes no such name")
        console = self.ready_console()
        console.wait("Gonzo ^[]2;pwned^G\\u{202e}\\u{9b}31m x")
        self.assertRegex(console.ask("pane_title"), "^teller idle")

    def test_the_cursor_stands_on_the_selected_row_or_field(self):
        console = self.ready_console()
        console.keys("=gonz")
        self.assertEqual((console.ask("cursor_x"), console.ask("cursor_y")), ("11", "1"))
        console.keys("Enter", "Down")
        self.assertEqual((console.ask("cursor_x"), console.ask("cursor_y")), ("0", "4"))
        console.keys("=+", "=5")
        row = console.screen().splitlines()[int(console.ask("cursor_y"))]
        self.assertIn("Amount", row)
        self.assertEqual(row[int(console.ask("cursor_x")) - 1], "5")

    def test_help_is_about_the_screen_that_asks(self):
        console = self.ready_console()
        console.keys("F1")
        console.wait("HELP · Home")
        console.keys("Escape", "Enter", "=+", "F1")
        console.wait("HELP · Money", "nothing is posted yet")


class Starting(ConsoleTest):

    def run_teller(self, *args, **environment):
        return subprocess.run([TELLER, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              env={**os.environ, **environment}, timeout=60, text=True)

    def test_without_a_terminal_there_are_lines_instead(self):
        result = self.run_teller("--data", str(self.bank.data))
        self.assertEqual(result.returncode, 0, result)
        self.assertIn("TELLER ipc", result.stdout)
        result = self.run_teller("--atm", "--data", str(self.bank.data))
        self.assertEqual(result.returncode, 64)
        self.assertIn("needs a terminal", result.stderr)

    def test_help_version_and_wrong_flags(self):
        self.assertIn("--key-file", self.run_teller("--help").stdout)
        self.assertRegex(self.run_teller("--version").stdout, r"^teller \d")
        for wrong in (["--nonsense"], ["--connect"], ["stray"], ["--theme", "pink"]):
            result = self.run_teller(*wrong)
            self.assertEqual(result.returncode, 64, wrong)
            self.assertIn("--help", result.stderr)

    def test_a_key_file_that_cannot_be_used_is_an_error(self):
        missing = self.console("--data", self.bank.data, "--key-file", "/nonexistent/key")
        self.assertEqual(missing.exit_status(), 66)
        missing.wait("cannot read the key file")
        empty = pathlib.Path(self.state.name) / "empty"
        empty.write_text("\n")
        console = self.console("--data", self.bank.data, TELLER_KEY_FILE=str(empty))
        self.assertEqual(console.exit_status(), 66)

    def test_an_endpoint_that_is_none_is_an_error(self):
        console = self.console("--connect", "nowhere")
        self.assertEqual(console.exit_status(), 64)

    def test_a_terminal_nobody_knows_is_an_error(self):
        # What newterm leaves behind when it refuses is ncurses' own leak.
        console = self.console(command=["/usr/bin/env", "TERM=no-such", TELLER, "--data",
                                        self.bank.data], ASAN_OPTIONS="detect_leaks=0")
        self.assertEqual(console.exit_status(), 69)
        console.wait("no-such")

    def test_the_key_is_asked_for_and_never_shown(self):
        endpoint = f"ipc://{self.bank.data}/teller.sock"
        console = self.console("--connect", endpoint, "--data", self.state.name)
        console.wait("SIGN IN")
        console.wait_idle()
        console.keys("=tk_wrong", "Enter")
        console.wait("does not know that key")
        key = self.bank.admin_key
        console.paste(key + "\n")
        self.assertNotIn(key[:8], console.screen())
        console.keys("Enter")
        console.wait("Signed in", "González")

    def test_over_tcp_with_a_key_file(self):
        endpoint = next(word for word in self.bank.zmq if word.startswith("tcp"))
        console = self.ready_console("--connect", endpoint, "--key-file",
                                     self.bank.data / "admin.key")
        self.assertIn("tcp://", console.screen())

    def test_an_auditor_reads_and_cannot_post(self):
        key = self.rest.post("/keys", {"role": "auditor", "name": "eye"})
        if key.status == 201:
            secret = key.body["key"]
        else:
            made = self.bank.tool("keys", "create", "--role", "auditor", "--name", "eye")
            secret = made.stdout.decode().split()[-1]
        file = pathlib.Path(self.state.name) / "key"
        file.write_text(secret + "\n")
        console = self.ready_console("--data", self.bank.data, "--key-file", file)
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1", "Enter")
        console.wait("REFUSED", "Nothing was posted")
        self.assertEqual(self.balance(self.zoe), 227206)


class Open(ConsoleTest):
    flags = ("--open",)

    def test_an_open_bank_asks_for_no_key(self):
        endpoint = f"ipc://{self.bank.data}/teller.sock"
        console = self.ready_console("--connect", endpoint, "--data", self.state.name)
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1", "Enter")
        console.wait("POSTED")
        self.assertEqual(self.balance(self.zoe), 227706)


if __name__ == "__main__":
    unittest.main()
