"""The rules of the house that a machine can hold the tree against.

    python3 tidy.py ROOT [RULE]     prints "path:line: what is wrong" for each breach, exits 1

Every rule is a function from the tree to breaches; test_tidy.py plants a breach for each.
"""

import os
import pathlib
import re
import sys

COLUMNS_MAX = 100
LINES_MAX = 900

# A library has one room (or, where that cannot be, few).
LIBRARIES = {
    "curl/": {"webhooks"},
    "jansson.h": {"json"},
    "microhttpd.h": {"rest"},
    "msgpack.h": {"wire"},
    "msgpack/": {"wire"},
    "ncurses.h": {"term"},
    "ncursesw/": {"term"},
    "curses.h": {"term"},
    "term.h": {"term"},
    "nettle/": {"host"},
    "panel.h": set(),
    "sodium.h": {"host", "journal", "registry", "webhooks"},
    "sodium/": {"host", "journal", "registry", "webhooks"},
    "sqlite3.h": {"journal", "read", "registry", "sqlite", "webhooks"},
    "utf8proc.h": {"base"},
    "xxhash.h": {"write"},
    "zlib.h": {"tools"},
    "zmq.h": {"zmq", "client"},
}

# Written in halves, so that this file passes its own rule.
WORDS = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

SOURCES = {".c", ".h"}
CODE = SOURCES | {".cmake", ".sh", ".py", ".awk"}
SKIPPED = {".git", "__pycache__"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Tree:
    """The files below a root, and the rooms their CMakeLists.txt declare."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.rooms = {}  # name -> folder
        self.knows = {}  # name -> names; programs are (folder, file)
        for path in self.files(lambda p: p.name == "CMakeLists.txt"):
            self.read_cmake(path)

    def files(self, wanted):
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(n for n in names if n not in SKIPPED and not n.startswith(".build"))
            for name in sorted(files):
                path = pathlib.Path(folder, name)
                if wanted(path):
                    yield path.relative_to(self.root)

    def lines(self, path):
        text = (self.root / path).read_text(encoding="utf-8")
        return text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")

    def code(self, suffixes=CODE):
        return self.files(
            lambda p: p.suffix in suffixes
            or (suffixes is CODE and (p.name == "CMakeLists.txt" or p.parent.name == ".ci"))
        )

    def read_cmake(self, path):
        text = re.sub(r"#.*", "", "\n".join(self.lines(path)))
        folder = path.parent
        for call in re.finditer(r"^\s*room\(([^)]*)\)", text, re.M):
            words = call.group(1).split()
            knows = words[2:] if words[1:2] == ["KNOWS"] else []
            self.rooms[words[0]] = folder
            self.knows[words[0]] = [word for word in knows if "::" not in word]
        # A program in a folder that is no room knows what it is linked with.
        linked = {}
        for call in re.finditer(r"target_link_libraries\(([^)]*)\)", text):
            words = call.group(1).split()
            linked[words[0]] = [w.removeprefix("teller_") for w in words if w.startswith("teller_")]
        for call in re.finditer(r"add_executable\(([^)]*)\)", text):
            words = call.group(1).split()
            for source in words[1:]:
                self.knows[str(folder / source)] = linked.get(words[0], [])

    def owner(self, path):
        """The room of a source, or the program's first source, or None outside the house."""
        for name, folder in self.rooms.items():
            if path.parent == folder:
                return name
        if str(path) in self.knows:
            return str(path)
        beside = [n for n in self.knows if "/" in n and pathlib.Path(n).parent == path.parent]
        return beside[0] if beside and path.suffix == ".h" else None

    def reach(self, owner):
        seen = set()
        waiting = [owner]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += self.knows.get(name, [])
        return seen

    def in_house(self, path):
        return path.parts[0] in ("shared", "daemon", "tui")

    def includes(self):
        for path in self.code(SOURCES):
            if self.in_house(path):
                for number, line in enumerate(self.lines(path), 1):
                    match = INCLUDE.match(line)
                    if match:
                        yield path, number, match.group(1), match.group(2)


def without_strings(line):
    return re.sub(r'"(\\.|[^"\\])*"', '""', line)


def rule_rooms(tree):
    """A room is called like its folder, knows only rooms, and no two know each other."""
    for name, folder in tree.rooms.items():
        path = folder / "CMakeLists.txt"
        if folder.name != name:
            yield path, 1, f"room {name} is in a folder called {folder.name}"
        for known in tree.knows[name]:
            if known not in tree.rooms:
                yield path, 1, f"room {name} knows {known}, which is no room"
            elif name in tree.reach(known):
                yield path, 1, f"rooms {name} and {known} know each other"


def rule_arrows(tree):
    """What is included belongs to the own room or to one that KNOWS reaches."""
    for path, number, quote, target in tree.includes():
        owner = tree.owner(path)
        if owner is None:
            yield path, number, "this file belongs to no room and no program"
            continue
        if quote == "<":
            continue
        parts = target.split("/")
        if owner not in tree.rooms and len(parts) == 1:
            continue  # a program's own header, beside it
        if len(parts) != 2 or ".." in parts:
            yield path, number, f'"{target}" does not read "room/file.h"'
        elif parts[0] not in tree.rooms:
            yield path, number, f"{parts[0]} is no room"
        elif parts[0] not in tree.reach(owner):
            yield path, number, f"{owner} may not know {parts[0]}"


def rule_libraries(tree):
    """A library's header stays in its room."""
    for path, number, _, target in tree.includes():
        for header, rooms in LIBRARIES.items():
            found = target.startswith(header) if header.endswith("/") else target == header
            if found and tree.owner(path) not in rooms:
                yield path, number, f"{target} belongs to {', '.join(sorted(rooms)) or 'no room'}"


def rule_columns(tree):
    """No line of code is longer than the page."""
    for path in tree.code():
        for number, line in enumerate(tree.lines(path), 1):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns"


def rule_lines(tree):
    """No file of code is longer than anybody reads."""
    for path in tree.code():
        count = len(tree.lines(path))
        if count > LINES_MAX:
            yield path, count, f"{count} lines"


def rule_words(tree):
    """Nothing is left for later. (In a C string the third word is a currency or a file's name.)"""
    always = re.compile(r"\b(" + "|".join(WORDS[:2]) + r")\b")
    outside = re.compile(r"\b" + WORDS[2] + r"\b")
    for path in tree.code():
        for number, line in enumerate(tree.lines(path), 1):
            match = always.search(line) or outside.search(without_strings(line))
            if match:
                yield path, number, f"the word {match.group(0)}"


def rule_blanks(tree):
    """No tabs in C, no blanks at the end of a line, a newline at the end of a file."""
    for path in tree.code():
        for number, line in enumerate(tree.lines(path), 1):
            if line != line.rstrip():
                yield path, number, "blanks at the end of the line"
            if path.suffix in SOURCES and "\t" in line:
                yield path, number, "a tab"
        text = (tree.root / path).read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            yield path, len(tree.lines(path)), "no newline at the end of the file"


def rule_floats(tree):
    """No floating point where money is. (A parser may have to name what it refuses.)"""
    number_type = re.compile(r"\b(float|double)\b")
    for path in tree.code(SOURCES):
        if not tree.in_house(path) or tree.owner(path) in ("json", "wire"):
            continue
        text = (tree.root / path).read_text(encoding="utf-8")
        plain = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
        for number, line in enumerate(plain.split("\n"), 1):
            match = number_type.search(without_strings(line))
            if match:
                yield path, number, f"the type {match.group(0)}"


RULES = {name[5:]: rule for name, rule in sorted(globals().items()) if name.startswith("rule_")}


def check(root, names=None):
    tree = Tree(root)
    return [
        f"{path}:{number}: {what} ({name})"
        for name in names or RULES
        for path, number, what in RULES[name](tree)
    ]


def main(arguments):
    if not 2 <= len(arguments) <= 3 or (len(arguments) == 3 and arguments[2] not in RULES):
        print(f"usage: tidy.py ROOT [{'|'.join(RULES)}]", file=sys.stderr)
        return 64
    breaches = check(arguments[1], arguments[2:])
    print("\n".join(breaches) if breaches else "tidy")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
