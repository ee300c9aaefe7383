# shellcheck shell=bash
# A worker: asks the controller in, by a one-time token. Sourced, never run.

join_cluster() {
  local began=$SECONDS status=0
  if is_done join; then return; fi
  if [ -z "$JOIN_TOKEN" ]; then
    [ -t 0 ] || die 2 'No token to join with.' "On the controller: sudo scripts/join-token.sh, then here with TWIN_JOIN_TOKEN set, or from a terminal."
    IFS= read -rsp "[Twin] token (on $CONTROLLER_IP: sudo scripts/join-token.sh): " JOIN_TOKEN
    say
  fi
  # By standard input, so that it is in no argument.
  as_root python3 scripts/join.py "$CONTROLLER_IP" <<<"$JOIN_TOKEN" || status=$?
  if [ "$status" -ne 0 ]; then return "$status"; fi
  note_done join "$((SECONDS - began))"
}
