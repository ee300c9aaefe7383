"""tokens.py make MINUTES | list | revoke ID: one-time tokens of machines that join. As root, on the first controller.

The ledger, one file per token, is root's. sshd reads authorized_keys, which is written from it: each token's key may run
receive.py with that token's id, until its time is over, and nothing else.
"""

import base64
import fcntl
import json
import os
import re
import secrets
import struct
import subprocess
import sys
import tempfile
import time
import zlib

HOME = "/etc/twin/join"
LEDGER = os.path.join(HOME, "tokens")
AUTHORIZED = os.path.join(HOME, "authorized_keys")
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
RECEIVE = "/usr/local/lib/twin-join/receive.py"
ID = re.compile(r"[0-9a-f]{12}")


def write(path, text, mode, like=None):
    handle, part = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".part-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        if like:
            os.fchown(file.fileno(), os.stat(like).st_uid, os.stat(like).st_gid)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def load(token):
    """The token's entry: id, made, end (s since 1970), key, and by: the machine that uses it. None if there is none."""
    if not ID.fullmatch(token):
        return None
    try:
        with open(os.path.join(LEDGER, f"{token}.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def entries():
    names = sorted(name[:-5] for name in os.listdir(LEDGER) if name.endswith(".json"))
    return [entry for entry in map(load, names) if entry]


def locked():
    handle = os.open(LEDGER, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def publish():
    """Forgets tokens whose time is over and writes sshd's file."""
    lines = []
    for entry in entries():
        if entry["end"] < time.time():
            os.unlink(os.path.join(LEDGER, f"{entry['id']}.json"))
            continue
        until = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(entry["end"]))
        command = f"/usr/bin/python3 -I {RECEIVE} {entry['id']}"
        lines.append(f'restrict,expiry-time="{until}",command="{command}" ssh-ed25519 {entry["key"]} twin-join-{entry["id"]}\n')
    write(AUTHORIZED, "".join(lines), 0o640, like=HOME)


def save(entry):
    write(os.path.join(LEDGER, f"{entry['id']}.json"), json.dumps(entry), 0o600)


def drop(token):
    handle = locked()
    try:
        os.unlink(os.path.join(LEDGER, f"{token}.json"))
        publish()
    finally:
        os.close(handle)


def bind(token, machine):
    """Gives the token to this machine for good. Returns None, or why not."""
    handle = locked()
    try:
        entry = load(token)
        if entry is None or entry["end"] < time.time():
            return "the token is not known here: it was used or withdrawn, or its time is over"
        if entry.get("by", machine)["host_key"] != machine["host_key"]:
            return f"the token was used by {entry['by']['name']} ({entry['by']['address']}) already"
        save({**entry, "by": machine})
        return None
    finally:
        os.close(handle)


def use_up(token):
    """The machine that it was for is in. Until its time is over it tells so, to others too, and does nothing else."""
    handle = locked()
    try:
        entry = load(token)
        if entry:
            save({**entry, "in": True})
    finally:
        os.close(handle)


def new_key():
    """Seed and public half of a new ed25519 key, 32 bytes each."""
    with tempfile.TemporaryDirectory(dir=LEDGER) as folder:
        file = os.path.join(folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file], check=True)
        with open(file, encoding="ascii") as source:
            whole = base64.b64decode("".join(source.read().splitlines()[1:-1]))
        with open(f"{file}.pub", encoding="ascii") as source:
            public = base64.b64decode(source.read().split()[1])[-32:]
    # In the file the seed stands right before its public half, which is there once more further up.
    at = whole.rindex(public)
    return whole[at - 32 : at], public


def make(minutes):
    if not re.fullmatch(r"[1-9][0-9]{0,4}", minutes) or int(minutes) > 10080:
        print(f"error: a token is good for 1 to 10080 minutes, not '{minutes}'", file=sys.stderr)
        sys.exit(2)
    with open(HOST_KEY, encoding="ascii") as file:
        host = base64.b64decode(file.read().split()[1])[-32:]
    seed, public = new_key()
    blob = base64.b64encode(struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32) + public).decode()
    entry = {"id": secrets.token_hex(6), "made": int(time.time()), "end": int(time.time()) + 60 * int(minutes), "key": blob}
    handle = locked()
    try:
        save(entry)
        publish()
    finally:
        os.close(handle)
    data = struct.pack(">BI32s32s32s", 1, entry["end"], host, seed, public)
    data += struct.pack(">I", zlib.crc32(data))
    print(f"Token {entry['id']}, for one machine, until {time.strftime('%H:%M on %d %B', time.localtime(entry['end']))}:", file=sys.stderr)
    print("twin1." + base64.urlsafe_b64encode(data).decode().rstrip("="))


def show():
    for entry in entries():
        if entry["end"] >= time.time():
            by = "not used"
            if "by" in entry:
                by = f"used by {entry['by']['name']} ({entry['by']['address']}), {'which is in' if entry.get('in') else 'not in yet'}"
            print(f"{entry['id']}  {int(entry['end'] - time.time()) // 60} minutes left  {by}")


def revoke(token):
    if load(token) is None:
        sys.exit(f"error: there is no token {token}\nnext:  scripts/join-token.sh --list")
    drop(token)
    print(f"{token} is not good any more")


if __name__ == "__main__":
    {"make": make, "list": show, "revoke": revoke, "publish": publish}[sys.argv[1]](*sys.argv[2:])
