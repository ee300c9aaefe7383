# shellcheck shell=bash
# What a node needs of the built checkout. Sourced, never run.

# Never read by a running program: types, maps, tests, and what packages bring for other systems or to be compiled.
readonly NOT_SHIPPED=('*.d.ts' '*.d.mts' '*.d.cts' '*.map' '*.test.js' '*.fixture.js' '*.contract.js' '*.tsbuildinfo' '*/.twin-stamp'
  'node_modules/onnxruntime-node/bin/napi-v6/darwin/*' 'node_modules/onnxruntime-node/bin/napi-v6/win32/*'
  'node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/*' 'node_modules/@node-llama-cpp/linux-arm*'
  'node_modules/node-llama-cpp/llama/gitRelease.bundle' 'node_modules/better-sqlite3/deps/*' 'node_modules/better-sqlite3/src/*'
  'node_modules/faiss-node/deps/*' 'node_modules/faiss-node/src/*')

require_built() {
  local file
  for file in pipecat-app/dist/main.js pipecat-app/web/dist/site/index.html jobs/dist/head/main.js hashi/dist/consul.js power-agent/dist/main.js pxe/dist/main.js; do
    [ -f "$file" ] || die 1 "This checkout is not built: $file is missing." 'Run ./bootstrap.sh --local --no-start, or npm ci && npm run build.'
  done
}

# Zero-terminated names of the files, without those of npm packages.
own_files() {
  local -a not=()
  local pattern
  for pattern in "${NOT_SHIPPED[@]}"; do not+=(! -path "$pattern"); done
  find package.json LICENSE README.md docs group_vars/models.yaml prompts hashi/package.json hashi/dist jobs/package.json jobs/dist jobs/*.hcl jobs/*.sh \
    pipecat-app/package.json pipecat-app/bin pipecat-app/dist pipecat-app/web/dist/site power-agent/package.json power-agent/dist power-agent/bpf \
    pxe/package.json pxe/dist pxe/build-images.sh pxe/initrd pxe/first-boot \
    \( -path prompts/gemini-extension -o -name node_modules \) -prune -o \( -type f -o -type l \) "${not[@]}" -print0
}

module_files() {
  local -a not=() folders
  local pattern
  for pattern in "${NOT_SHIPPED[@]}"; do not+=(! -path "$pattern"); done
  mapfile -t folders < <(node scripts/lib/production-modules.js)
  [ "${#folders[@]}" -gt 100 ] || return 1
  find "${folders[@]}" \( -type f -o -type l \) "${not[@]}" -print0
  # Programs of ours find each other by these links.
  find node_modules/@twin \( -name hashi -o -name jobs -o -name pipecat-app -o -name power-agent -o -name pxe \) -print0
}

# npm packages are what package-lock.json says; they are not read again.
app_inputs() {
  { own_files; printf '%s\0' package-lock.json scripts/lib/production-modules.js scripts/lib/release/app.sh scripts/lib/release/parts.sh; } | fingerprint
}

pack_app() {
  { own_files; module_files; } >"$SCRATCH/app.list" || return 1
  pack "$1" --null --files-from="$SCRATCH/app.list" --transform='s,^,app/,S'
}
