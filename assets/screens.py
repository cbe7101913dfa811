#!/usr/bin/env python3
"""Draws the console's pictures: runs tellerd on a demo bank in a folder of its own, drives a real
teller in tmux, and writes what the terminal shows as SVG into assets/screens.

    TELLER_BIN=.build/release/bin assets/screens.py [NAME ...]

Needs tmux and awk. The bank's past is always the same (its last day is fixed below), so that the
pictures change only when the console does, and with the clock in the bar.
"""

import html
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("TELLER_BIN", HERE.parent / ".build/release/bin")).resolve()
OUT = HERE / "screens"
COLUMNS, ROWS = 96, 28
CELL_WIDTH, CELL_HEIGHT = 8, 17
DEADLINE_S = 30

# name: keys, and what the screen must show then. An argument is a key's name, or text behind '='.
PICTURES = {
    "home": (["=gonz", "Enter"], "Balance"),
    "history": (["=gonz", "Enter", "Enter", "Down", "Down"], "Esc Back"),
    "statement": (["=gonz", "Enter", "=s", "=["], "FINAL"),
    "review": (["=gonz", "Enter", "=-", "=12,50", "Tab", "=Coffee for the office", "F10", "=1"],
               "nothing has been posted yet"),
    "palette": (["=gonz", "Enter", "=:", "=tr"], "COMMAND"),
}

# The cash machine's: after the account number and the PIN, which {account} stands for.
MACHINE_SIZE = (64, 19)
PIN = "2468"
MACHINE = {
    "atm-welcome": ([], "INSERT YOUR CARD"),
    "atm-pin": (["={account}", "Enter", "=24"], "YOUR PIN"),
    "atm-withdraw": (["={account}", "Enter", "=" + PIN, "Enter", "=a", "=120"], "WITHDRAW"),
    "atm-confirm": (["={account}", "Enter", "=" + PIN, "Enter", "=a", "=120", "Enter", "=1"],
                    "CONFIRM"),
    "atm-receipt": (["={account}", "Enter", "=" + PIN, "Enter", "=b", "=1", "Enter", "Enter",
                     "Enter"], "Would you like a receipt?"),
}

COLOURS = ["#1d1f21", "#e06c75", "#98c379", "#e5c07b", "#3b6ea8", "#c678dd", "#56b6c2", "#d7dae0"]
FOREGROUND, BACKGROUND = "#d7dae0", "#1d1f21"


