#!/usr/bin/env bash
# Checks the dependency rules of .dependency-cruiser.cjs. dependency-cruiser reads TypeScript through the compiler's
# JavaScript API, which TypeScript 7 does not have: it is given TypeScript 6, and the rest of the tree keeps 7.
# OUTPUT names another form of the report, for example json.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p node_modules/dependency-cruiser/node_modules
ln -sfn ../../typescript6 node_modules/dependency-cruiser/node_modules/typescript
exec node_modules/.bin/depcruise --config .dependency-cruiser.cjs --output-type "${OUTPUT:-err-long}" hashi pipecat-app power-agent pxe jobs testing
