#!/bin/sh
# end-tasks.sh: ends what Nomad has started here and left behind, and takes back its mounts. Nomad itself must not run.
set -eu
for process in /proc/[0-9]*; do
  case $(readlink "$process/cwd") in /opt/nomad/data/alloc/*) kill -KILL "${process#/proc/}" ;; esac
  # Its own helpers beside each task, in a folder of the whole machine.
  case $(readlink "$process/exe") in
    /opt/twin/parts/nomad-*)
      case $(tr '\0' ' ' <"$process/cmdline") in *'/nomad logmon '* | *'/nomad executor '*) kill -KILL "${process#/proc/}" ;; esac ;;
  esac
done
awk '$2 ~ "^/opt/nomad/(data|alloc_mounts)/" { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount "$mount"; done
