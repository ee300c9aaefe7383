# shellcheck shell=bash
# The model files of the catalogue that are on this machine. Sourced, never run.
# shellcheck disable=SC2154 # release.sh sets new, SCRATCH and TWIN_MODELS

pull_models() {
  models_command --yes >"$SCRATCH/log" 2>&1 || { cat "$SCRATCH/log" >&2; return 1; }
}

# place_models: each whole file, with the checksum of the catalogue, which the pull has compared.
place_models() {
  mkdir -p "$new/models"
  node pipecat-app/bin/twin.js models list --output json >"$SCRATCH/models.json" || return 1
  # shellcheck disable=SC2016 # JavaScript's own
  node -e '
    for (const { file, bytes, sha256, state } of JSON.parse(fs.readFileSync(process.argv[1], "utf8")))
      if (state === "ready") console.log(`${file}\t${bytes}\t${sha256}`);' "$SCRATCH/models.json" >"$SCRATCH/models"
  local file bytes sha256
  while IFS=$'\t' read -r file bytes sha256; do
    place "$TWIN_MODELS/$file" "models/$file"
    printf '{"name": "models/%s", "bytes": %s, "sha256": "%s"}\n' "$file" "$bytes" "$sha256" >>"$SCRATCH/lines"
  done <"$SCRATCH/models"
}
