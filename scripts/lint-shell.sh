#!/usr/bin/env bash
# Runs shellcheck on every shell file of the work tree: those that end in .sh and those whose first line names a shell.
set -euo pipefail
cd "$(dirname "$0")/.."

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  list() { git ls-files -z --cached --others --exclude-standard; }
else
  list() { find . \( -name node_modules -o -name dist -o -name .git \) -prune -o -type f -print0; }
fi

files=()
while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue
  case "$file" in
    *.sh) files+=("$file") ;;
    *.*) ;;
    *) if head -n 1 "$file" | tr -d '\0' | grep -Eq '^#!.*[/ ](ba|da|a)?sh( |$)'; then files+=("$file"); fi ;;
  esac
done < <(list)

[ "${#files[@]}" -gt 0 ] || { echo 'lint-shell: no shell file found' >&2; exit 1; }
shellcheck --severity=style --external-sources "${files[@]}"
echo "shellcheck: ${#files[@]} files, no findings"
