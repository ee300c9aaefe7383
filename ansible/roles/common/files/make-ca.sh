#!/bin/sh
# make-ca.sh FOLDER: makes a certificate authority where there is none, all or nothing. Prints `made` if it did.
set -eu
folder=$1
umask 077
mkdir -p "$folder"
[ ! -s "$folder/ca.pem" ] || exit 0
cd "$folder"
openssl ecparam -name prime256v1 -genkey -noout -out ca-key.part
openssl req -x509 -new -key ca-key.part -sha256 -days 3650 -subj '/O=Twin/CN=Twin cluster authority' -out ca.part \
  -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
mv ca-key.part ca-key.pem
chmod 0644 ca.part
mv ca.part ca.pem
echo made
