"""Nothing is posted by accident: pastes, held keys, typing ahead, resizes."""

import unittest

from terminal import ConsoleTest


class Accidents(ConsoleTest):

    def test_pasted_text_never_posts(self):
        console = self.ready_console()
        console.paste("gonzález\r")
        console.wait("Find: gonzález")
        console.keys("Enter")
        console.paste("+5\r\x181\r")
        self.assertNotIn("DEPOSIT", console.screen())
        console.keys("=+")
        console.paste("5\r\x181\r")
        self.assertNotIn("REVIEW", console.screen())
        console.keys("C-u", "=5", "F10")
        console.wait("REVIEW")
        console.paste("1\r")
        console.paste("1")
        console.keys("Enter")
        console.keys("=1")
        console.paste("\r")
        self.assertIn("nothing has been posted yet", console.screen())
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_a_held_enter_posts_nothing(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5")
        console.keys(*["Enter"] * 30)
        console.keys("F10", *["Enter"] * 30)
        self.assertIn("nothing has been posted yet", console.screen())
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_held_keys_behind_a_posting_do_not_post_again(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5", "F10", "=1", *["Enter"] * 30)
        self.assertEqual(self.balance(self.zoe), 227706)

    def test_what_is_typed_ahead_of_the_review_is_thrown_away(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5")
        # One write: all of it is there before the review can be.
        console.tmux("send-keys", "-H", "18", "31", "0d", "31", "0d")
        console.wait("nothing has been posted yet")
        console.keys("Enter")
        self.assertIn("nothing has been posted yet", console.screen())
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_every_size_keeps_what_was_typed(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=*", "=pat", "Enter", "=12,50", "Tab", "=Rent")
        for columns, rows in ((40, 10), (120, 40), (41, 11), (200, 60), (30, 5), (1, 1), (80, 24)):
            console.resize(columns, rows)
        console.wait("= 12.50 EUR", "Rent", "Gonzales, Pat")
        console.keys("F10")
        for columns, rows in ((40, 10), (20, 6), (132, 43), (80, 24)):
            console.resize(columns, rows)
        console.wait("REVIEW", "12.50", "Rent")
        console.keys("=1", "Enter")
        console.wait("POSTED")
        self.assertEqual(self.balance(self.pat), 1250)

    def test_nothing_can_be_typed_into_a_window_that_is_too_small(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=+", "=5", "F10")
        console.resize(30, 8)
        console.wait("nothing is lost")
        console.keys("=1", "Enter")
        console.resize(80, 24)
        console.wait("nothing has been posted yet")
        self.assertEqual(self.balance(self.zoe), 227206)

    def test_side_by_side_from_120_columns(self):
        console = self.ready_console(columns=120, rows=40)
        console.keys("=gonzález", "Enter")
        console.wait("│")
        line = next(line for line in console.screen().splitlines() if line.startswith(">"))
        self.assertIn("│", line)

    def test_two_keystrokes_of_a_review_are_two_different_keys(self):
        console = self.ready_console()
        for wrong in (["F10", "F10"], ["=1", "=1"], ["=1", "=x", "Enter"], ["Enter", "=1", "=0"]):
            console.keys("=/", "=gonzález", "Enter", "=+", "=5", "F10", *wrong)
            self.assertEqual(self.balance(self.zoe), 227206, wrong)
            console.keys("Escape", "Escape", "Escape", "Enter")


if __name__ == "__main__":
    unittest.main()
