#!/bin/sh
# Installs what is missing, builds everything, runs every test: on Debian 12, as root or with
# sudo, from anywhere, without a terminal. Ends with the summary of the tests; exits 1 when
# anything failed.
set -eu

test_packages="libcmocka-dev python3-zmq python3-msgpack curl hledger tmux valgrind"

cd "$(dirname "$0")/.."
. assets/packages.sh
exec </dev/null
export LC_ALL=C.UTF-8
failed=

step() {
    printf '\n== %s\n' "$1"
}

# configure PRESET [OPTION...], then build PRESET TARGET...
configure() {
    cmake --preset "$@" >.build/configure.log 2>&1 || {
        cat .build/configure.log
        return 1
    }
}

build() {
    preset=$1
    shift
    cmake --build --preset "$preset" --parallel "$(nproc)" --target "$@" >.build/build.log 2>&1 || {
        grep -v '^\[[0-9]*/[0-9]*\] [BL]' .build/build.log
        echo "the build of preset $preset failed"
        return 1
    }
}

step "packages"
# shellcheck disable=SC2086
install_missing $build_packages $test_packages
mkdir -p .build

# Other people's verifiers judge our webhooks; exact versions are in package-lock.json.
step "verifiers of webhooks, from npm"
command -v npm >/dev/null || install_missing nodejs npm || echo "npm cannot be installed"
mkdir -p .build/verifiers
cp tests/system/verifiers/package.json tests/system/verifiers/package-lock.json .build/verifiers/
if command -v npm >/dev/null &&
    (cd .build/verifiers && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1); then
    echo "installed"
else
    rm -rf .build/verifiers/node_modules
    echo "skipped: npm could not install them; that one test will say so"
fi

step "build: release, warnings are errors"
configure release -DTELLER_TESTS=OFF -DTELLER_WERROR=ON
build release all tellerbench engine_transfers

step "instructions of the engine a transfer, against the recorded figure"
sh tests/bench/instructions.sh .build/release || failed="$failed instructions"

step "build and test: thread sanitizer"
configure tsan -DTELLER_TESTS=ON
build tsan threads_tests
# The sanitizer of gcc 12 cannot live with every layout of addresses that newer kernels choose.
fixed_layout=
if setarch "$(uname -m)" -R true 2>/dev/null; then
    fixed_layout="setarch $(uname -m) -R"
fi
export TSAN_OPTIONS="second_deadlock_stack=1 suppressions=$PWD/tests/tsan.supp ${TSAN_OPTIONS:-}"
$fixed_layout ctest --test-dir .build/tsan -L threads -j2 --output-on-failure \
    --no-tests=error || failed="$failed tsan"

step "build and test: address and undefined-behaviour sanitizers"
configure dev -DTELLER_TESTS=ON
build dev all
export UBSAN_OPTIONS="print_stacktrace=1 ${UBSAN_OPTIONS:-}"
export ASAN_OPTIONS="strict_string_checks=1 detect_stack_use_after_return=1 ${ASAN_OPTIONS:-}"
ctest --test-dir .build/dev -j2 --output-on-failure --no-tests=error || failed="$failed dev"

if [ -n "$failed" ]; then
    echo "failed under:$failed" >&2
    exit 1
fi
