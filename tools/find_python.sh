#!/bin/sh
# Prints a Python that can make the project's environment: 3.12 first, then 3.11, then 3.13; PYTHON=… decides otherwise.
# A candidate counts only if it runs: pyenv's shims exist for versions that are not selected, and then fail. So pyenv's
# own folder of versions is looked at too, also when only its shims are on the PATH.
set -eu

works() {
    "$1" -c '
import sys
import ensurepip, ssl, venv  # Debian ships the first and the last apart from Python.
sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
' >/dev/null 2>&1
}

candidates() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" || true
        return
    fi
    for version in 3.12 3.11 3.13; do
        command -v "python$version" || true
        for shim in "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}/shims" $(echo "$PATH" | tr ':' '\n' | grep '/shims$' || true); do
            for python in "${shim%/shims}/versions/$version".*/bin/"python$version"; do
                if [ -x "$python" ]; then echo "$python"; fi
            done
        done
    done
}

candidates | while IFS= read -r candidate; do
    if works "$candidate"; then
        echo "$candidate"
        break
    fi
done | grep . || {
    echo "No working Python found: install Python 3.12 (or 3.11, 3.13) with its venv module, or name one: make PYTHON=/path/to/python3.12" >&2
    exit 1
}
