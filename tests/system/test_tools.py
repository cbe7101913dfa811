"""The tools of the command line, beside a running daemon and without one."""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import unittest

from bank import BIN, Bank, BankTest


class OpenBank(BankTest):
    flags = ("--open",)

    def test_an_open_bank_answers_only_by_this_machines_names(self):
        port = self.bank.http.rsplit(":", 1)[1]
        nobody = self.bank.rest(key="")
        for host, status in (("localhost", 200), ("LocalHost:" + port, 200), ("127.0.0.1", 200),
                             ("127.1.2.3:" + port, 200), ("[::1]", 200), ("[::1]:1", 200),
                             ("evil.example", 403), ("evil.example:" + port, 403), ("", 403),
                             ("127.0.0.1.evil.example", 403), ("10.0.0.1", 403),
                             ("localhost.evil.example", 403), ("[::2]", 403)):
            with self.subTest(host=host):
                self.assertEqual(nobody.get("/accounts", Host=host).status, status)


class Tools(BankTest):
    def test_a_second_daemon_on_the_folder_is_refused(self):
        again = subprocess.run([BIN / "tellerd", "--data", self.bank.data, "--http",
                                "127.0.0.1:0"], capture_output=True, timeout=60)
        self.assertNotEqual(again.returncode, 0)
        self.assertEqual(again.stdout, b"")
        self.assertIn(b"in use", again.stderr)

    def test_a_tool_that_is_asked_how_it_is_used_says_so_and_does_nothing(self):
        for words in (("import", "--help"), ("import", "/nowhere", "-h"), ("keys", "--help"),
                      ("keys", "create", "--role", "teller", "--name", "x", "--help"),
                      ("rebuild", "--help"), ("verify", "-h"), ("backup", "--help"),
                      ("export", "--format", "hledger", "--help")):
            with self.subTest(words=words):
                told = subprocess.run([BIN / "tellerd", *words, "--data", self.bank.data],
                                      capture_output=True, timeout=60)
                self.assertEqual((told.returncode, told.stderr), (os.EX_OK, b""))
                self.assertTrue(told.stdout.startswith(b"usage: tellerd " + words[0].encode()))
        self.assertNotIn(b"x", self.bank.tool("keys", "list").stdout.split())

    def test_import_and_rebuild_wait_for_no_daemon(self):
        for tool in (("rebuild",), ("import", "/dev/null")):
            self.assertEqual(self.bank.tool(*tool, check=False).returncode, os.EX_TEMPFAIL)

    def test_addresses_beyond_this_machine_are_refused(self):
        for flags in (("--http", "0.0.0.0:0"), ("--zmq", "tcp://0.0.0.0:*"),
                      ("--open", "--http", "0.0.0.0:0")):
            other = subprocess.run([BIN / "tellerd", "--data", f"{self.bank.data}-2", *flags],
                                   capture_output=True, timeout=60)
            self.assertIn(other.returncode, (os.EX_USAGE, os.EX_CONFIG), other)

    def test_keys_are_made_listed_and_revoked_with_and_without_a_daemon(self):
        def key_work():
            key = self.bank.tool("keys", "create", "--role", "teller", "--name", "t").stdout
            self.assertRegex(key.decode(), r"^tk_[A-Za-z0-9_-]{43}\n$")
            self.assertIn(b"teller", self.bank.tool("keys", "list").stdout)
            self.bank.tool("keys", "revoke", "t")
            return key

        made = key_work()
        self.bank.stop()
        made += key_work()
        for file in self.bank.data.iterdir():
            if file.is_file():
                for key in made.split():
                    self.assertNotIn(key, file.read_bytes(), file)

    def test_a_key_made_before_the_first_start_takes_no_administrator_away(self):
        bank = Bank(data=f"{self.bank.data}-young")
        self.addCleanup(bank.close)
        for name in ("till-1", "till-2"):
            made = bank.tool("keys", "create", "--role", "teller", "--name", name)
            self.assertEqual(b"a new bank begins" in made.stderr, name == "till-1", made)
            self.assertEqual(len(made.stdout.split()), 1)
        bank.start()
        self.assertEqual(bank.rest(made.stdout.decode().strip()).get("/accounts").status, 200)
        self.assertEqual(bank.rest().get("/keys").status, 200)

    def test_looking_at_keys_begins_no_bank(self):
        nowhere = self.bank.data / "nowhere"
        for verb in (("list",), ("revoke", "t")):
            looked = subprocess.run([BIN / "tellerd", "keys", *verb, "--data", nowhere],
                                    capture_output=True, timeout=60)
            self.assertEqual(looked.returncode, os.EX_NOINPUT)
            self.assertFalse(nowhere.exists())

    def test_a_backup_under_load_is_whole_and_opens(self):
        accounts = [self.open_account(1000) for _ in range(4)]
        done = threading.Event()

        def load():
            client, n = self.bank.zeromq(), 0
            while not done.is_set():
                n += 1
                client.ask("TransferMoney", {"from": accounts[n % 4], "to": accounts[(n + 1) % 4],
                                             "amount": 1}, f"k{n}")

        loader = threading.Thread(target=load)
        loader.start()
        try:
            for n in range(3):
                result = self.bank.tool("backup", f"{self.bank.data}-copy{n}")
                self.assertIn(b"verified", result.stdout)
        finally:
            done.set()
            loader.join()
        self.assertNotEqual(self.bank.tool("backup", f"{self.bank.data}-copy0",
                                           check=False).returncode, 0)
        copy = Bank(data=f"{self.bank.data}-copy2")
        self.addCleanup(copy.close)
        copy.start()
        key = self.bank.admin_key
        total = sum(copy.rest(key).get(f"/accounts/{a}/balance").body["balance"] for a in accounts)
        self.assertEqual(total, 4000)

    def test_verify_and_export_work_beside_the_daemon(self):
        a = self.open_account(1000)
        self.rest.post("/accounts/deposit", {"account": a, "amount": 5, "reference": "; x\ny"})
        self.assertIn(b"sound:", self.bank.tool("verify").stdout)
        lines = self.bank.tool("export").stdout.decode().splitlines()
        feed = self.zmq.ask("GetChanges", {"after": 0, "limit": 1000, "wait_ms": 0}).body["data"]
        self.assertEqual([json.loads(line) for line in lines], feed)
        self.assertIn(b"accounts:" + a.encode(),
                      self.bank.tool("export", "--format", "hledger").stdout)

    def tamper(self, sql):
        """Changes the stopped bank's journal behind its back."""
        with sqlite3.connect(self.bank.data / "journal.db") as db:
            for trigger, in db.execute("select name from sqlite_master where type='trigger'"):
                db.execute(f"drop trigger {trigger}")
            db.execute(sql)
        db.close()

    def test_verify_names_the_first_record_that_was_tampered_with(self):
        a = self.open_account(1000)
        for n in range(9):
            self.rest.post("/accounts/deposit", {"account": a, "amount": 5, "reference": "abc"})
        self.bank.stop()
        self.tamper("update record set body = cast(replace(cast(body as text), 'abc', 'abd') "
                    "as blob) where record = 4")
        result = self.bank.tool("verify", check=False)
        self.assertEqual(result.returncode, os.EX_DATAERR)
        self.assertIn(b"record 4", result.stderr)

    def test_verify_and_backup_know_a_journal_that_lost_its_end(self):
        a = self.open_account(1000)
        for _ in range(4):
            self.rest.post("/accounts/deposit", {"account": a, "amount": 5})
        self.bank.stop()
        self.tamper("delete from record where record > 3")
        for tool in (("verify",), ("backup", f"{self.bank.data}-copy")):
            result = self.bank.tool(*tool, check=False)
            self.assertEqual(result.returncode, os.EX_DATAERR, tool)
            self.assertIn(b"lost records", result.stderr)

    def test_the_journal_refuses_changes(self):
        self.open_account(1000)
        self.bank.stop()
        db = sqlite3.connect(self.bank.data / "journal.db")
        for sql in ("update record set body = x'00'", "delete from record"):
            with self.assertRaises(sqlite3.Error):
                db.execute(sql)
        db.close()

    def test_a_journal_behind_its_witness_or_of_a_newer_format_is_not_opened(self):
        self.open_account(1000)
        self.bank.stop()
        old = f"{self.bank.data}-old"
        shutil.copytree(self.bank.data, old, ignore=shutil.ignore_patterns("*.sock"))
        self.bank.start()
        self.rest = self.bank.rest()
        self.open_account(1)
        self.bank.stop()
        shutil.copy(f"{old}/journal.db", self.bank.data / "journal.db")
        with self.assertRaises(RuntimeError):
            self.bank.start()
        shutil.rmtree(self.bank.data)
        shutil.move(old, self.bank.data)
        with sqlite3.connect(self.bank.data / "journal.db") as db:
            db.execute("pragma user_version = 99")
        db.close()
        with self.assertRaises(RuntimeError):
            self.bank.start()


if __name__ == "__main__":
    unittest.main()