class Look:
    """What the sequences so far say about the cells to come."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.bold = self.dim = self.reverse = self.underline = False
        self.fore = self.back = None

    def take(self, codes):
        codes = [int(code or 0) for code in codes.split(";")]
        flags = {1: ("bold", True), 2: ("dim", True), 4: ("underline", True), 7: ("reverse", True),
                 24: ("underline", False), 27: ("reverse", False)}
        for code in codes:
            if code == 0:
                self.reset()
            elif code == 22:
                self.bold = self.dim = False
            elif code in flags:
                setattr(self, *flags[code])
            elif 30 <= code <= 37:
                self.fore = COLOURS[code - 30]
            elif code == 39:
                self.fore = None
            elif 40 <= code <= 47:
                self.back = COLOURS[code - 40]
            elif code == 49:
                self.back = None

    def style(self):
        fore, back = self.fore or FOREGROUND, self.back or BACKGROUND
        if self.reverse:
            fore, back = back, fore
        return fore, back, self.bold, self.dim, self.underline


def columns_of(letter):
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def runs(line):
    """(column, columns, text, style) for every run of one style."""
    look = Look()
    column = 0
    for sequence, text in re.findall("\033\\[([0-9;]*)m|([^\033]+)", line):
        if not text:
            look.take(sequence)
            continue
        width = sum(map(columns_of, text))
        yield column, width, text, look.style()
        column += width


def svg(screen, columns_shown, rows_shown):
    width, height = columns_shown * CELL_WIDTH, rows_shown * CELL_HEIGHT
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 24}" height="{height + 24}" '
           f'viewBox="-12 -12 {width + 24} {height + 24}" font-family="ui-monospace, Menlo, '
           f'DejaVu Sans Mono, Consolas, monospace" font-size="13.2px">',
           f'<rect x="-12" y="-12" width="{width + 24}" height="{height + 24}" rx="8" '
           f'fill="{BACKGROUND}"/>']
    for row, line in enumerate(screen.splitlines()[:rows_shown]):
        for column, columns, text, (fore, back, bold, dim, underline) in runs(line):
            x, y = column * CELL_WIDTH, row * CELL_HEIGHT
            if back != BACKGROUND:
                out.append(f'<rect x="{x}" y="{y}" width="{columns * CELL_WIDTH}" '
                           f'height="{CELL_HEIGHT}" fill="{back}"/>')
            if underline:
                out.append(f'<rect x="{x}" y="{y + CELL_HEIGHT - 2}" '
                           f'width="{columns * CELL_WIDTH}" height="1" fill="{fore}"/>')
            # Long blanks end a text, so that its letters stay in their columns in every font.
            for part in re.finditer(r"\S+(?: \S+)*", text):
                before = sum(map(columns_of, text[:part.start()]))
                span = sum(map(columns_of, part.group()))
                extra = ' font-weight="bold"' if bold else ""
                extra += ' opacity=".65"' if dim else ""
                out.append(f'<text x="{x + before * CELL_WIDTH}" y="{y + 13}" fill="{fore}"{extra} '
                           f'textLength="{span * CELL_WIDTH}" lengthAdjust="spacingAndGlyphs" '
                           f'xml:space="preserve">{html.escape(part.group())}</text>')
    return "\n".join(out + ["</svg>", ""])


class Pane:
    """A teller in a tmux of its own."""

    serial = 0

    def __init__(self, folder, data, size, options=""):
        Pane.serial += 1  # the server of the picture before may still be going
        self.socket = f"{folder}/tmux-{Pane.serial}"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8",
                            "TZ": "UTC", "XDG_STATE_HOME": str(folder), "TELLER_TEST_IDLE": "1"}
        conf = pathlib.Path(folder) / "tmux.conf"
        conf.write_text("set -g escape-time 0\nset -g status off\n"
                        "set -g default-terminal screen-256color\n")
        # A relative address, so that the bar names no folder of this machine.
        self.tmux("-f", conf, "new-session", "-d", "-x", size[0], "-y", size[1], "-c", data,
                  f"'{BIN}/teller' --data . --connect ipc://teller.sock {options}")

    def tmux(self, *args):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *map(str, args)], check=True,
                              env=self.environment, capture_output=True).stdout.decode()

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"screens.py: {what}\n" + self.tmux("capture-pane", "-p"))
            time.sleep(0.02)

    def idle(self, keys):
        title = self.tmux("display-message", "-p", "#{pane_title}").strip()
        told = re.fullmatch(r"teller idle \d+ keys (\d+)", title)
        return told is not None and int(told.group(1)) >= keys

    def press(self, keys):
        count = 0
        for key in keys:
            text = key.startswith("=")
            self.tmux("send-keys", *(["-l", "--", key[1:]] if text else [key]))
            count += len(key) - 1 if text else 1
            self.until(lambda: self.idle(count), f"never idle after {key}")

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment,
                       capture_output=True, check=False)


def picture(name, folder, data, account):
    machine = name in MACHINE
    keys, shown = MACHINE[name] if machine else PICTURES[name]
    size = MACHINE_SIZE if machine else (COLUMNS, ROWS)
    keys = [key.replace("{account}", account) for key in keys]
    pane = Pane(folder, data, size, "--atm --key-file lobby.key" if machine else "")
    started = "INSERT YOUR CARD" if machine else "online"
    try:
        pane.until(lambda: started in pane.tmux("capture-pane", "-p"), "the console never starts")
        pane.until(lambda: pane.idle(0), "never idle")
        pane.press(keys)
        pane.until(lambda: shown in pane.tmux("capture-pane", "-p"), f"{name} never shows {shown}")
        text = svg(pane.tmux("capture-pane", "-p", "-e"), *size)
    finally:
        pane.close()
    (OUT / f"{name}.svg").write_text(text)
    print(f"{OUT / name}.svg: {len(text.encode())} bytes")


def prepare_machine(folder, data):
    """A key for the machine, and a PIN for somebody; returns the account."""
    made = subprocess.run([BIN / "tellerd", "keys", "create", "--role", "atm", "--name", "lobby",
                           "--data", data], check=True, capture_output=True, text=True)
    (data / "lobby.key").write_text(made.stdout)

    def plain(*lines):
        return subprocess.run([BIN / "teller", "--plain", "--data", data], check=True, text=True,
                              input="".join(f"{line}\n" for line in lines), capture_output=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8",
                                   "XDG_STATE_HOME": str(folder)}).stdout

    account = re.search(r"^(\d{5}) (\d{5}) .*EUR", plain("find gonz"), re.M)
    number = account.group(1) + account.group(2)
    plain(f"pin {number}", PIN, PIN)
    return number


def main(names):
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="teller-screens-") as folder:
        data = pathlib.Path(folder) / "bank"
        past = subprocess.run(["awk", "-v", "today=2026-11-22", "-f", HERE / "demo.awk"],
                              check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})
        (pathlib.Path(folder) / "past.jsonl").write_bytes(past.stdout)
        data.mkdir(mode=0o700)
        subprocess.run([BIN / "tellerd", "import", f"{folder}/past.jsonl", "--data", data],
                       check=True, capture_output=True)
        daemon = subprocess.Popen(
            [BIN / "tellerd", "serve", "--data", data, "--http", "127.0.0.1:0", "--zmq",
             f"ipc://{data}/teller.sock"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            if not daemon.stdout.readline().startswith(b"ready"):
                raise SystemExit("screens.py: the daemon does not start")
            account = prepare_machine(folder, data)
            for name in names or [*PICTURES, *MACHINE]:
                picture(name, folder, data, account)
        finally:
            daemon.terminate()
            daemon.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
