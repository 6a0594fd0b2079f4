# Shared by the scripts in ops/: how they speak, fail and wait. Sourced, never run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# wait_until SECONDS COMMAND...: runs COMMAND until it succeeds; fails once SECONDS are over.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# build_release PRODUCT: the program as a user runs it. The Swift runtime is linked in, which saves memory and a jump for each
# call into it; exclusivity of access, which every test run enforces at run time, is not checked again. Together
# they take a third off the processor time of a request (docs/adr/0001).
build_release() {
    swift build --package-path "$root" --configuration release --product "$1" \
        --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked
}

# require_swift: ends the script, saying where to get one, unless a Swift 6.3 or later is on the path.
require_swift() {
    local version
    if ! command -v swift >/dev/null; then
        die "no Swift toolchain on the PATH. Fillgate needs Swift 6.3: https://www.swift.org/install/linux/"
    fi
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ $(printf '6.3\n%s\n' "$version" | sort -V | head -n 1) != 6.3 ]]; then
        die "Swift ${version:-of an unknown version} is on the PATH; Fillgate needs 6.3: https://www.swift.org/install/linux/"
    fi
}

readonly python_environment=$root/.fillgate-test/venv

# The private Python environment of the tests, made anew when its requirements change.
prepare_python() {
    local requirements=$root/Tests/EndToEnd/requirements.txt
    if ! cmp --silent "$requirements" "$python_environment/requirements.txt"; then
        say "$(basename "$0"): preparing a Python environment in $python_environment"
        rm -rf "$python_environment"
        mkdir -p "$(dirname "$python_environment")"
        python3 -m venv "$python_environment"
        "$python_environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
        cp "$requirements" "$python_environment/requirements.txt"
    fi
}
