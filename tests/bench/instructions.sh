#!/bin/sh
# Instructions that the engine spends on a transfer, counted by callgrind: a figure that does not
# depend on how busy the machine is. Fails when it is more than 5 % above the recorded one.
#
#   sh tests/bench/instructions.sh BUILD            compares with tests/bench/instructions.txt
#   sh tests/bench/instructions.sh BUILD --record   writes it down anew
#
# BUILD is a folder of preset release in which the target engine_transfers was built. The program
# is run twice, with two counts of transfers, so that starting and opening accounts cancel out.
#
# SHA-256 is left out: a processor has instructions for it that callgrind does not know, and what
# the library does without them is more than all the rest together.
set -eu

few=20000
many=60000
allowed_percent=5

build=${1:?usage: instructions.sh BUILD [--record]}
recorded_file=$(dirname "$0")/instructions.txt
program=$build/bin/engine_transfers

fail() {
    echo "instructions: $1" >&2
    exit 1
}

[ -x "$program" ] || fail "$program is not there: build the target engine_transfers"
command -v valgrind >/dev/null || fail "valgrind is not installed"

count() {
    output=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect=nettle_sha256_update --toggle-collect=nettle_sha256_digest \
        --collect-atstart=yes "$program" "$1" 2>&1) || {
        echo "$output" >&2
        return 1
    }
    echo "$output" | sed -n 's/.*Collected *: *\([0-9][0-9]*\).*/\1/p'
}

at_few=$(count "$few") || fail "callgrind could not run the program"
at_many=$(count "$many") || fail "callgrind could not run the program"
[ -n "$at_few" ] && [ -n "$at_many" ] || fail "callgrind told no figure"
now=$(((at_many - at_few) / (many - few)))

if [ "${2:-}" = "--record" ]; then
    {
        sed -n '/^#/p' "$recorded_file"
        echo "$now"
    } >"$recorded_file.new"
    mv "$recorded_file.new" "$recorded_file"
    echo "instructions a transfer: $now, recorded"
    exit 0
fi

recorded=$(sed -n '/^[0-9][0-9]*$/p' "$recorded_file")
[ -n "$recorded" ] || fail "$recorded_file has no figure"
limit=$((recorded + recorded * allowed_percent / 100))
echo "instructions a transfer: $now, recorded $recorded, at most $limit"
[ "$now" -le "$limit" ] || fail "more than $allowed_percent % above what is recorded"
[ "$now" -ge "$((recorded - recorded * allowed_percent / 100))" ] ||
    echo "it costs much less by now: record it anew"
