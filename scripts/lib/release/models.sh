# shellcheck shell=bash
# The model files of the catalogue that are on this machine. Sourced, never run.
# shellcheck disable=SC2154 # release.sh sets out, new, SCRATCH and TWIN_MODELS

pull_models() {
  models_command --yes >"$SCRATCH/log" 2>&1 || { cat "$SCRATCH/log" >&2; return 1; }
}

# place_models: each file that is the one of the catalogue. A link to the file itself would change its time, and the agent would have to
# read it again to know that it is whole: so it is copied, once.
place_models() {
  mkdir -p "$new/models"
  node pipecat-app/bin/twin.js models list --output json >"$SCRATCH/models.json" || return 1
  # shellcheck disable=SC2016 # JavaScript's own
  node -e '
    for (const { file, bytes, sha256, state } of JSON.parse(fs.readFileSync(process.argv[1], "utf8")))
      if (state === "ready" || state === "unchecked") console.log(`${file}\t${bytes}\t${sha256}`);' "$SCRATCH/models.json" >"$SCRATCH/models"
  local file bytes sha256 kept
  while IFS=$'\t' read -r file bytes sha256; do
    kept=$out/.parts/${sha256:0:24}-$file
    if [ ! -f "$kept" ]; then
      cp --reflink=auto "$TWIN_MODELS/$file" "$SCRATCH/model" || return 1
      if [ "$(sha256sum "$SCRATCH/model" | cut -d' ' -f1)" != "$sha256" ]; then
        printf 'left out: %s is not the file of the catalogue. Next: node pipecat-app/bin/twin.js models verify\n' "$file" >&2
        continue
      fi
      chmod 0644 "$SCRATCH/model"
      mv "$SCRATCH/model" "$kept"
    fi
    touch "$kept"
    place "$kept" "models/$file"
    printf '{"name": "models/%s", "bytes": %s, "sha256": "%s"}\n' "$file" "$bytes" "$sha256" >>"$SCRATCH/lines"
  done <"$SCRATCH/models"
}
