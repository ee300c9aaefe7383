#!/usr/bin/env bash
# Runs yamllint and ansible-lint (profile production) on the playbooks, roles and their variables.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(testing/ansible/venv.sh)
export PATH="$bin:$PATH"
yamllint --strict ansible ./*.yaml group_vars/all.yaml .yamllint .ansible-lint
ansible-lint --offline -q
echo 'yamllint, ansible-lint: no findings'
