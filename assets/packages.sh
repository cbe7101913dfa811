# What Debian 12 must have, for start.sh and tests/run.sh; they read this file with `.`.

# shellcheck disable=SC2034
build_packages="gcc libc6-dev cmake ninja-build pkg-config python3 python3-yaml
    libsqlite3-dev libmicrohttpd-dev libcurl4-openssl-dev ca-certificates libzmq3-dev libmsgpack-dev
    libjansson-dev libsodium-dev nettle-dev libxxhash-dev zlib1g-dev libutf8proc-dev libncurses-dev"

# install_missing PACKAGE...: asks the network only when something is missing.
install_missing() {
    missing=
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
        [ "$state" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "run this as root, or install sudo: these packages are missing:$missing" >&2
            return 77
        fi
        as_root=sudo
    fi
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends $missing
}
