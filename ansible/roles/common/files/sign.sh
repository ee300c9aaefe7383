#!/bin/sh
# sign.sh CA_FOLDER NAMES DAYS REQUEST: prints a certificate for the request, with these names and no others.
set -eu
folder=$1 names=$2 days=$3 request=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ -s "$folder/ca-key.pem" ] || {
  echo "The key of the certificate authority is not at $folder/ca-key.pem. Restore it from the backup (docs/runbook.md)." >&2
  exit 1
}
printf '%s\n' "$request" >"$scratch/request.pem"
cat >"$scratch/extensions" <<EOF
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=$names
EOF
openssl x509 -req -in "$scratch/request.pem" -CA "$folder/ca.pem" -CAkey "$folder/ca-key.pem" -sha256 -days "$days" \
  -set_serial "0x$(openssl rand -hex 16)" -extfile "$scratch/extensions" -out "$scratch/node.pem" 2>"$scratch/log" ||
  { cat "$scratch/log" >&2; exit 1; }
cat "$scratch/node.pem"
