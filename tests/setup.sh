# shellcheck shell=bash disable=SC2034
# What the demonstration and the tests need from the system, and how to get it. Sourced by bash scripts.

# To build and run the example programs.
programs_need=(make pkg-config openssl libssl-dev libevent-dev libxml2-dev libjansson-dev libyaml-dev
  libhttp-parser-dev libwslay-dev)
# To test everything as well: C++ and a second compiler, and the memory checker with the C library's symbols.
tests_need=(g++ clang valgrind libc6-dbg)
# To make the manual.
manual_needs=(doxygen help2man python3)
# To look at what is installed.
packaging_needs=(binutils abigail-tools)

say() { printf '\n== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# find_rust COMPONENT...: puts cargo on the PATH, and adds what a minimal toolchain leaves out.
find_rust() {
  command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  command -v cargo >/dev/null || die "there is no cargo; install Rust from https://rustup.rs"
  local component missing=()
  for component in "$@"; do
    command -v "cargo-$component" >/dev/null && "cargo-$component" --version >/dev/null 2>&1 || missing+=("$component")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v rustup >/dev/null || die "cargo has no ${missing[*]}; install it with your Rust toolchain"
  rustup component add "${missing[@]/fmt/rustfmt}"
}

# install PACKAGE...: installs those Debian packages that are missing.
install() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: taking for granted that you have the equivalents of: $*" >&2
    return
  fi
  local package missing=() as_root=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "Installing ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "there is no sudo; as root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  if ! "${as_root[@]}" apt-get update -q ||
    ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; then
    die "could not install ${missing[*]}"
  fi
}

# install_peers: kubectl and the other SPDY implementations. Where a program is there already, it is taken as it is: one that
# does not come from Debian would be replaced by Debian's otherwise.
install_peers() {
  local needs=(libnetty-java tshark golang-github-docker-spdystream-dev)
  command -v kubectl >/dev/null || needs+=(kubernetes-client)
  command -v go >/dev/null || needs+=(golang-go)
  command -v javac >/dev/null || needs+=(default-jdk-headless)
  command -v node >/dev/null || needs+=(nodejs)
  command -v npm >/dev/null || needs+=(npm)
  install "${needs[@]}"
}
