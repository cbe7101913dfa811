"""How `tellerd serve` starts and stops."""

import os
import signal
import socket
import stat
import subprocess
import unittest

import msgpack
import zmq

from bank import BIN, Bank, BankTest, TIMEOUT_S


class Serve(BankTest):
    def run_other(self, *flags, data=None):
        data = f"{self.bank.data}-2" if data is None else data
        return subprocess.run([BIN / "tellerd", "serve", "--data", data, "--http", "127.0.0.1:0",
                               *flags], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_S)

    def test_the_first_start_leaves_a_key_that_only_its_owner_reads(self):
        info = (self.bank.data / "admin.key").stat()
        self.assertEqual(stat.S_IMODE(info.st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.bank.data.stat().st_mode), 0o700)
        key = self.bank.admin_key
        self.assertRegex(key, r"^tk_[A-Za-z0-9_-]{43}$")
        self.assertEqual(self.bank.stop(), 0)
        (self.bank.data / "admin.key").unlink()
        self.bank.start()
        self.assertFalse((self.bank.data / "admin.key").exists())  # its hash is still there
        self.assertEqual(self.bank.rest(key).get("/accounts").status, 200)

    def test_every_file_is_its_owners_only(self):
        self.open_account(5)
        for path in self.bank.data.iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

    def test_it_says_once_that_it_is_ready_and_stops_at_either_signal(self):
        for sign in (signal.SIGTERM, signal.SIGINT):
            self.assertRegex(self.bank.ready_line,
                             r"^ready http=127\.0\.0\.1:\d+ "
                             r"zmq=tcp://127\.0\.0\.1:\d+,ipc://\S+ data=\S+\n$")
            self.bank.disconnect()
            self.bank.process.send_signal(sign)
            self.assertEqual(self.bank.process.stdout.read(), b"")
            self.assertEqual(self.bank.process.wait(TIMEOUT_S), 0)
            self.assertFalse((self.bank.data / "teller.sock").exists())
            self.bank.forget()
            self.bank.start()

    def test_a_killed_daemon_leaves_nothing_in_the_way(self):
        account = self.open_account(5)
        self.bank.kill()
        self.assertTrue((self.bank.data / "teller.sock").exists())
        self.bank.start()
        reply = self.bank.zeromq(endpoint=1).ask("GetBalance", {"account": account})
        self.assertEqual(reply.body["balance"], 5)

    def test_exit_codes_are_those_of_sysexits(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        precious = self.bank.data.parent / "precious"
        precious.write_text("precious")
        damaged = self.bank.data.parent / "damaged"
        damaged.mkdir(mode=0o700)
        (damaged / "registry.db").write_text("not a database " * 1000)
        for code, result in (
                (os.EX_TEMPFAIL, self.run_other(data=self.bank.data)),
                (os.EX_USAGE, self.run_other("--nonsense")),
                (os.EX_USAGE, self.run_other("--zmq", "tcp://*:5555")),
                (os.EX_CONFIG, self.run_other("--config", "/nowhere/teller.conf")),
                (os.EX_CANTCREAT, self.run_other(data="/proc/nowhere")),
                (os.EX_UNAVAILABLE, self.run_other("--zmq", f"tcp://127.0.0.1:{port}")),
                (os.EX_UNAVAILABLE, self.run_other("--zmq", f"ipc://{precious}")),
                (os.EX_UNAVAILABLE, self.run_other("--zmq", self.bank.zmq[1])),
                (os.EX_DATAERR, self.run_other(data=damaged))):
            self.assertEqual(result.returncode, code, result)
            self.assertEqual(result.stdout, b"")
            self.assertIn(b"teller", result.stderr)
        self.assertEqual(precious.read_text(), "precious")

    def test_help_and_version_need_no_folder(self):
        for flags, text in ((["--help"], b"usage: tellerd"), (["--version"], b"tellerd "),
                            (["serve", "--help"], b"--data")):
            result = subprocess.run([BIN / "tellerd", *flags], capture_output=True,
                                    timeout=TIMEOUT_S)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertIn(text, result.stdout)

    def test_work_in_flight_at_the_stop_is_answered_or_unknown_but_never_half_done(self):
        account = self.open_account(0)
        client = self.bank.zeromq(kind=zmq.DEALER)
        for i in range(300):
            message = client.message("DepositMoney", {"account": account, "amount": 1}, f"k{i}")
            client.socket.send_multipart([b"", msgpack.packb(message)])
        client.socket.recv_multipart()
        self.bank.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.bank.process.wait(TIMEOUT_S), 0)
        answered = 1
        client.socket.setsockopt(zmq.RCVTIMEO, 0)
        try:
            while msgpack.unpackb(client.socket.recv_multipart()[1])["ok"]:
                answered += 1
        except zmq.Again:
            pass
        self.bank.disconnect()
        self.bank.forget()
        self.bank.start()
        self.rest = self.bank.rest()
        self.assertGreaterEqual(self.balance(account), answered)
        self.assertSound()


class Open(unittest.TestCase):
    def test_an_open_bank_needs_no_key(self):
        bank = Bank("--open")
        self.addCleanup(bank.close)
        bank.start()
        self.assertEqual(bank.rest("").get("/accounts").status, 200)
        self.assertTrue(bank.zeromq("").ask("ListKeys").ok)


if __name__ == "__main__":
    unittest.main()
