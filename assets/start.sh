#!/bin/sh
# From a fresh Debian 12 to a bank to try: installs what is missing, builds, makes a demo bank,
# starts the daemon and opens the console; the daemon ends with the console. Without a terminal
# the daemon stays in the foreground and three requests to try are printed.
#
# TELLER_DATA says where the demo bank is kept; every TELLER_* variable of tellerd works too.
# TELLER_BIN names a folder with tellerd and teller already built: nothing is installed then.
set -eu

if [ "$(id -u)" = 0 ]; then
    data=${TELLER_DATA:-/var/lib/teller-demo}
else
    data=${TELLER_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/teller-demo}
fi
case $data in
/*) ;;
*) data=$PWD/$data ;;
esac

cd "$(dirname "$0")/.."
. assets/packages.sh
bin=${TELLER_BIN:-$PWD/.build/release/bin}

fail() {
    echo "start.sh: $1" >&2
    exit "$2"
}

build() {
    # shellcheck disable=SC2086
    install_missing $build_packages curl || fail "the packages could not be installed" $?
    mkdir -p .build
    echo "building in .build/release"
    cmake --preset release -DTELLER_TESTS=OFF -DTELLER_WERROR=OFF >.build/configure.log || {
        cat .build/configure.log
        fail "the build could not be configured" 70
    }
    cmake --build --preset release --parallel "$(nproc)" || fail "the build failed" 70
}

# The file stays until it is imported whole: a start that was interrupted goes on here, and what
# it knows already it skips by its keys.
make_bank() {
    past=$data/demo.jsonl
    mkdir -p "$data"
    chmod 700 "$data"
    if [ ! -e "$data/journal.db" ]; then
        LC_ALL=C awk -v today="$(date -u +%Y-%m-%d)" -f assets/demo.awk >"$past.new"
        mv "$past.new" "$past"
    fi
    [ -e "$past" ] || return 0
    echo "making a demo bank in $data"
    "$bin/tellerd" import "$past" --data "$data" || fail "the demo bank could not be made" $?
    rm "$past"
}

# Starts the daemon and waits for the line it prints when everything answers; log is a file, or
# empty for the caller's standard error. Sets daemon, ready, http and endpoint.
start_daemon() {
    pipe=$(mktemp -d)
    mkfifo "$pipe/ready"
    if [ -n "$1" ]; then
        "$bin/tellerd" serve --data "$data" >"$pipe/ready" 2>>"$1" &
    else
        "$bin/tellerd" serve --data "$data" >"$pipe/ready" &
    fi
    daemon=$!
    trap 'kill -TERM "$daemon" 2>/dev/null || :' INT TERM HUP
    exec 3<"$pipe/ready"
    rm -r "$pipe"
    if IFS= read -r ready <&3; then
        http=${ready#ready http=}
        http=${http%% *}
        endpoint=${ready#* zmq=}
        endpoint=${endpoint%% data=*}
        endpoint=${endpoint%%,*}
        return 0
    fi
    wait_for_daemon
    return "$code"
}

# A signal that the trap passes on ends a wait early: what counts is how the daemon ended.
wait_for_daemon() {
    while :; do
        code=0
        wait "$daemon" || code=$?
        kill -0 "$daemon" 2>/dev/null || return 0
    done
}

explain() {
    case $1 in
    0) exit 0 ;; # asked to stop before it was ready
    69) fail "an address could not be had: is another program there? Choose others, for example
    TELLER_HTTP=127.0.0.1:8081 TELLER_ZMQ=ipc://$data/teller.sock sh assets/start.sh" 69 ;;
    75) fail "a daemon is already running on $data" 75 ;;
    *) fail "the daemon ended with code $1" "$1" ;;
    esac
}

quoted() {
    printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

print_requests() {
    key="\"Authorization: Bearer \$(cat $(quoted "$data/admin.key"))\""
    year=$(date -u +%Y)
    month=$(date -u +%m)
    month=${month#0}
    if [ "$month" = 1 ]; then
        year=$((year - 1))
        month=13
    fi
    month=$(printf %d-%02d "$year" $((month - 1)))
    account=http://$http/accounts/1000000420
    deposit='{"account":"1000000420","amount":1250,"reference":"In a coat"}'
    cat <<END
$ready
Try, from another terminal:
curl -s -H $key 'http://$http/accounts?search=zoe'
curl -s -H $key -H 'Accept: text/plain' $account/statements/$month
curl -s -H $key -H 'Idempotency-Key: try-1' --json '$deposit' http://$http/accounts/deposit
END
}

serve_alone() {
    start_daemon "" || explain $?
    print_requests
    wait_for_daemon
    exit "$code"
}

open_console() {
    log=$data/tellerd.log
    : >"$log"
    start_daemon "$log" || {
        code=$?
        # Somebody else's daemon on the same bank is as good as ours.
        if [ "$code" = 75 ] && read -r _ endpoint <"$data/teller.lock" && [ -n "$endpoint" ]; then
            exec "$bin/teller" --connect "$endpoint" --key-file "$data/admin.key"
        fi
        tail -n 20 "$log" >&2
        explain "$code"
    }
    console=0
    "$bin/teller" --connect "$endpoint" --key-file "$data/admin.key" || console=$?
    kill -TERM "$daemon" 2>/dev/null || :
    wait_for_daemon
    [ "$code" = 0 ] || fail "the daemon ended with code $code; its log is $log" "$code"
    exit "$console"
}

[ -n "${TELLER_BIN:-}" ] || build >&2
make_bank >&2
if [ -t 0 ] && [ -t 1 ]; then
    open_console
else
    serve_alone
fi
