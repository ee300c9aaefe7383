#!/usr/bin/env bash
# Starts the agent as a person does, waits until every part is ready, and holds one spoken turn with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -x "${TWIN_HOME:-$HOME/.local/share/twin}/node/bin/node" ]; then
  PATH="${TWIN_HOME:-$HOME/.local/share/twin}/node/bin:$PATH"
fi

work=$(mktemp -d)
agent=
cleanup() {
  # A shell without job control starts children that ignore the interrupt: end it as a service manager would.
  if [ -n "$agent" ] && kill -TERM "$agent" 2>/dev/null; then wait "$agent" || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

./bootstrap.sh --local --yes >"$work/agent.log" 2>&1 &
agent=$!
fail() {
  printf 'first-turn: %s\n--- the log of the agent\n' "$1" >&2
  cut -c1-400 "$work/agent.log" >&2
  exit 1
}

# Every part, the language model too.
health='fetch("http://127.0.0.1:8000/health").then(async (r) => {
  const text = await r.text();
  console.log(text);
  process.exit(r.ok && !text.includes("\"ok\":false") ? 0 : 1);
})'
readonly READY_S=300
deadline=$((SECONDS + READY_S))
ready=0
while [ "$SECONDS" -lt "$deadline" ]; do
  kill -0 "$agent" 2>/dev/null || fail 'the agent ended'
  if node -e "$health" >"$work/health" 2>/dev/null; then ready=1; break; fi
  sleep 1
done
cat "$work/health"
[ "$ready" = 1 ] || fail "not every part became ready within $READY_S s"
grep -q 'signin?code=' "$work/agent.log" || fail 'no sign-in link was printed'

espeak-ng -v en-us -w "$work/question.wav" 'What time is it?'
node pipecat-app/bin/twin.js talk --wav "$work/question.wav" --json >"$work/turn.json" || fail "the turn failed: $(cat "$work/turn.json")"
grep '"type":"turn"' "$work/turn.json"
