"""A real teller in a tmux pane of fixed size: keys go in, screens come out.

Nothing sleeps for a fixed time. In test mode ($TELLER_TEST_IDLE) the console writes into the
terminal's title how many keys it has read, and that it is idle; where the daemon is silent on
purpose, the screen is looked at until it shows what it should.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from bank import BIN, Bank  # noqa: E402

TIMEOUT_S = 60
BETWEEN_LOOKS = threading.Event()  # never set
TELLER = BIN / "teller"
# Under the address sanitizer free() overwrites nothing by itself; this does the same.
OVERWRITES = {"ASAN_OPTIONS": "max_free_fill_size=1048576:free_fill_byte=90"}


def until(condition, what, timeout_s=TIMEOUT_S):
    """Asks again until the condition holds; its value."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(what() if callable(what) else what)
        BETWEEN_LOOKS.wait(0.01)


class Terminal:
    """One pane, one program."""

    serial = 0

    def __init__(self, command, columns=80, rows=24, environment=None):
        Terminal.serial += 1
        self.folder = tempfile.TemporaryDirectory(prefix="teller-tmux-")
        self.socket = f"{self.folder.name}/tmux"
        conf = pathlib.Path(self.folder.name) / "conf"
        conf.write_text("set -g escape-time 0\nset -g status off\n"
                        "set -g default-terminal screen-256color\n"
                        "set -g default-shell /bin/sh\n")
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS",
                                                     "UBSAN_OPTIONS") if name in os.environ}
        self.environment = {**clean, "LC_ALL": "C.UTF-8", "TZ": "UTC", "TELLER_TEST_IDLE": "1",
                            **(environment or {})}
        words = " ".join(f"'{word}'" for word in map(str, command))
        # The shell stays behind, so that the pane does, with what the program said last.
        self.ended = pathlib.Path(self.folder.name) / "ended"
        self.tmux("-f", conf, "new-session", "-d", "-x", columns, "-y", rows,
                  f"{words}; echo $? >{self.ended}.new; mv {self.ended}.new {self.ended}; exec cat")

    def tmux(self, *args, check=True):
        # -u: the pane is UTF-8 whatever the locale of the program in it.
        result = subprocess.run(["tmux", "-u", "-S", self.socket, *map(str, args)],
                                env=self.environment, capture_output=True)
        if check and result.returncode != 0:
            raise AssertionError(f"tmux {args}: {result.stderr.decode()}")
        return result.stdout.decode()

    def ask(self, variable):
        return self.tmux("display-message", "-p", f"#{{{variable}}}").strip()

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def coloured(self):
        return self.tmux("capture-pane", "-p", "-e")

    def keys_read(self):
        """How many keys the console had read when it was idle last; -1: never."""
        title = re.fullmatch(r"teller idle \d+ keys (\d+)", self.ask("pane_title"))
        return int(title.group(1)) if title else -1

    def wait_idle(self, keys=0):
        until(lambda: self.keys_read() >= keys, lambda: "never idle:\n" + self.screen())

    def wait(self, *texts):
        """Until the screen shows all of them; blanks and line breaks count alike."""
        def shown():
            screen = " ".join(self.screen().split())
            return all(text in screen for text in texts)
        until(shown, lambda: f"never shows {texts}:\n" + self.screen())

    def wait_gone(self, text):
        until(lambda: text not in " ".join(self.screen().split()),
              lambda: f"still shows {text!r}:\n" + self.screen())

    def keys(self, *keys):
        """Presses them; an argument is a key's name, or text behind a '='. Waits for idle, and
        for the review where one is asked for: what is typed ahead of it is thrown away."""
        read = max(self.keys_read(), 0)
        for index, key in enumerate(keys):
            read += self.press(key)
            if key in ("F10", "C-x") or index + 1 == len(keys):
                self.wait_idle(read)

    def press(self, *keys):
        """The same without waiting; returns how many keys that were."""
        count = 0
        for key in keys:
            if key.startswith("="):
                self.tmux("send-keys", "-l", "--", key[1:])
                count += len(key) - 1
            else:
                self.tmux("send-keys", key)
                count += 1
        return count

    def paste(self, text):
        before = max(self.keys_read(), 0)
        self.tmux("set-buffer", "--", text)
        self.tmux("paste-buffer", "-p", "-r")
        self.wait_idle(before + len(text))

    def paste_raw(self, text):
        """All at once and unmarked, as keys typed ahead; nobody waits."""
        self.tmux("set-buffer", "--", text)
        self.tmux("paste-buffer", "-r")

    def resize(self, columns, rows):
        before = max(self.keys_read(), 0)
        self.tmux("resize-window", "-x", columns, "-y", rows)
        self.wait_idle(before + 1)

    def pid(self):
        """The program's, below the shells."""
        pid = self.ask("pane_pid")
        while children := pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            pid = children[0]
        return int(pid)

    def is_dead(self):
        return self.ended.exists()

    def exit_status(self):
        until(self.is_dead, lambda: "does not end:\n" + self.screen())
        return int(self.ended.read_text())

    def close(self):
        self.tmux("kill-server", check=False)
        self.folder.cleanup()


class ConsoleTest(unittest.TestCase):
    """A bank with three people, and consoles on it that share one folder of open postings."""

    flags = ()

    def setUp(self):
        self.bank = Bank(*self.flags)
        self.addCleanup(self.bank.close)
        self.bank.start()
        self.rest = self.bank.rest()
        self.state = tempfile.TemporaryDirectory(prefix="teller-state-")
        self.addCleanup(self.state.cleanup)
        self.zoe = self.open_account("González, Zoë", 227206)
        self.li = self.open_account("Gonzaga, Li 李", 13810)
        self.pat = self.open_account("Gonzales, Pat", 0)

    def open_account(self, owner, balance, currency="EUR"):
        reply = self.rest.post("/accounts", {"owner": owner, "currency": currency,
                                             "initial_balance": balance})
        self.assertEqual(reply.status, 201, reply)
        return reply.body["account"]

    def balance(self, account):
        return self.bank.rest().get(f"/accounts/{account}/balance").body["balance"]

    def open_intents(self):
        return list(pathlib.Path(self.state.name).glob("teller/*.intent"))

    def console(self, *args, columns=80, rows=24, command=None, **environment):
        """A teller that is idle, unless another command is given."""
        command = command or [TELLER, *(args or ["--data", self.bank.data])]
        terminal = Terminal(command, columns, rows,
                            {"XDG_STATE_HOME": self.state.name, **environment})
        self.addCleanup(terminal.close)
        return terminal

    def ready_console(self, *args, **rest):
        terminal = self.console(*args, **rest)
        terminal.wait("online", "González")
        terminal.wait_idle()
        return terminal

    def assertNowhereInMemory(self, pid, text, witness):
        """Where the system lets us look: only root may, a teller cannot be dumped. `witness` is
        what must be found, or the look would prove nothing."""
        try:
            found = found_in_memory(pid, witness, text)
        except PermissionError:
            self.assertNotEqual(os.geteuid(), 0)
            return
        self.assertIn(witness, found)
        self.assertNotIn(text, found)


def found_in_memory(pid, *texts):
    found = set()
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for span, rights in (line.split()[:2] for line in maps):
            start, end = (int(word, 16) for word in span.split("-"))
            if "rw" not in rights or end - start > 1 << 28:
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError as error:
                if isinstance(error, PermissionError):
                    raise
                continue
            found |= {text for text in texts if text.encode() in data}
    return found
