# shellcheck shell=bash
# Root rights for those steps that need them. Sourced, never run.

# Asks for sudo's password once, where it wants one; as_root and Ansible then use it. Nothing for root.
ask_for_root_rights() {
  SUDO_PASSWORD=
  if [ "$(id -u)" -eq 0 ] || [ "$DRY_RUN" = 1 ]; then return; fi
  command -v sudo >/dev/null || die 1 'Root rights are needed, and sudo is not here.' 'Run as root, or install sudo and add this user to the group sudo.'
  if sudo -n true 2>/dev/null; then return; fi
  local tries
  for tries in 1 2 3; do
    IFS= read -rsp "[Twin] password of $(id -un) for sudo: " SUDO_PASSWORD || break
    say
    if sudo -k -S -p '' true 2>/dev/null <<<"$SUDO_PASSWORD"; then return; fi
    say "that was not it (try $tries of 3)"
  done
  die 1 'sudo did not accept the password.' "Is $(id -un) in the group sudo? su -c 'adduser $(id -un) sudo', then sign in again."
}

# As it is for root, else by sudo. What it reads is its own.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  if [ -n "${SUDO_PASSWORD:-}" ]; then sudo -S -v -p '' <<<"$SUDO_PASSWORD"; fi
  sudo -p '[Twin] password of %u, for root rights: ' -- "$@"
}
