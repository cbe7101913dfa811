"""Each rule of tidy.py against a small house, sound at first, with one breach planted."""

import pathlib
import tempfile
import unittest

import tidy

LATER = "TO" + "DO"
THIRD = "X" + "XX"

SOUND = {
    "CMakeLists.txt": "# a room(name KNOWS x) is a folder\nadd_subdirectory(shared)\n",
    "shared/base/CMakeLists.txt": "room(base KNOWS PkgConfig::LIBUTF8PROC)\n",
    "shared/base/utf8.h": "#pragma once\n",
    "shared/base/utf8.c": '#include "base/utf8.h"\n\n#include <utf8proc.h>\n',
    "shared/wire/CMakeLists.txt": "room(wire KNOWS base PkgConfig::MSGPACK)\n",
    "shared/wire/wire.h": '#include "base/utf8.h"\n',
    "daemon/CMakeLists.txt": "add_executable(tellerd main.c)\n"
    "target_link_libraries(tellerd PRIVATE teller_zmq)\n",
    "daemon/main.c": '#include "wire/wire.h"\n#include "zmq/door.h"\n',
    "daemon/host/CMakeLists.txt": "room(host KNOWS base Threads::Threads)\n",
    "daemon/host/clock.h": "#pragma once\n",
    "daemon/zmq/CMakeLists.txt": "room(zmq KNOWS\n     wire PkgConfig::LIBZMQ)\n",
    "daemon/zmq/door.h": "#pragma once\n",
    "daemon/zmq/door.c": '#include <zmq.h>\n#include "base/utf8.h"\n',
    "tests/zmq/test_door.c": '#include <sqlite3.h>\n#include "host/clock.h"\n',
    "README.md": "x" * 200 + LATER + "\n",
}


