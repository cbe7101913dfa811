"""What the shells complete and the manuals explain is what --help lists: nothing less, and nothing
that is not there."""

import pathlib
import re
import subprocess
import unittest

from terminal import BIN

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "assets"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
WORDLESS = {"--help", "--version"}  # a manual may leave them out
COMMANDS = ("verify", "rebuild", "backup", "import", "export", "keys")


def output_of(program, *arguments):
    result = subprocess.run([BIN / program, *arguments], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL)
    return result.stdout + result.stderr


def completed(program, *words):
    """What bash offers for the last of these words."""
    script = (f'source "{ASSETS}/completions/{program}.bash"; compopt() {{ :; }}; '
              f'COMP_WORDS=({program} "$@"); COMP_CWORD=$#; _{program}; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    result = subprocess.run(["bash", "-c", script, "-", *words], capture_output=True, text=True,
                            check=True)
    return set(result.stdout.split())


def manual_of(page):
    return {"--" + name for name in re.findall(r"\bFl -([a-z][a-z-]*)",
                                               (ASSETS / "man" / page).read_text())}


class Completions(unittest.TestCase):

    def test_teller_completes_what_its_help_lists(self):
        listed = set(OPTION.findall(output_of("teller", "--help")))
        self.assertEqual(completed("teller", "--"), listed)

    def test_the_manual_of_teller_explains_what_its_help_lists(self):
        listed = set(OPTION.findall(output_of("teller", "--help")))
        self.assertEqual(manual_of("teller.1") | WORDLESS, listed)

    def test_the_daemon_completes_what_its_help_lists(self):
        listed = set(OPTION.findall(output_of("tellerd", "serve", "--help")))
        self.assertEqual(completed("tellerd", "serve", "--") | WORDLESS, listed | WORDLESS)
        self.assertEqual(completed("tellerd", "--") | WORDLESS, listed | WORDLESS)

    def test_the_tools_complete_what_their_usage_lists(self):
        usage = output_of("tellerd", "--help")
        self.assertEqual(set(re.findall(r"^  ([a-z]+) ", usage, re.M)), {"serve", *COMMANDS})
        self.assertEqual({word for word in completed("tellerd", "") if not word.startswith("-")},
                         {"serve", *COMMANDS})
        for command in COMMANDS[:-1]:
            with self.subTest(command=command):
                line = re.search(rf"tellerd {command}\b.*", usage).group()
                self.assertEqual(completed("tellerd", command, "--"), set(OPTION.findall(line)))

    def test_the_keys_tool_completes_what_it_takes(self):
        said = output_of("tellerd", "keys", "create") + output_of("tellerd", "keys")
        words = completed("tellerd", "keys", "")
        for word in OPTION.findall(said):
            self.assertIn(word, words)
        for word in words:  # what is not there is refused as such
            arguments = ["keys", "list", word, "x"] if word.startswith("-") else ["keys", word]
            self.assertNotRegex(output_of("tellerd", *arguments, "--data", "/nonexistent"),
                                "unrecognized|unknown|no such command")

    def test_the_manual_of_the_daemon_explains_what_its_help_lists(self):
        listed = set(OPTION.findall(output_of("tellerd", "serve", "--help")))
        tools = set(OPTION.findall(output_of("tellerd", "--help"))) | {"--role", "--name"}
        self.assertEqual(manual_of("tellerd.8") | WORDLESS, listed | tools | WORDLESS)

    def test_values_are_completed(self):
        for words, some in ((("--theme", "h"), {"high-contrast"}),
                            (("--connect", "i"), {"ipc://"})):
            self.assertEqual(completed("teller", *words), some)
        self.assertEqual(completed("tellerd", "keys", "create", "--role", "a"),
                         {"admin", "auditor", "atm"})
        self.assertEqual(completed("tellerd", "export", "--format", ""), {"jsonl", "hledger"})

    def test_every_command_of_plain_is_in_the_manual(self):
        manual = (ASSETS / "man" / "teller.1").read_text()
        source = ASSETS.parent / "tui" / "screens" / "plain.c"
        names = re.findall(r'^    \{"([a-z]+)", "', source.read_text(), re.M)
        self.assertGreater(len(names), 15)
        for name in names:
            self.assertRegex(manual, rf"\.(It )?Ic {name}\b")


if __name__ == "__main__":
    unittest.main()
