# shellcheck shell=bash
# What is compiled: llama.cpp's programs and the engines, for one CPU class. Sourced, never run.
# shellcheck disable=SC2154 # release.sh sets SCRATCH and TWIN_HOME

llama_version() { node -p 'JSON.parse(fs.readFileSync("node_modules/node-llama-cpp/package.json", "utf8")).version'; }
llama_folder() { printf '%s/llama-%s-%s' "$TWIN_PARTS" "$(llama_version)" "$1"; }

# build_native CLASS: builds what is missing; a second run takes a second.
build_native() {
  testing/parts/parts.sh --only llama --class "$1" >"$SCRATCH/log" || { cat "$SCRATCH/log"; return 1; }
  scripts/build-whisper.sh --class "$1" --out "$TWIN_ENGINES" --jobs "$(jobs_for_memory)" >"$SCRATCH/log" || { cat "$SCRATCH/log"; return 1; }
  scripts/build-memory.sh --out "$TWIN_ENGINES" >"$SCRATCH/log" || { cat "$SCRATCH/log"; return 1; }
}

# llama-perplexity measures models; no node needs it.
readonly LLAMA_SHIPPED=(llama-server ggml-rpc-server llama-bench llama-quantize BUILD LICENSE)

llama_inputs() { sha256sum <"$(llama_folder "$1")/BUILD" | cut -d' ' -f1; }

# pack_llama CLASS FILE
pack_llama() {
  pack "$2" -C "$(llama_folder "$1")" --transform="s,^,llama/,S" "${LLAMA_SHIPPED[@]}"
}

engine_folders() {
  printf '%s\n' "whisper-$(sed -n 's/^readonly WHISPER_VERSION=//p' scripts/build-whisper.sh)-$1" "memory-$(node -p process.versions.modules)"
}

engines_inputs() {
  local folder
  engine_folders "$1" | while read -r folder; do cat "$TWIN_ENGINES/$folder/BUILD"; done | sha256sum | cut -d' ' -f1
}

# pack_engines CLASS FILE
pack_engines() {
  local -a folders
  mapfile -t folders < <(engine_folders "$1")
  pack "$2" -C "$TWIN_ENGINES" --transform='s,^,engines/,S' "${folders[@]}"
}
