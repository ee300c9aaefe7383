# shellcheck shell=bash
# The command line of bootstrap.sh. Sourced, never run.
# shellcheck disable=SC2034 # bootstrap.sh and its parts read what is set here

usage() {
  cat <<'EOT'
usage: ./bootstrap.sh [options]            this machine becomes the first node of a cluster: controller, worker and agent
       ./bootstrap.sh --role worker --controller-ip ADDRESS       it joins one; the token is asked for
       ./bootstrap.sh --local [options]    the agent on this machine alone, in the foreground; no cluster, no systemd

Debian 12 or 13 (a cluster: 13), x86-64. Only what is missing is installed; a second run changes nothing.

  --role all|controller|worker  all (default): everything; controller: Consul and Nomad only, no engine, model or agent;
                                worker: joins the cluster of --controller-ip
  --controller-ip ADDRESS       with --role worker: the first controller
  --join-token TOKEN            one-time token from it (scripts/join-token.sh there). Others on this machine can see what is
                                on a command line: better in TWIN_JOIN_TOKEN, or typed when asked
  --tags A,B                    only these parts of the playbooks
  --external-model-server [URL] fetch no language model and build no engine for it; use this OpenAI-compatible server. In a
                                cluster the URL may also be external_model_url in group_vars/local.yaml
  --purge-jobs                  stop and purge every job before the first playbook
  --clean                       git clean -fdx first, all but group_vars/local.yaml; asks
  --continue                    go on behind the last playbook that succeeded, with the same options

  --local                       one agent on this machine
  --lan                         with --local: listen on all addresses, with TLS from an own certificate authority
  --no-start                    with --local: prepare only

  --dry-run                     say what would be done, change nothing
  --yes                         ask nothing; licenses are shown and taken as accepted
  --debug                       show all output (-vvvv), and keep it in playbook_output.log
  --help                        this text

Own settings of a cluster: group_vars/local.yaml. Where things go with --local: $TWIN_HOME (default ~/.local/share/twin),
$TWIN_MODELS, $TWIN_ENGINES. Exit code: 0 done, 2 wrong use, else that of the first playbook that failed, or 1.
EOT
}

wrong_use() {
  printf 'error: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

# value_of FLAG REST…: the value of `--flag VALUE` or `--flag=VALUE`, in VALUE; TAKEN is how many words that took.
value_of() {
  case $1 in
    *=*) VALUE=${1#*=} TAKEN=1 ;;
    *) VALUE=${2:-} TAKEN=2 ;;
  esac
  case $VALUE in '' | -*) wrong_use "${1%%=*} needs a value${3:+: $3}" ;; esac
}

# parse_options ARGS…: sets LOCAL LAN START ROLE CONTROLLER_IP JOIN_TOKEN TAGS EXTERNAL MODEL_SERVER PURGE_JOBS CLEAN
# CONTINUE DRY_RUN ASSUME_YES DEBUG.
parse_options() {
  LOCAL=0 LAN=0 START=1 ROLE='' CONTROLLER_IP='' JOIN_TOKEN=${TWIN_JOIN_TOKEN:-} TAGS='' EXTERNAL=0 MODEL_SERVER=''
  PURGE_JOBS=0 CLEAN=0 CONTINUE=0 DRY_RUN=0 ASSUME_YES=0 DEBUG=0
  unset TWIN_JOIN_TOKEN
  local help=0
  while [ $# -gt 0 ]; do
    TAKEN=1
    case $1 in
      --local) LOCAL=1 ;;
      --lan) LAN=1 ;;
      --no-start) START=0 ;;
      --purge-jobs) PURGE_JOBS=1 ;;
      --clean) CLEAN=1 ;;
      --continue) CONTINUE=1 ;;
      --dry-run) DRY_RUN=1 ;;
      --yes | -y) ASSUME_YES=1 ;;
      --debug) DEBUG=1 ;;
      --help | -h) help=1 ;;
      --role | --role=*) value_of "$1" "${2:-}"; ROLE=$VALUE ;;
      --controller-ip | --controller-ip=*) value_of "$1" "${2:-}"; CONTROLLER_IP=$VALUE ;;
      --join-token | --join-token=*) value_of "$1" "${2:-}"; JOIN_TOKEN=$VALUE ;;
      --tags | --tags=*) value_of "$1" "${2:-}"; TAGS=$VALUE ;;
      --external-model-server=*) value_of "$1"; EXTERNAL=1 MODEL_SERVER=$VALUE ;;
      --external-model-server)
        EXTERNAL=1
        case ${2:-} in '' | -*) ;; *) MODEL_SERVER=$2 TAKEN=2 ;; esac ;;
      -*) wrong_use "unknown option $1" ;;
      *) wrong_use "unexpected argument '$1'" ;;
    esac
    shift "$TAKEN"
  done
  if [ "$help" = 1 ]; then usage; exit 0; fi
  check_options
}

