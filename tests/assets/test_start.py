"""assets/start.sh as somebody would run it, but with the programs of this build."""

import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import tempfile
import unittest

BIN = pathlib.Path(os.environ.get("TELLER_BIN", ".build/dev/bin")).resolve()
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "assets" / "start.sh"
TIMEOUT_S = 120

# Stands for the console: tells what it was started with and whether a daemon is there.
FAKE_CONSOLE = """#!/bin/sh
for argument; do echo "argument $argument"; done
if kill -0 "$(cut -d' ' -f1 "$TELLER_DATA/teller.lock")"; then echo "daemon alive"; fi
exit ${CONSOLE_CODE:-0}
"""


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="teller start ")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "it's a bank"
        self.env = {
            **os.environ,
            "TELLER_BIN": str(BIN),
            "TELLER_DATA": str(self.data),
            "TELLER_HTTP": "127.0.0.1:0",
            "TELLER_ZMQ": "tcp://127.0.0.1:*",
        }

    def start(self):
        """Starts without a terminal; returns the process and what it printed when ready."""
        process = subprocess.Popen(
            ["sh", SCRIPT], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        self.addCleanup(self.end, process)
        lines = [process.stdout.readline() for _ in range(5)]
        self.assertTrue(lines[0].startswith("ready http="), lines)
        return process, lines

    def end(self, process, expected=None):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=TIMEOUT_S)
        if expected is not None:
            self.assertEqual(expected, process.returncode, errors)
        return errors

    def run_line(self, line):
        result = subprocess.run(
            ["sh", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=TIMEOUT_S, check=False,
        )
        self.assertEqual(0, result.returncode, result.stderr)
        return result.stdout

    def test_without_a_terminal_the_daemon_stays_and_the_requests_work(self):
        process, lines = self.start()
        self.assertTrue(lines[0].endswith(f" data={self.data}\n"))
        requests = [line for line in lines if line.startswith("curl")]
        self.assertEqual(3, len(requests))
        found = json.loads(self.run_line(requests[0]))
        self.assertEqual(["1000000420"], [account["account"] for account in found["data"]])
        self.assertIn("Opening balance", self.run_line(requests[1]))
        deposit = json.loads(self.run_line(requests[2]))
        self.assertEqual(found["data"][0]["balance"] + 1250, deposit["balance"])
        self.assertEqual(deposit, json.loads(self.run_line(requests[2])))
        self.end(process, 0)

    def test_the_bank_is_made_once(self):
        process, lines = self.start()
        deposit = json.loads(self.run_line(lines[4]))
        errors = self.end(process, 0)
        self.assertIn("refused=0 replayed=0", errors)
        process, lines = self.start()
        self.assertEqual(deposit, json.loads(self.run_line(lines[4])))
        self.assertNotIn("imported=", self.end(process, 0))

    def test_an_interrupted_import_is_finished(self):
        process, _ = self.start()
        self.end(process, 0)
        whole = subprocess.run(
            ["awk", "-v", "today=2026-11-22", "-f", SCRIPT.parent / "demo.awk"],
            env={**os.environ, "LC_ALL": "C"}, capture_output=True, check=True,
        ).stdout
        self.data = self.folder / "half"
        self.data.mkdir()
        self.env["TELLER_DATA"] = str(self.data)
        part = self.folder / "part.jsonl"
        part.write_bytes(b"".join(whole.splitlines(keepends=True)[:500]))
        subprocess.run(
            [BIN / "tellerd", "import", part, "--data", self.data], check=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S,
        )
        (self.data / "demo.jsonl").write_bytes(whole)
        process, _ = self.start()
        count = len(whole.splitlines())
        self.assertIn(f"imported={count - 500} refused=0 replayed=500", self.end(process, 0))
        self.assertFalse((self.data / "demo.jsonl").exists())

    def test_an_address_in_use_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.env["TELLER_HTTP"] = f"127.0.0.1:{taken.getsockname()[1]}"
            result = subprocess.run(
                ["sh", SCRIPT], env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=TIMEOUT_S, check=False,
            )
        self.assertEqual(69, result.returncode)
        self.assertEqual("", result.stdout)
        self.assertIn("an address could not be had", result.stderr)
        self.assertIn("TELLER_HTTP=", result.stderr)

    def test_a_second_daemon_on_the_bank_is_told(self):
        self.start()
        result = subprocess.run(
            ["sh", SCRIPT], env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=TIMEOUT_S, check=False,
        )
        self.assertEqual(75, result.returncode)
        self.assertIn("a daemon is already running", result.stderr)

    def on_terminal(self, console_code=0):
        """Runs with a terminal and a console that only looks around; returns code and screen."""
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "tellerd").symlink_to(BIN / "tellerd")
        (programs / "teller").write_text(FAKE_CONSOLE)
        (programs / "teller").chmod(0o755)
        env = {**self.env, "TELLER_BIN": str(programs), "CONSOLE_CODE": str(console_code)}
        screen, terminal = pty.openpty()
        process = subprocess.Popen(
            ["sh", SCRIPT], env=env, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(screen, 65536):
                shown += chunk
        except OSError:
            pass  # the last one with the terminal open has gone
        os.close(screen)
        return process.wait(timeout=TIMEOUT_S), shown.decode()

    def test_with_a_terminal_the_daemon_ends_with_the_console(self):
        code, shown = self.on_terminal()
        self.assertEqual(0, code, shown)
        self.assertIn("argument --connect\r\nargument tcp://127.0.0.1:", shown)
        self.assertIn(f"argument --key-file\r\nargument {self.data}/admin.key", shown)
        self.assertIn("daemon alive", shown)
        pid = int((self.data / "teller.lock").read_text().split(" ")[0])
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)
        self.assertIn('message="stopping"', (self.data / "tellerd.log").read_text())

    def test_the_console_s_code_is_the_script_s(self):
        code, shown = self.on_terminal(console_code=3)
        self.assertEqual(3, code, shown)

    def test_with_a_terminal_a_running_daemon_is_used(self):
        process, lines = self.start()
        endpoint = lines[0].split("zmq=")[1].split(" data=")[0]
        code, shown = self.on_terminal()
        self.assertEqual(0, code, shown)
        self.assertIn(f"argument --connect\r\nargument {endpoint}\r\n", shown)
        self.assertIsNone(process.poll())
        self.end(process, 0)


if __name__ == "__main__":
    unittest.main()
