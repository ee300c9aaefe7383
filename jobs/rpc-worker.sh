#!/bin/sh
# Starts llama.cpp's RPC server of one expert on this node, in this very process. The build is checked first, so that the
# build id which Nomad announces for it is true.
set -eu

: "${TWIN_LLAMA:?the folder of the llama.cpp programs}" "${TWIN_BUILD_ID:?the build that the job is for}"
: "${TWIN_RPC_HOST:?the address to listen on}" "${TWIN_RPC_PORT:?the port to listen on}"

found=$(sed -n 's/^build //p' "$TWIN_LLAMA/BUILD" 2>/dev/null || true)
if [ "$found" != "$TWIN_BUILD_ID" ]; then
  echo "error: TWIN_EXPERT_BUILD This node has llama.cpp build ${found:-(unknown)} in $TWIN_LLAMA, and the job is for $TWIN_BUILD_ID." >&2
  echo 'next:  Bring that build to this node, or run the job with its own build_id.' >&2
  exit 1
fi
case "$TWIN_RPC_HOST" in
  0.0.0.0 | ::)
    # Whoever reaches the port can write to the memory of this process.
    echo "error: TWIN_EXPERT_RPC_OPEN The RPC server must not listen on every address ($TWIN_RPC_HOST)." >&2
    echo 'next:  Give the node an address of its own inside the cluster (rpc_host_network).' >&2
    exit 1 ;;
esac
threads=${TWIN_THREADS:-0}
[ "$threads" -gt 0 ] || threads=$(nproc)
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
exec "$TWIN_LLAMA/ggml-rpc-server" --host "$TWIN_RPC_HOST" --port "$TWIN_RPC_PORT" --threads "$threads"
