# shellcheck shell=bash
# --debug keeps the output, --clean makes the clone as it came. Sourced, never run.

keep_output() {
  if [ "$DEBUG" = 0 ] || [ "$DRY_RUN" = 1 ]; then return; fi
  # The log will hold the sign-in link.
  touch playbook_output.log && chmod 0600 playbook_output.log
  exec > >(tee -a playbook_output.log) 2>&1
}

# Removes what git does not know, all but a person's own settings.
clean_clone() {
  local git=(git clean -dx -e /group_vars/local.yaml -e /playbook_output.log) answer
  [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$PWD" ] ||
    die 1 'This folder is no clone of its own, so git cannot clean it.' 'Leave --clean out.'
  if [ "$DRY_RUN" = 1 ]; then say "would remove with git clean -fdx: $("${git[@]}" --dry-run | wc -l) files and folders"; return; fi
  if [ "$ASSUME_YES" = 0 ]; then
    "${git[@]}" --dry-run
    [ -t 0 ] || wrong_use '--clean asks, and nobody is here to answer: add --yes'
    read -rp '[Twin] Remove these for good? [y/N] ' answer
    case $answer in y | Y | yes) ;; *) die 1 'Nothing was removed.' 'Run again without --clean.' ;; esac
  fi
  "${git[@]}" --force --quiet
}
