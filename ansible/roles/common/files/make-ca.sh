#!/bin/sh
# make-ca.sh FOLDER TLS_FOLDER: makes a certificate authority where there is none, all or nothing. Prints `made` if it did. A machine that
# has a certificate already is part of a cluster: a second authority would split it.
set -eu
folder=$1 tls=$2
umask 077
mkdir -p "$folder"
[ ! -s "$folder/ca.pem" ] || exit 0
[ ! -s "$tls/ca.pem" ] || {
  echo "This machine is the primary controller now, and the cluster's authority is not in $folder. Nothing was made. Next: bring it there" \
    "from the backup or from another controller (docs/runbook.md, a lost controller)." >&2
  exit 1
}
cd "$folder"
openssl ecparam -name prime256v1 -genkey -noout -out ca-key.part
openssl req -x509 -new -key ca-key.part -sha256 -days 3650 -subj '/O=Twin/CN=Twin cluster authority' -out ca.part \
  -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
mv ca-key.part ca-key.pem
chmod 0644 ca.part
mv ca.part ca.pem
echo made