# What does not go together, or has no meaning.
check_options() {
  case $ROLE in '' | all | controller | worker) ;; *) wrong_use "there is no role named '$ROLE'" ;; esac
  if [ -n "$MODEL_SERVER" ] && ! [[ $MODEL_SERVER =~ ^https?://[^/[:space:]\"\\]+[^[:space:]\"\\]*$ ]]; then
    wrong_use "--external-model-server needs an http or https URL, not '$MODEL_SERVER'"
  fi
  if [ -n "$TAGS" ] && ! [[ $TAGS =~ ^[a-z0-9_]+(,[a-z0-9_]+)*$ ]]; then
    wrong_use "--tags needs names with commas between them, not '$TAGS'"
  fi
  if [ "$LOCAL" = 1 ]; then
    if [ "$EXTERNAL" = 1 ] && [ -z "$MODEL_SERVER" ]; then
      wrong_use '--external-model-server needs a value: the URL of the server'
    fi
    for_cluster_only "${ROLE:+--role}" "${CONTROLLER_IP:+--controller-ip}" "${TAGS:+--tags}" "$(flag "$PURGE_JOBS" --purge-jobs)" \
      "$(flag "$CONTINUE" --continue)"
    return
  fi
  if [ "$LAN" = 1 ]; then wrong_use '--lan goes with --local only'; fi
  if [ "$START" = 0 ]; then wrong_use '--no-start goes with --local only'; fi
  if [ "$CLEAN" = 1 ] && [ "$CONTINUE" = 1 ]; then wrong_use '--clean removes what --continue needs: use one of them'; fi
  ROLE=${ROLE:-all}
  if [ "$ROLE" = worker ]; then
    if [ -z "$CONTROLLER_IP" ]; then wrong_use '--role worker needs --controller-ip: the address of the first controller'; fi
    [[ $CONTROLLER_IP =~ ^[0-9]{1,3}(\.[0-9]{1,3}){3}$ ]] ||
      wrong_use "--controller-ip needs an IPv4 address, not '$CONTROLLER_IP'"
    if [ -n "$TAGS" ]; then wrong_use '--tags: the controller brings a worker to its state; run the playbook with --tags there'; fi
    if [ "$EXTERNAL" = 1 ]; then wrong_use '--external-model-server is for the controller; a worker does as that says'; fi
    if [ "$PURGE_JOBS" = 1 ]; then wrong_use '--purge-jobs is for the controller'; fi
    return
  fi
  if [ -n "$CONTROLLER_IP" ]; then wrong_use '--controller-ip goes with --role worker only'; fi
  if [ "$EXTERNAL" = 1 ] && [ -z "$MODEL_SERVER" ] &&
    ! grep -qs "^external_model_url: *[\"']\\?http" group_vars/local.yaml group_vars/all.yaml; then
    wrong_use '--external-model-server needs a value: the URL, here or as external_model_url in group_vars/local.yaml'
  fi
}

flag() { if [ "$1" = 1 ]; then printf '%s' "$2"; fi; }

for_cluster_only() {
  local given
  for given in "$@"; do
    if [ -n "$given" ]; then wrong_use "$given belongs to a cluster and does not go with --local"; fi
  done
}
