"""What teller sends to a terminal, byte by byte, and how it leaves it: on a pty, without tmux."""

import base64
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from terminal import TELLER, TIMEOUT_S, ConsoleTest

COLOUR = re.compile(rb"\033\[(?:[0-9:;]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:[;:][0-9:;]*)?m")
MODES = {"alternate screen": (b"1049", b"l"), "cursor": (b"25", b"h"),
         "bracketed paste": (b"2004", b"l"), "mouse": (b"1000", b"l")}


class Pty:
    """A teller on a pty; the terminal's side is read as bytes."""

    def __init__(self, command, environment, columns=100, rows=30):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.out = b""
        self.process = subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=subprocess.DEVNULL,
            start_new_session=True, env=environment,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def read(self, timeout_s=0.05):
        while select.select([self.master], [], [], timeout_s)[0]:
            self.out += os.read(self.master, 65536)
            timeout_s = 0

    def until(self, wanted):
        """Until the bytes have it; what moves the cursor between letters does not count."""
        end = time.monotonic() + TIMEOUT_S
        start = len(self.out)
        while wanted not in self.out[start:] and wanted not in self.out:
            self.read()
            if time.monotonic() > end:
                raise AssertionError(f"never sends {wanted}: {self.out[-3000:]}")

    def wait_keys(self, count):
        end = time.monotonic() + TIMEOUT_S
        while not any(int(keys) >= count for keys in re.findall(rb"idle \d+ keys (\d+)", self.out)):
            self.read()
            if time.monotonic() > end:
                raise AssertionError(f"never {count} keys: {self.out[-3000:]}")

    def type(self, keys):
        os.write(self.master, keys)

    def end(self):
        end = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None:
            self.read()
            if time.monotonic() > end:
                raise AssertionError("does not end")
        self.read()
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class BytesTest(ConsoleTest):

    def start(self, *args, term="xterm-256color", **environment):
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS",
                                                     "UBSAN_OPTIONS") if name in os.environ}
        terminal = Pty([TELLER, "--data", self.bank.data, *args],
                       {**clean, "TERM": term, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                        "TELLER_TEST_IDLE": "1", "XDG_STATE_HOME": self.state.name, **environment})
        self.addCleanup(terminal.close)
        terminal.until(b"online")
        terminal.wait_keys(0)
        return terminal


class GivenBack(BytesTest):

    def assert_given_back(self, terminal):
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
        for name, (mode, last) in MODES.items():
            found = re.findall(rb"\033\[\?(?:[0-9;]*;)?" + mode + rb"(?:;[0-9;]*)?([hl])",
                               terminal.out)
            self.assertTrue(found, f"{name} was never touched")
            self.assertEqual(found[-1], last, name)

    def test_after_every_way_to_end(self):
        ways = {"quit": None, "SIGTERM": signal.SIGTERM, "SIGHUP": signal.SIGHUP,
                "SIGINT": signal.SIGINT, "SIGSEGV": signal.SIGSEGV, "SIGABRT": signal.SIGABRT}
        for name, number in ways.items():
            with self.subTest(way=name):
                terminal = self.start()
                terminal.type(b"\rM")
                terminal.wait_keys(2)
                if number is None:
                    terminal.type(b"q")
                else:
                    terminal.process.send_signal(number)
                code = terminal.end()
                self.assertIn(code, (0,) if number is None else (128 + number, -number))
                self.assert_given_back(terminal)

    def test_after_the_daemon_was_killed(self):
        terminal = self.start()
        self.bank.kill()
        terminal.until(b"NO ANSWER")
        terminal.type(b"\rM")
        terminal.wait_keys(2)
        terminal.type(b"q")
        self.assertEqual(terminal.end(), 0)
        self.assert_given_back(terminal)

    def test_when_the_terminal_goes_away(self):
        terminal = self.start()
        terminal.process.send_signal(signal.SIGHUP)
        self.assertEqual(terminal.end(), 128 + signal.SIGHUP)


class Sent(BytesTest):

    def visit(self, terminal):
        terminal.type(b"gonz\r+5\x18")
        terminal.wait_keys(8)
        terminal.type(b"1\r")
        terminal.until(b"POSTED")
        terminal.type(b"\r\033OQ?")
        terminal.wait_keys(11)
        terminal.type(b"\033\x03")
        self.assertEqual(terminal.end(), 0)
        return terminal.out

    def test_no_color_and_mono_send_no_colour_at_all(self):
        for args, environment in (((), {"NO_COLOR": "1"}), (("--theme", "mono"), {}),
                                  (("--theme", "high-contrast"), {"NO_COLOR": "yes"})):
            with self.subTest(args=args):
                out = self.visit(self.start(*args, **environment))
                self.assertIsNone(COLOUR.search(out), COLOUR.findall(out)[:5])

    def test_themes_have_colours(self):
        for theme in ("default", "high-contrast"):
            with self.subTest(theme=theme):
                self.assertIsNotNone(COLOUR.search(self.visit(self.start("--theme", theme))))

    def test_a_terminal_without_colours_and_one_of_another_kind(self):
        for term in ("vt100", "xterm-mono", "linux", "screen"):
            with self.subTest(term=term):
                try:
                    subprocess.run(["infocmp", term], check=True, capture_output=True)
                except (OSError, subprocess.CalledProcessError):
                    continue
                out = self.visit(self.start(term=term))
                if term in ("vt100", "xterm-mono"):
                    self.assertIsNone(COLOUR.search(out))

    def test_ascii_sends_ascii(self):
        for args, environment in ((("--ascii",), {}), ((), {"LC_ALL": "C"})):
            with self.subTest(args=args):
                out = self.visit(self.start(*args, **environment))
                self.assertTrue(out.isascii())

    def test_copying_is_one_sequence_of_base64(self):
        terminal = self.start()
        terminal.type("gonzález\ry".encode())
        terminal.wait_keys(10)
        terminal.type(b"\x03")
        terminal.end()
        copies = re.findall(rb"\033\]52;c;([A-Za-z0-9+/=]*)\a", terminal.out)
        self.assertEqual(len(copies), 1)
        self.assertEqual(base64.b64decode(copies[0]).decode().replace(" ", ""), self.zoe)

    def test_the_mouse_is_off_until_asked_for(self):
        terminal = self.start()
        terminal.type(b"gonz\r")
        terminal.wait_keys(5)
        self.assertNotIn(b"\033[?1000h", terminal.out)
        terminal.type(b"M")
        terminal.wait_keys(6)
        self.assertRegex(terminal.out, rb"\033\[\?(1006;)?1000h")
        terminal.type(b"\033[<0;10;5M\033[<0;10;5m")  # a press and its release: one key at least
        terminal.wait_keys(7)
        terminal.type(b"M")
        terminal.wait_keys(8)
        self.assertRegex(terminal.out.rsplit(b"1000h", 1)[1], rb"1000l")


if __name__ == "__main__":
    unittest.main()
