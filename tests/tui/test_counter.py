"""A teller's day at the counter: find, deposit, withdraw, transfer, statement, open."""

import unittest

from terminal import ConsoleTest


class Counter(ConsoleTest):

    def test_search_to_posted_takes_at_most_twelve_keys_beside_the_data(self):
        console = self.ready_console()
        keys = [("=gonzález", 0), ("Enter", 1), ("=+", 1), ("=250", 0), ("F10", 1), ("=1", 1),
                ("Enter", 1)]
        for key, _ in keys:
            console.keys(key)
        console.wait("POSTED", "balance 2 522.06 EUR")
        self.assertEqual(self.balance(self.zoe), 252206)
        self.assertLessEqual(sum(count for _, count in keys), 12)
        self.assertEqual(self.open_intents(), [])
        console.keys("Enter")
        console.wait("+250.00", "2 522.06")

    def test_a_withdrawal_beyond_the_balance_is_not_even_reviewed(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=-", "=2.500,00", "F10")
        console.wait("227.94 more than the balance")
        self.assertNotIn("REVIEW", console.screen())
        console.keys("=m", "F10", "=1", "Enter")
        console.wait("POSTED")
        self.assertEqual(self.balance(self.zoe), 0)

    def test_a_refusal_says_why_and_keeps_the_form(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=-", "=2000", "Tab", "=cash", "F10")
        console.wait("REVIEW")
        self.rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 200000})
        console.keys("=1", "Enter")
        console.wait("REFUSED", "balance is 272.06 EUR", "Nothing was posted")
        console.keys("Enter")
        console.wait("WITHDRAW", "cash", "Highest 272.06")
        self.assertEqual(self.balance(self.zoe), 27206)

    def test_a_transfer_finds_the_other_account_by_name(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=*", "=pat")
        console.wait("Gonzales, Pat")
        console.keys("Enter", "=100", "Tab", "=Rent", "C-x")
        console.wait("one hundred EUR", "2 272.06 → 2 172.06", "Gonzales, Pat", "Rent")
        self.assertEqual(self.balance(self.pat), 0)
        console.keys("=1", "Enter")
        console.wait("POSTED")
        self.assertEqual((self.balance(self.zoe), self.balance(self.pat)), (217206, 10000))

    def test_an_account_is_opened(self):
        console = self.ready_console()
        console.keys("Enter", "=n", "=Ana Peña 李", "Tab", "=eur", "Tab", "=10,50", "F10", "=1",
                     "Enter")
        console.wait("POSTED")
        console.keys("Enter", "=/", "=ana pena")
        console.wait("Ana Peña 李", "10.50 EUR", "1 of 4")

    def test_a_statement_adds_up_and_has_months(self):
        self.rest.post("/accounts/withdraw", {"account": self.zoe, "amount": 1250,
                                              "reference": "Café Zoë 日本"})
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "=s")
        console.wait("STATEMENT", "Credits (1)", "Debits (1)",
                     "0.00 + 2 272.06 − 12.50 = 2 259.56 ✓", "Café")
        console.keys("=[")
        console.wait("opened in this month")
        console.keys("=]")
        console.wait("current month")
        console.keys("Escape")
        console.wait_gone("STATEMENT")

    def test_what_others_post_appears_by_itself_and_the_selection_stays(self):
        console = self.ready_console()
        console.keys("=gonzález", "Enter", "Enter")
        console.wait("> ", "+2 272.06")
        for amount in (111, 222, 333):
            self.rest.post("/accounts/deposit", {"account": self.zoe, "amount": amount})
        console.wait("Balance 2 278.72 EUR", "+1.11", "+2.22", "+3.33")
        console.keys("Down")
        self.rest.post("/accounts/deposit", {"account": self.zoe, "amount": 444})
        console.wait("+4.44")
        console.wait("Balance 2 283.16 EUR")
        selected = [line for line in console.screen().splitlines() if line.startswith(">")]
        self.assertEqual(len(selected), 1)
        self.assertIn("+2.22", selected[0])

    def test_new_accounts_of_others_appear_in_the_list(self):
        console = self.ready_console()
        self.open_account("Gonzo, The Great", 100)
        console.wait("Gonzo, The Great", "4 of 4")

    def test_a_long_list_is_read_page_by_page(self):
        zeromq = self.bank.zeromq()
        zeromq.ask("Batch", {"commands": [
            {"op": "CreateAccount", "args": {"owner": f"Person {i:04}", "currency": "EUR"}}
            for i in range(250)]})
        console = self.ready_console()
        console.keys("=person", "Enter")
        console.wait("250 of 253")
        for _ in range(4):
            console.keys("End")
        console.wait("Person 0249")


if __name__ == "__main__":
    unittest.main()
