"""Many at once: no interleaving makes money or loses it."""

import threading
import unittest

import msgpack
import zmq

from bank import BankTest


def together(count, work):
    """Runs work(n) in `count` threads that start at once; returns what they returned."""
    results = [None] * count
    barrier = threading.Barrier(count)

    def run(n):
        barrier.wait()
        results[n] = work(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


class Concurrency(BankTest):
    def test_of_a_hundred_withdrawals_against_a_balance_for_one_exactly_one_succeeds(self):
        a = self.open_account(100)

        def withdraw(n):
            if n % 2:
                return self.bank.rest().post("/accounts/withdraw", {"account": a, "amount": 100})
            return self.bank.zeromq().ask("WithdrawMoney", {"account": a, "amount": 100})

        replies = together(100, withdraw)
        self.assertEqual(sum(r.ok for r in replies), 1)
        self.assertEqual({r.code for r in replies if not r.ok}, {"insufficient_funds"})
        self.assertEqual(self.balance(a), 0)
        self.assertSound()

    def test_a_thousand_transfers_each_way_from_both_transports_keep_the_sum(self):
        a, b = self.open_account(50000), self.open_account(50000)
        ways = [(a, b), (b, a)]

        def by_rest(n):
            client = self.bank.rest()
            source, target = ways[n % 2]
            return [client.post("/accounts/transfer", {"from": source, "to": target,
                                                       "amount": 7}).status for _ in range(250)]

        def by_zmq(n):
            client = self.bank.zeromq(kind=zmq.DEALER)
            source, target = ways[n % 2]
            for _ in range(250):
                client.socket.send_multipart([b"", msgpack.packb(client.message(
                    "TransferMoney", {"from": source, "to": target, "amount": 7}))])
            return [Zmq_status(client) for _ in range(250)]

        def Zmq_status(client):
            return client.reply(msgpack.unpackb(client.socket.recv_multipart()[1])).status

        replies = together(8, lambda n: (by_rest if n < 4 else by_zmq)(n))
        self.assertEqual([len(r) for r in replies], [250] * 8)
        self.assertEqual({status for r in replies for status in r}, {200})
        self.assertEqual((self.balance(a), self.balance(b)), (50000, 50000))
        self.assertEqual(self.rest.get(f"/accounts/{a}").body["version"], 2 + 2 * 2000)
        self.assertSound()

    def test_expected_version_lets_one_of_many_through(self):
        a = self.open_account(1000)
        replies = together(20, lambda n: self.bank.rest().post(
            "/accounts/withdraw", {"account": a, "amount": 1, "expected_version": 2}))
        self.assertEqual(sum(r.ok for r in replies), 1)
        refused = [r for r in replies if not r.ok]
        self.assertEqual({(r.status, r.code, r.body["version"]) for r in refused},
                         {(409, "version_conflict", 4)})


if __name__ == "__main__":
    unittest.main()
