# shellcheck shell=bash
# The command line of bootstrap.sh. Sourced, never run.
# shellcheck disable=SC2034 # bootstrap.sh reads what is set here

usage() {
  cat <<'EOF'
usage: ./bootstrap.sh --local [options]

Prepares this machine (Debian 12 or 13, x86-64) and starts the voice agent in the foreground. It installs only what is
missing; a second run starts within seconds and needs no network.

  --local                       one agent on this machine; no cluster, no systemd
  --lan                         listen on all addresses, with TLS from an own certificate authority
  --external-model-server URL   use this OpenAI-compatible server for language; fetch no language model
  --no-start                    prepare only
  --dry-run                     say what would be done, change nothing
  --yes                         ask nothing; licenses are shown and taken as accepted
  --debug                       show all output, and keep it in playbook_output.log
  --help                        this text

Where things go: $TWIN_HOME (default ~/.local/share/twin), $TWIN_MODELS, $TWIN_ENGINES. Every other setting of the agent
is an environment variable too: see README.md.
EOF
}

wrong_use() {
  printf 'error: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

# Flags of the cluster that this version does not have. The first column takes a value.
not_yet() {
  printf 'error: %s belongs to the cluster, which this version cannot set up yet.\n' "$1" >&2
  printf 'next:  run ./bootstrap.sh --local for an agent on this machine.\n' >&2
  exit 2
}

# parse_options ARGS…: sets LOCAL LAN DRY_RUN START ASSUME_YES DEBUG MODEL_SERVER.
parse_options() {
  LOCAL=0 LAN=0 DRY_RUN=0 START=1 ASSUME_YES=0 DEBUG=0 MODEL_SERVER=
  local help=0
  while [ $# -gt 0 ]; do
    case $1 in
      --local) LOCAL=1 ;;
      --lan) LAN=1 ;;
      --dry-run) DRY_RUN=1 ;;
      --no-start) START=0 ;;
      --yes | -y) ASSUME_YES=1 ;;
      --debug) DEBUG=1 ;;
      --help | -h) help=1 ;;
      --external-model-server=*) MODEL_SERVER=${1#*=}; check_url "$MODEL_SERVER" ;;
      --external-model-server)
        case ${2:-} in '' | -*) wrong_use '--external-model-server needs a value: the URL of the server' ;; esac
        MODEL_SERVER=$2
        check_url "$MODEL_SERVER"
        shift ;;
      --role | --role=*)
        local role=${1#--role}
        case $role in '') role=${2:-} ;; *) role=${role#=} ;; esac
        case $role in
          '' | -*) wrong_use '--role needs a value' ;;
          all | controller | worker) not_yet "--role $role" ;;
          *) wrong_use "there is no role named '$role'" ;;
        esac ;;
      --controller-ip | --tags)
        case ${2:-} in '' | -*) wrong_use "$1 needs a value" ;; esac
        not_yet "$1" ;;
      --controller-ip=* | --tags=*) not_yet "${1%%=*}" ;;
      --purge-jobs | --clean | --continue) not_yet "$1" ;;
      -*) wrong_use "unknown option $1" ;;
      *) wrong_use "unexpected argument '$1'" ;;
    esac
    shift
  done
  if [ "$help" = 1 ]; then usage; exit 0; fi
  if [ "$LOCAL" = 0 ]; then wrong_use 'say --local: the cluster cannot be set up by this version yet'; fi
}

check_url() {
  [[ $1 =~ ^https?://[^/[:space:]]+ ]] || wrong_use "--external-model-server needs an http or https URL, not '$1'"
}
