#!/bin/bash
# Runs the command line `edu`: the built one when it is newer than its sources, else the sources through tsx.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=$(dirname -- "$here")
built=$root/dist/edu.js
if [ -f "$built" ] && [ -z "$(find "$root/apps/cli/src" "$root/libs/contracts/src" -name '*.ts' -newer "$built" -print -quit)" ]; then
  exec node "$built" "$@"
fi
exec node --import "file://$root/node_modules/tsx/dist/esm/index.mjs" "$root/apps/cli/src/main.ts" "$@"