class Rules(unittest.TestCase):
    def house(self, changes=None):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        for name, text in {**SOUND, **(changes or {})}.items():
            path = pathlib.Path(root.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root.name

    def finds(self, rule, changes, *expected):
        breaches = tidy.check(self.house(changes))
        self.assertEqual([f"{e} ({rule})" for e in expected], breaches)

    def test_a_sound_house_is_tidy(self):
        self.assertEqual([], tidy.check(self.house()))

    def test_a_room_that_is_not_known_may_not_be_included(self):
        self.finds(
            "arrows",
            {"shared/base/utf8.c": '\n#  include "host/clock.h"\n'},
            "shared/base/utf8.c:2: base may not know host",
        )
        self.finds(
            "arrows",
            {"daemon/zmq/door.h": '#include "host/clock.h"\n'},
            "daemon/zmq/door.h:1: zmq may not know host",
        )

    def test_an_arrow_is_not_followed_backwards(self):
        self.finds(
            "arrows",
            {"shared/wire/wire.c": '#include "zmq/door.h"\n'},
            "shared/wire/wire.c:1: wire may not know zmq",
        )

    def test_a_program_knows_only_what_it_is_linked_with(self):
        self.finds(
            "arrows",
            {"daemon/main.c": '#include "host/clock.h"\n'},
            "daemon/main.c:1: daemon/main.c may not know host",
        )

    def test_a_program_may_have_headers_of_its_own(self):
        self.assertEqual([], tidy.check(self.house({
            "daemon/main.c": '#include "main.h"\n',
            "daemon/main.h": '#include "zmq/door.h"\n',
        })))
        self.finds(
            "arrows",
            {"daemon/main.h": '#include "host/clock.h"\n'},
            "daemon/main.h:1: daemon/main.c may not know host",
        )

    def test_an_include_names_its_room(self):
        self.finds(
            "arrows",
            {"daemon/zmq/door.c": '#include "door.h"\n#include "../host/clock.h"\n'},
            'daemon/zmq/door.c:1: "door.h" does not read "room/file.h"',
            'daemon/zmq/door.c:2: "../host/clock.h" does not read "room/file.h"',
        )
        self.finds(
            "arrows",
            {"daemon/zmq/door.c": '#include "cellar/rat.h"\n'},
            "daemon/zmq/door.c:1: cellar is no room",
        )

    def test_a_file_outside_every_room_is_noticed(self):
        self.finds(
            "arrows",
            {"daemon/stray.c": "#include <stdio.h>\n"},
            "daemon/stray.c:1: this file belongs to no room and no program",
        )

    def test_a_room_is_called_like_its_folder(self):
        self.finds(
            "rooms",
            {"daemon/attic/CMakeLists.txt": "room(roof KNOWS base)\n"},
            "daemon/attic/CMakeLists.txt:1: room roof is in a folder called attic",
        )

    def test_a_room_may_not_know_what_is_none(self):
        self.finds(
            "rooms",
            {"daemon/host/CMakeLists.txt": "room(host KNOWS base cellar)\n"},
            "daemon/host/CMakeLists.txt:1: room host knows cellar, which is no room",
        )

    def test_two_rooms_may_not_know_each_other(self):
        self.finds(
            "rooms",
            {"shared/base/CMakeLists.txt": "room(base KNOWS wire)\n"},
            "shared/base/CMakeLists.txt:1: rooms base and wire know each other",
            "shared/wire/CMakeLists.txt:1: rooms wire and base know each other",
        )

    def test_a_library_stays_in_its_room(self):
        for header, room in [
            ("sqlite3.h", "journal, read, registry, sqlite, webhooks"),
            ("microhttpd.h", "rest"),
            ("jansson.h", "json"),
            ("msgpack.h", "wire"),
            ("msgpack/unpack.h", "wire"),
            ("ncurses.h", "term"),
            ("curses.h", "term"),
            ("sodium.h", "host, journal, registry, webhooks"),
            ("nettle/sha2.h", "host"),
            ("utf8proc.h", "base"),
            ("xxhash.h", "write"),
            ("zlib.h", "tools"),
            ("curl/curl.h", "webhooks"),
        ]:
            with self.subTest(header):
                self.finds(
                    "libraries",
                    {"daemon/zmq/door.c": f"#include <{header}>\n"},
                    f"daemon/zmq/door.c:1: {header} belongs to {room}",
                )
        self.finds(
            "libraries",
            {"daemon/main.c": "#include <zmq.h>\n"},
            "daemon/main.c:1: zmq.h belongs to client, zmq",
        )

    def test_a_long_line_is_noticed(self):
        for path in ["daemon/zmq/door.c", "tests/zmq/test_door.c", "tests/run.sh", ".ci/run"]:
            with self.subTest(path):
                self.finds("columns", {path: "é" * 100 + "\n" + "é" * 101 + "\n"},
                           f"{path}:2: 101 columns")

    def test_a_long_file_is_noticed(self):
        self.assertEqual([], tidy.check(self.house({"daemon/zmq/door.c": "\n" * 900})))
        self.finds("lines", {"daemon/zmq/door.c": "\n" * 901}, "daemon/zmq/door.c:901: 901 lines")

    def test_words_of_things_left_for_later_are_noticed(self):
        for word in ["TO" + "DO", "FIX" + "ME", THIRD]:
            with self.subTest(word):
                self.finds(
                    "words",
                    {"daemon/zmq/door.c": f"/* {word}: finish */\n"},
                    f"daemon/zmq/door.c:1: the word {word}",
                )
        self.finds("words", {"tests/a.sh": f"# {LATER}\n"}, f"tests/a.sh:1: the word {LATER}")
        self.finds(
            "words",
            {"daemon/zmq/door.c": f'puts("{LATER}");\n'},
            f"daemon/zmq/door.c:1: the word {LATER}",
        )
        fine = {"daemon/zmq/door.c": f'"{THIRD}" "a\\"{THIRD}" "t-{THIRD}{THIRD}" {LATER}S\n'}
        self.assertEqual([], tidy.check(self.house(fine)))

    def test_blanks_out_of_place_are_noticed(self):
        self.finds(
            "blanks",
            {"daemon/zmq/door.c": "int a; \n\tint b;\nint c;"},
            "daemon/zmq/door.c:1: blanks at the end of the line",
            "daemon/zmq/door.c:2: a tab",
            "daemon/zmq/door.c:3: no newline at the end of the file",
        )

    def test_floating_point_is_noticed_outside_comments(self):
        self.finds(
            "floats",
            {"daemon/zmq/door.c": '/* a double\n entry */ puts("float");\ndouble rate;\n'},
            "daemon/zmq/door.c:3: the type double",
        )

    def test_builds_beside_the_sources_are_not_looked_at(self):
        self.assertEqual([], tidy.check(self.house({".build/dev/x.c": "x" * 200})))

    def test_one_rule_may_be_asked_for(self):
        root = self.house({"daemon/zmq/door.c": "x" * 101 + "\n"})
        self.assertEqual([], tidy.check(root, ["lines"]))
        self.assertEqual(1, tidy.main(["tidy.py", root, "columns"]))
        self.assertEqual(0, tidy.main(["tidy.py", root, "lines"]))
        self.assertEqual(64, tidy.main(["tidy.py", root, "no such rule"]))


if __name__ == "__main__":
    unittest.main(buffer=True)
