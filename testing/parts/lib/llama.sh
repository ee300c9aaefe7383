# shellcheck shell=bash
# llama.cpp's servers and tools, from the very source that the installed node-llama-cpp was built of. Sourced, never run.
# shellcheck disable=SC2034,SC2154 # parts.sh reads and sets them

readonly LLAMA_PROGRAMS=(llama-server ggml-rpc-server llama-bench llama-quantize llama-perplexity)

# The package's version is the build id: the agent and every node then agree on formats and on the RPC protocol.
describe_llama() {
  local package=$root/node_modules/node-llama-cpp
  require node
  [ -f "$package/llama/gitRelease.bundle" ] || die 1 'The package node-llama-cpp is not installed.' 'Run npm ci first.'
  llama_version=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).version' "$package/package.json")
  bundle=$package/llama/gitRelease.bundle
  llama_options
  target=$TWIN_PARTS/llama-$llama_version-$class
  programs=("${LLAMA_PROGRAMS[@]}")
  recipe=$({ sha256_of "$bundle"; printf '%s\n' "${options[@]}" "${programs[@]}" | grep -v '^-DOpenMP_gomp_LIBRARY='; } | sha256sum | cut -d' ' -f1)
}

# Every instruction set is named, so that nothing depends on the machine that happens to compile: the same classes as the
# speech engine's, for the same reasons (docs/decisions/whisper.md). OpenMP's library is linked in: a node needs no libgomp.
llama_options() {
  local set on=() off=()
  case $class in
    core2) off=(SSE42 AVX AVX2 FMA F16C BMI2) ;;
    x86-64-v2) on=(SSE42) off=(AVX AVX2 FMA F16C BMI2) ;;
    x86-64-v3) on=(SSE42 AVX AVX2 FMA F16C BMI2) ;;
  esac
  options=(-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_RPC=ON -DGGML_NATIVE=OFF -DGGML_CCACHE=OFF
    -DGGML_OPENMP=ON "-DOpenMP_gomp_LIBRARY=$(c++ -print-file-name=libgomp.a 2>/dev/null || true)"
    -DGGML_AVX512=OFF -DGGML_AVX_VNNI=OFF -DGGML_AMX_INT8=OFF -DGGML_AMX_BF16=OFF -DGGML_AMX_TILE=OFF
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF
    -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF
    "-DCMAKE_C_FLAGS=-march=$class" "-DCMAKE_CXX_FLAGS=-march=$class"
    '-DCMAKE_EXE_LINKER_FLAGS=-static-libgcc -static-libstdc++')
  for set in "${on[@]}"; do options+=("-DGGML_$set=ON"); done
  for set in "${off[@]}"; do options+=("-DGGML_$set=OFF"); done
}

build_llama() {
  local log=$TWIN_PARTS/llama-$class.log program
  require cmake c++ make git
  say "    compiling for $class with $jobs job(s), some minutes; log: $log"
  # shellcheck disable=SC2317 # called by run_logged
  compile() {
    git -c advice.detachedHead=false clone --quiet "$bundle" "$work/source" &&
      cmake -S "$work/source" -B "$work/build" "${options[@]}" &&
      cmake --build "$work/build" -j "$jobs" --target "${programs[@]}"
  }
  run_logged "$log" compile ||
    die 1 "llama.cpp's servers did not compile." "Read $log; g++ 12 or newer and 2 GB of memory per job are needed."
  for program in "${programs[@]}"; do install -m 0755 -s "$work/build/bin/$program" "$work/new/$program"; done
  install -m 0644 "$work/source/LICENSE" "$work/new/LICENSE"
  {
    printf 'build %s\nclass %s\ncompiler %s\n' "$llama_version" "$class" "$(c++ --version | head -n 1)"
    printf 'option %s\n' "${options[@]}"
  } >"$work/new/BUILD"
}
