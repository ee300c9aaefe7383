# shellcheck shell=bash
# TLS for the local network: an own certificate authority and a certificate of this machine. Sourced, never run.

readonly RENEW_BEFORE_S=2592000 # 30 days
readonly CERT_DAYS=397          # the most that every browser accepts
readonly CA_DAYS=3650

# Every name and address under which a browser may reach this machine.
tls_names() {
  printf 'DNS:localhost,IP:127.0.0.1,IP:::1,DNS:%s' "$(uname -n)"
  local address
  for address in $(hostname -I 2>/dev/null); do printf ',IP:%s' "${address%%%*}"; done
}

tls_names_stamp() { tls_names | sha256sum | cut -d' ' -f1; }

plan_tls() {
  if [ "$LAN" = 0 ]; then return; fi
  local dir=$TWIN_HOME/tls
  if [ ! -f "$dir/ca.key" ] || [ ! -f "$dir/ca.pem" ]; then
    printf 'make a certificate authority and a certificate in %s' "$dir"
  elif ! stamp_holds "$dir/names" "$(tls_names_stamp)" || [ ! -f "$dir/key.pem" ] ||
    ! openssl x509 -in "$dir/cert.pem" -noout -checkend "$RENEW_BEFORE_S" >/dev/null 2>&1; then
    printf 'renew the certificate of this machine'
  fi
}

do_tls() (
  umask 077
  local dir=$TWIN_HOME/tls work=$SCRATCH/tls
  mkdir -p "$dir" "$work"
  if [ ! -f "$dir/ca.key" ] || [ ! -f "$dir/ca.pem" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days "$CA_DAYS" \
      -subj "/O=Twin/CN=Twin on $(uname -n)" -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
      -addext 'keyUsage=critical,keyCertSign,cRLSign' -keyout "$work/ca.key" -out "$work/ca.pem" 2>"$work/log" ||
      { cat "$work/log" >&2; exit 1; }
    mv "$work/ca.key" "$work/ca.pem" "$dir/"
  fi
  printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n' \
    "$(tls_names)" >"$work/extensions"
  {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/O=Twin/CN=$(uname -n)" \
      -keyout "$work/key.pem" -out "$work/request.pem" &&
      openssl x509 -req -in "$work/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days "$CERT_DAYS" \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$work/extensions" -out "$work/cert.pem"
  } 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
  mv "$work/key.pem" "$work/cert.pem" "$dir/"
  tls_names_stamp >"$dir/names"
  # Only the authority's certificate is for other people's eyes.
  chmod 0644 "$dir/ca.pem" "$dir/cert.pem"
)

# What a person does on another device so that its browser trusts this machine, which the microphone needs.
explain_ca() {
  local ca=$TWIN_HOME/tls/ca.pem
  cat <<EOF

Browsers on other devices allow the microphone only when they trust this machine. Copy $ca to each, then:
  Debian, Ubuntu   sudo cp ca.pem /usr/local/share/ca-certificates/twin.crt && sudo update-ca-certificates
  Firefox          Settings, Privacy & Security, View Certificates, Authorities, Import
  Chrome           Settings, Privacy and security, Security, Manage certificates, Authorities, Import
  Android, iOS     open the file and install it as a CA certificate (on iOS also switch on full trust)
Its fingerprint: $(openssl x509 -in "$ca" -noout -fingerprint -sha256 | cut -d= -f2)
EOF
}
