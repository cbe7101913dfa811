"""The release build of teller under valgrind: a walk through the screens loses no memory."""

import os
import pathlib
import shutil
import unittest

from terminal import ConsoleTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = pathlib.Path(os.environ.get("TELLER_RELEASE_BIN", ROOT / ".build/release/bin")) / "teller"


@unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
@unittest.skipUnless(RELEASE.exists(), f"there is no {RELEASE}: build the preset release")
class Valgrind(ConsoleTest):

    def test_a_walk_through_the_screens_loses_nothing(self):
        log = pathlib.Path(self.state.name) / "valgrind.log"
        console = self.console(command=[
            "valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite", "--error-exitcode=99", f"--log-file={log}",
            RELEASE, "--data", self.bank.data])
        console.wait("online", "González")
        console.wait_idle()
        for keys in (("=gonz", "Enter", "Enter", "Down", "Escape"), ("=s",), ("=[",), ("Escape",),
                     ("=+", "=5", "F10"), ("=1", "Enter", "Enter"), ("=*", "=pat", "Enter", "=1"),
                     ("F10",), ("Escape", "Escape", "=:", "=open a new", "Enter"), ("Escape",),
                     ("F2", "F2", "=?", "Escape", "=y", "=o", "Escape")):
            console.keys(*keys)
        console.resize(100, 30)
        self.assertEqual(self.balance(self.zoe), 227706)
        console.press("C-c")
        code = console.exit_status()
        said = log.read_text()
        self.assertEqual(code, 0, said)
        self.assertNotRegex(said, "definitely lost|Invalid (read|write)|uninitialised")


if __name__ == "__main__":
    unittest.main()
