#!/bin/sh
# Sends a word (up, down, logs, migrate, demo, shell, clean) to the runtime that the stack is in: Compose or none.
# RUNTIME=local|compose decides; else the runtime of the last `up`; else Compose where a Docker engine answers.
set -eu
cd "$(dirname "$0")/.."
word=$1

mark=.local/runtime
marked=$(cat "$mark" 2>/dev/null || true)
runtime=${RUNTIME:-$marked}
if [ -z "$runtime" ]; then
    if docker info >/dev/null 2>&1; then runtime=compose; else runtime=local; fi
fi

case $runtime in
    local) set -- .venv/bin/python -m payouts_service.cli.embedded "$word" ;;
    compose) set -- deploy/compose/run.sh "$word" ;;
    *) echo "RUNTIME must be local or compose, not '$runtime'." >&2; exit 2 ;;
esac

case $word in
    up)
        if [ -n "$marked" ] && [ "$marked" != "$runtime" ]; then
            echo "The stack is up in the runtime '$marked'; run \`make down\` first." >&2
            exit 1
        fi
        (umask 077 && mkdir -p .local)
        "$@"
        echo "$runtime" >"$mark"
        ;;
    down | clean)
        "$@"
        rm -f "$mark"
        ;;
    *) exec "$@" ;;
esac
