# shellcheck shell=bash
# Where the C++ headers of the Node.js in use are. Sourced, never run.

# node_headers: prints the folder; fails when there are none, or only those of another version.
node_headers() {
  local abi dir
  abi=$(node -p process.versions.modules) || return 1
  for dir in "$(node -p 'require("path").join(process.execPath, "../../include/node")')" /usr/include/node /usr/include/nodejs/src; do
    if grep -qsE "^#define NODE_MODULE_VERSION $abi\$" "$dir/node_version.h" && [ -f "$dir/v8.h" ]; then
      printf '%s\n' "$dir"
      return 0
    fi
  done
  return 1
}
