#!/bin/sh
# certificate-request.sh FOLDER NAMES DAYS: prints `good` if the certificate there is of this authority and this key, for exactly
# these names, and lasts DAYS more; else a request for one. Makes the key where there is none.
set -eu
folder=$1 names=$2 days=$3
umask 077
cd "$folder"
if [ ! -s node-key.pem ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out node-key.part
  mv node-key.part node-key.pem
fi
chgrp twin-tls node-key.pem
chmod 0640 node-key.pem

has_names() {
  openssl x509 -in node.pem -noout -ext subjectAltName | tail -n +2 | tr -d ' ' | tr ',' '\n' | sed 's/^IPAddress:/IP:/' | sort
}
wanted() { printf '%s\n' "$names" | tr ',' '\n' | sort; }
good() {
  [ -s node.pem ] &&
    openssl verify -CAfile ca.pem node.pem >/dev/null 2>&1 &&
    openssl x509 -in node.pem -noout -checkend $((days * 86400)) >/dev/null &&
    [ "$(openssl x509 -in node.pem -noout -pubkey)" = "$(openssl pkey -in node-key.pem -pubout)" ] &&
    [ "$(has_names)" = "$(wanted)" ]
}
if good; then
  echo good
else
  openssl req -new -key node-key.pem -subj "/O=Twin/CN=$(hostname)"
fi
