# shellcheck shell=bash
# Stamp files: what a step was last done for. Sourced, never run.

# One line that changes with the content or the name of any of the files on standard input (zero-terminated).
fingerprint() { sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1; }

# stamp_holds FILE LINE: whether the stamp is there and says just this.
stamp_holds() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
