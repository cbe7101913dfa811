"""The daemon stops, dies, comes back; the console is killed."""

import os
import pathlib
import signal
import unittest

from terminal import ConsoleTest, until


class Trouble(ConsoleTest):

    def stop_daemon(self):
        self.bank.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.resume_daemon)

    def resume_daemon(self):
        if self.bank.process is not None:
            self.bank.process.send_signal(signal.SIGCONT)

    def test_keys_are_answered_while_the_daemon_is_silent(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter")
        self.stop_daemon()
        console.press("=/", "=xyz")
        console.wait("Find: xyz", "González", "2 272.06")
        console.wait("waiting")
        console.press("Escape", "Enter", "=?")
        console.wait("HELP")
        console.press("Escape")
        console.wait_gone("HELP")
        console.wait("NO ANSWER FROM THE BANK", "posting is off")
        console.press("=+")
        console.press("=5", "F10", "=1", "Enter")
        console.wait("2 272.06")
        self.resume_daemon()
        console.wait("online")
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_quitting_works_while_the_daemon_is_silent(self):
        console = self.ready_console()
        console.keys("Enter")
        self.stop_daemon()
        console.press("=q")
        self.assertEqual(console.exit_status(), 0)

    def test_a_posting_into_a_silent_daemon_resolves_itself(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1")
        self.stop_daemon()
        console.press("Enter")
        console.wait("posting…")
        console.wait("OUTCOME UNKNOWN", "do not enter it again")
        self.assertEqual(len(self.open_intents()), 1)
        self.resume_daemon()
        console.wait("POSTED")
        self.assertEqual(self.balance(self.zoe), 227706)
        self.assertEqual(self.open_intents(), [])

    def test_a_dead_daemon_is_told_and_posting_is_off_until_it_is_back(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1")
        self.bank.kill()
        console.wait("NO ANSWER FROM THE BANK", "offline")
        console.press("Enter")
        console.wait("Nothing was sent")
        self.assertEqual(self.open_intents(), [])
        self.bank.start()
        console.wait("online")
        self.assertEqual(self.balance(self.zoe), 227206)
        console.keys("=1", "Enter")
        console.wait("POSTED")
        self.assertEqual(self.balance(self.zoe), 227706)

    def test_a_console_may_be_there_before_its_daemon(self):
        self.bank.kill()
        console = self.console()
        console.wait("posting is off")
        self.bank.start()
        console.wait("online", "González")

    def kill_while_posting(self):
        """A console that posted into a stopped daemon and was killed; its successor's flags."""
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1")
        self.stop_daemon()
        console.press("Enter")
        console.wait("posting…")
        os.kill(console.pid(), signal.SIGKILL)
        until(console.is_dead, "the console lives")
        self.assertEqual(len(self.open_intents()), 1)

    def test_a_killed_console_is_resolved_by_the_next_start(self):
        self.kill_while_posting()
        self.resume_daemon()
        console = self.console()
        console.wait("OUTCOMES", "Deposit 5.00 EUR")
        until(lambda: "POSTED" in console.screen() or "Nothing was posted" in console.screen(),
              lambda: "never resolved:\n" + console.screen())
        self.assertEqual(self.open_intents(), [])
        posted = "POSTED" in console.screen()
        self.assertEqual(self.balance(self.zoe), 227706 if posted else 227206)

    def test_what_never_reached_the_bank_is_called_off_by_the_next_start(self):
        self.kill_while_posting()
        self.bank.kill()
        self.bank.start()
        console = self.console()
        console.wait("OUTCOMES", "called off", "Nothing was posted")
        self.assertEqual(self.balance(self.zoe), 227206)
        self.assertEqual(self.open_intents(), [])

    def test_a_second_console_leaves_the_postings_of_a_living_one_alone(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1")
        self.stop_daemon()
        console.press("Enter")
        console.wait("OUTCOME UNKNOWN")
        other = self.console()
        other.wait("TELLER")
        self.resume_daemon()
        other.wait("online", "González")
        self.assertNotIn("OUTCOMES", other.screen())
        console.wait("POSTED")
        self.assertEqual(self.balance(self.zoe), 227706)

    def test_a_state_folder_that_cannot_be_written_switches_posting_off(self):
        blocked = pathlib.Path(self.state.name) / "file"
        blocked.write_text("")
        console = self.ready_console(XDG_STATE_HOME=str(blocked))
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1", "Enter")
        console.wait("Nothing was sent", "cannot use the folder")
        self.assertEqual(self.balance(self.zoe), 227206)


if __name__ == "__main__":
    unittest.main()
