#!/usr/bin/env bash
# Does what the README tells a stranger to do first: starts a server on embedded defaults, tracks a script, reads the run.
set -euo pipefail
cd "$(dirname "$0")/.."

home=$(mktemp -d)
export HOME=$home PORT=0 RUNLEDGER_DATA_DIR=$home/data
npm start >"$home/server.log" 2>&1 &
server=$!
cleanup() {
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$home"
}
trap cleanup EXIT

for _ in $(seq 120); do
  grep -q 'is ready' "$home/server.log" && break
  kill -0 "$server" 2>/dev/null || { cat "$home/server.log"; exit 1; }
  sleep 0.5
done
grep -q 'is ready' "$home/server.log" || { echo 'not ready within 60 s'; cat "$home/server.log"; exit 1; }
eval "$(grep 'export RUNLEDGER_API_URL' "$home/server.log")"

run() { node_modules/.bin/node lib/cli/runledger.js "$@"; }
last() { curl -sf -H "Authorization: Bearer $RUNLEDGER_API_KEY" "$RUNLEDGER_API_URL/v1/runs?kind=$1&limit=1"; }
field() { node -pe "JSON.parse(require('fs').readFileSync(0)).data[0].$1"; }
expect() { [ "$2" = "$3" ] || { echo "$1 is $2, not $3"; exit 1; }; echo "$1: $2"; }

run exec --kind demo.count -- sh -c 'for i in 1 2 3; do echo "progress: $((i*33))"; sleep 1; done'
expect state "$(last demo.count | field state)" succeeded
expect progress "$(last demo.count | field progress)" 100
for measure in durationMs memoryPeakBytes cpuSeconds; do
  value=$(last demo.count | field "$measure")
  [ "$value" != null ] || { echo "$measure is missing"; exit 1; }
  echo "$measure: $value"
done

code=0
run exec --kind demo.fail -- sh -c 'exit 3' || code=$?
expect 'exit code of the command' "$code" 3
expect state "$(last demo.fail | field state)" failed
expect exitCode "$(last demo.fail | field exitCode)" 3
