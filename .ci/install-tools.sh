#!/bin/sh
# Installs what the tests need and package.json does not: the platform's CLI (.ci/vercel), the two Nodes that functions may
# run on (.ci/nodes), and, where we are root on Debian, the shells whose completions are tried, the programs that must accept
# our archives, and those that the README verifies webhooks with. Does nothing, and needs no network, when they are there already.
set -eu
cd "$(dirname "$0")"

# A folder of its own for each: the CLI is 360 MB, and a node in the root's node_modules/.bin would shadow the other.
install() {
  folder=$1 manifest=$2
  if [ -e "$folder/installed" ] && [ "$(cat "$folder/installed")" = "$manifest" ]; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  printf '%s' "$manifest" >"$folder/package.json"
  npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --loglevel=error
  printf '%s' "$manifest" >"$folder/installed"
}

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  *) echo "test/platform needs Linux on x64 or arm64; this is $(uname -s) on $(uname -m)" >&2; exit 1 ;;
esac

# vercel asks for a sandbox 4.4.0 that the registry lacks.
install vercel '{"private":true,"dependencies":{"vercel":"64.0.2"},"overrides":{"sandbox":"4.5.0"}}'
install nodes '{"private":true,"dependencies":{"node22":"npm:node-'$platform'@22.23.3","node24":"npm:node-'$platform'@24.21.0"}}'

missing=
for tool in zsh:zsh fish:fish bzip2:bzip2 xz:xz-utils jq:jq python3:python3 openssl:openssl; do
  command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"
done
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # shellcheck disable=SC2086 # several words
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
