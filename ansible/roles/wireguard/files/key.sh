#!/bin/sh
# key.sh FOLDER: makes this node's WireGuard key where there is none, and prints its public half; `made` before it where it did. The
# private half never leaves the node.
set -eu
umask 077
cd "$1"
if [ ! -s private.key ]; then
  wg genkey >private.part
  sync private.part
  mv private.part private.key
  echo made
fi
wg pubkey <private.key | tee public.key
