"""receive.py TOKEN_ID: what sshd runs for a machine that joins, as the user twin-join. One JSON object per line, both ways.

It may read public keys, put a request into the spool and pass on what root writes about it; it decides nothing.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import syslog
import tempfile
import time

SPOOL = "/var/spool/twin-join"
PROGRESS = "/var/lib/twin-join/progress"
KEYS = "/etc/twin/join/provision.pub"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
HOST_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/=]{68,70}")
# Seconds: for a line of the other side, for the service to start, and for all of it.
PATIENCE, BEGIN, WHOLE = 60, 20, 2 * 3600


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def refuse(message, hint=""):
    syslog.syslog(syslog.LOG_WARNING, message)
    say(error=message, next=hint, withdraw=True)
    sys.exit(1)


def hear():
    signal.alarm(PATIENCE)
    line = sys.stdin.readline(4096)
    signal.alarm(0)
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        refuse("the joining machine did not speak the protocol", "is its clone of the same version?")
    return message


def main(token):
    syslog.openlog("twin-join")
    address = os.environ.get("SSH_CONNECTION", "").split(" ")[0]
    hello = hear()
    name, host_key = str(hello.get("name", "")), str(hello.get("host_key", ""))
    if not NAME.fullmatch(name):
        refuse(f"'{name[:70]}' cannot be the name of a node", "hostnamectl set-hostname NAME: lower-case letters, digits and hyphens")
    if not HOST_KEY.fullmatch(host_key):
        refuse(f"{name} sent no ed25519 host key", "ssh-keygen -A on it")
    syslog.syslog(f"token {token}: {name} at {address} wants to join")
    with open(KEYS, encoding="ascii") as file:
        say(keys=[" ".join(line.split()[:2]) for line in file if line.strip()])
    hear()
    request = {"token": token, "name": name, "address": address, "host_key": host_key, "visit": secrets.token_hex(8)}
    handle, part = tempfile.mkstemp(dir=SPOOL, prefix=".part-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(request, file)
    os.rename(part, os.path.join(SPOOL, f"{token}-{request['visit']}.json"))
    follow(os.path.join(PROGRESS, request["visit"]))


def works():
    state = subprocess.run(["systemctl", "is-active", "twin-join.service"], capture_output=True, text=True, check=False).stdout.strip()
    return state in ("active", "activating")


def follow(path):
    """Passes on the lines of a file as they come, until one says that it was the last."""
    began, at, rest, queued = time.monotonic(), 0, "", False
    while time.monotonic() - began < WHOLE:
        try:
            with open(path, encoding="utf-8") as file:
                file.seek(at)
                rest += file.read()
                at = file.tell()
        except FileNotFoundError:
            if not queued and time.monotonic() - began > 3:
                queued = True
                say(progress="another machine is being taken in; this one is next")
            if time.monotonic() - began > BEGIN and not works():
                refuse("the controller did not begin", "systemctl status twin-join.path twin-join.service on it")
        *lines, rest = rest.split("\n")
        for line in lines:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            if '"done"' in line or '"error"' in line:
                return
        time.sleep(0.3)


if __name__ == "__main__":
    main(sys.argv[1])
