# shellcheck shell=bash
# The first controller: its place in the inventory, and the playbooks. Sourced, never run.

# playbook | roles of bootstrap.sh for which it runs. In this order.
readonly PLAYBOOKS='playbook.yaml     | all controller
heal_cluster.yaml | all'

name_this_machine() {
  local address
  address=$(own_address)
  [ -n "$address" ] || die 1 'This machine has no address on a network.' 'ip -br address; initial-setup/setup.sh sets one.'
  python3 scripts/inventory.py first "$(own_name)" "$address" || return 1
  set_own infrastructure_only "$(if [ "$ROLE" = controller ]; then echo true; else echo false; fi)"
  if [ -n "$MODEL_SERVER" ]; then set_own external_model_url "\"$MODEL_SERVER\""; fi
  if [ "$EXTERNAL" = 1 ]; then set_own external_model_server true; fi
  # By this key the machine that runs Ansible signs in at nodes that join.
  if [ ! -f "$HOME/.ssh/id_ed25519" ]; then
    mkdir -p "$HOME/.ssh" && chmod 0700 "$HOME/.ssh" || return 1
    ssh-keygen -q -t ed25519 -N '' -C "twin $(own_name)" -f "$HOME/.ssh/id_ed25519"
  fi
}

# set_own NAME VALUE: a line of group_vars/local.yaml, which every later run of a playbook reads. Other lines stay.
set_own() {
  local file=group_vars/local.yaml
  if grep -qsxF "$1: $2" "$file"; then return; fi
  {
    if [ -f "$file" ]; then grep -v "^$1:" "$file" || true; else printf -- '---\n# Own settings of this cluster; see all.yaml. bootstrap.sh writes some.\n'; fi
    printf '%s: %s\n' "$1" "$2"
  } >"$file.part"
  mv "$file.part" "$file"
}

# The agent, its engines and models, on this machine: scripts/release.sh makes of them what every node runs.
build_agent() {
  local options=(--local --no-start)
  if [ "$ASSUME_YES" = 1 ]; then options+=(--yes); fi
  if [ "$DEBUG" = 1 ]; then options+=(--debug); fi
  if [ -n "$MODEL_SERVER" ]; then options+=(--external-model-server "$MODEL_SERVER"); fi
  ./bootstrap.sh "${options[@]}"
}

run_playbooks() {
  local playbook roles
  while IFS='|' read -r -u 3 playbook roles; do
    playbook=${playbook// /}
    case " $roles " in *" $ROLE "*) ;; *) continue ;; esac
    if is_done "$playbook"; then continue; fi
    phase "$playbook" run_playbook "$playbook"
  done 3<<<"$PLAYBOOKS"
}

run_playbook() {
  local command=(ansible-playbook "$1") began=$SECONDS status=0
  if [ -n "$TAGS" ]; then command+=(--tags "$TAGS"); fi
  if [ "$DEBUG" = 1 ]; then command+=(-vvvv); fi
  ANSIBLE_CONFIG=$PWD/ansible.cfg with_password "${command[@]}" 3<&- || status=$?
  if [ "$status" -ne 0 ]; then
    printf '\nerror: %s ended with code %d.\n' "$1" "$status" >&2
    printf 'next:  The lines above say which task, and what to do. Then go on: ./bootstrap.sh --continue with the same options.\n' >&2
    return "$status"
  fi
  note_done "$1" "$((SECONDS - began))"
}

# Runs Ansible with sudo's password where one is needed: through a pipe with a name, so that it is in no file and no argument.
with_password() {
  local folder writer status=0
  if [ -z "$SUDO_PASSWORD" ]; then "$@"; return; fi
  folder=$(mktemp -d) && mkfifo -m 0600 "$folder/password" || return 1
  printf '%s' "$SUDO_PASSWORD" >"$folder/password" 8<&- &
  writer=$!
  "$@" --become-password-file "$folder/password" || status=$?
  kill "$writer" 2>/dev/null || true
  rm -rf "$folder"
  return "$status"
}

# Before the first playbook of a machine there are no jobs.
purge_jobs() {
  if ! command -v nomad >/dev/null || ! as_root test -f /etc/nomad.d/management_token; then say '    there is no Nomad here yet'; return; fi
  as_root python3 scripts/lib/purge_jobs.py /etc/nomad.d/management_token
}
