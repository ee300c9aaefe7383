#!/usr/bin/env python3
"""join.py CONTROLLER: asks the controller to take this machine in; the token is read from standard input. As root.

What passes: the token has the controller's host key, which is checked, and a key that signs in there once. This machine tells
its name and host key, lets the controller's key sign in here as root from the controller's address only, and shows what the
controller says until it is done. Exit code: 0 done, 1 refused or failed, 2 the token is none.
"""

import base64
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib

# Of a token: version, end of its time (s since 1970), host key, seed and public half of the key that signs in.
LAYOUT = struct.Struct(">BI32s32s32s")
PREFIX = "twin1."
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
AUTHORIZED = "/root/.ssh/authorized_keys"
MARK = "twin-provision"


class Failure(Exception):
    def __init__(self, message, hint, code=1):
        super().__init__(message)
        self.hint, self.code = hint, code


def read_token(text):
    """Returns (end, host key, seed, public key), each but the first 32 bytes."""
    wrong = Failure("this is no token to join with", "copy all of the line that scripts/join-token.sh prints, from twin1. to its end", 2)
    text = text.strip()
    if not text.startswith(PREFIX):
        raise wrong
    try:
        data = base64.urlsafe_b64decode(text[len(PREFIX) :] + "=" * (-len(text[len(PREFIX) :]) % 4))
    except ValueError:
        raise wrong from None
    if len(data) != LAYOUT.size + 4 or struct.pack(">I", zlib.crc32(data[:-4])) != data[-4:]:
        raise wrong
    version, end, host, seed, public = LAYOUT.unpack(data[:-4])
    if version != 1:
        raise wrong
    return end, host, seed, public


def string(data):
    return struct.pack(">I", len(data)) + data


def public_blob(public):
    return string(b"ssh-ed25519") + string(public)


def private_key(seed, public):
    """The key as OpenSSH writes it."""
    check = os.urandom(4)
    secret = check + check + public_blob(public) + string(seed + public) + string(b"twin-join")
    secret += bytes(range(1, 1 + -len(secret) % 8))
    whole = b"openssh-key-v1\0" + string(b"none") + string(b"none") + string(b"") + struct.pack(">I", 1)
    whole += string(public_blob(public)) + string(secret)
    lines = base64.encodebytes(whole).decode().replace("\n", "")
    body = "\n".join(lines[at : at + 70] for at in range(0, len(lines), 70))
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"


def sign_in_rights():
    """Refuses to go on where sshd would not let the controller in anyway."""
    settings = subprocess.run(["sshd", "-T"], capture_output=True, text=True, check=False).stdout.lower()
    if "\npermitrootlogin no\n" in settings:
        raise Failure(
            "the SSH server of this machine lets root in by no key (PermitRootLogin no), so the controller could not provision it",
            "write `PermitRootLogin prohibit-password` to /etc/ssh/sshd_config.d/twin.conf, systemctl reload ssh, then again",
        )


def authorize(controller, keys):
    """Lets the controller in, and no other address. Returns what the file was before, or None."""
    try:
        with open(AUTHORIZED, encoding="utf-8") as file:
            before = file.read()
    except FileNotFoundError:
        before = None
    kept = [line for line in (before or "").splitlines() if not line.endswith(f" {MARK}")]
    for key in keys:
        if not re.fullmatch(r"(ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/=]+", key):
            raise Failure("the controller sent something else than keys", "journalctl -t twin-join on the controller")
        kept.append(f'from="{controller}",no-agent-forwarding,no-X11-forwarding {key} {MARK}')
    write(AUTHORIZED, "\n".join(kept) + "\n")
    return before


def write(path, text):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def withdraw(before):
    if before is None:
        os.unlink(AUTHORIZED)
    else:
        write(AUTHORIZED, before)


def own_key():
    try:
        with open(HOST_KEY, encoding="ascii") as file:
            return " ".join(file.read().split()[:2])
    except FileNotFoundError:
        raise Failure("this machine has no ed25519 host key", "ssh-keygen -A, then systemctl restart ssh") from None


def explain(controller, said, code):
    """What ssh meant."""
    if "HOST IDENTIFICATION HAS CHANGED" in said or "Host key verification failed" in said or "host key is known" in said:
        return Failure(
            f"the machine at {controller} is not the controller that made this token: it has another host key",
            "is the address right? If the controller was installed anew, make a new token there. Else someone is in between",
        )
    if "Permission denied" in said:
        return Failure(
            f"the controller {controller} does not take this token: it was used or withdrawn, or its time is over",
            "make a new one there: sudo scripts/join-token.sh. What it saw: journalctl -u ssh, journalctl -t twin-join",
        )
    if code == 255:
        last = (said.strip().splitlines() or ["the connection ended"])[-1]
        return Failure(
            f"the connection to the controller {controller} failed: {last}",
            "is it on, and is its port 22 reachable? Then ./bootstrap.sh --continue with the same options and the same token",
        )
    return Failure("the controller ended without a word", "journalctl -t twin-join on the controller")


def converse(controller, process):
    """Speaks with the controller; True once it has said that this machine is in."""
    name = socket.gethostname().split(".")[0].lower()
    send = lambda message: (process.stdin.write(json.dumps(message) + "\n"), process.stdin.flush())  # noqa: E731
    send({"name": name, "host_key": own_key()})
    before, ours = None, False
    for line in process.stdout:
        message = json.loads(line)
        if "keys" in message:
            before, ours = authorize(controller, message["keys"]), True
            send({"installed": True})
        elif "progress" in message:
            print(f"    {message['progress']}", flush=True)
        elif "error" in message:
            if ours and message.get("withdraw"):
                withdraw(before)
            raise Failure(message["error"], message.get("next", ""))
        elif "done" in message:
            print(f"    {message['done']}", flush=True)
            return True
    return False


def join(controller, token):
    end, host, seed, public = read_token(token)
    if end < time.time():
        when = time.strftime("%H:%M on %d %B", time.localtime(end))
        raise Failure(f"the token's time was over at {when}", f"make a new one on {controller}: sudo scripts/join-token.sh. Is this clock right?")
    sign_in_rights()
    with tempfile.TemporaryDirectory(prefix="twin-join-") as folder:
        key, known = os.path.join(folder, "key"), os.path.join(folder, "known_hosts")
        write(key, private_key(seed, public))
        write(known, f"{controller} ssh-ed25519 {base64.b64encode(public_blob(host)).decode()}\n")
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "GlobalKnownHostsFile=/dev/null"]
        options += ["HostKeyAlgorithms=ssh-ed25519", "IdentitiesOnly=yes", "IdentityAgent=none", "ConnectTimeout=15"]
        options += ["ServerAliveInterval=15", "ServerAliveCountMax=4", "PreferredAuthentications=publickey"]
        command = ["ssh", "-T", "-F", "/dev/null", "-i", key] + [word for option in options for word in ("-o", option)]
        with tempfile.TemporaryFile("w+") as complaints:
            process = subprocess.Popen(
                command + [f"twin-join@{controller}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
            )
            try:
                if converse(controller, process):
                    return
            except (BrokenPipeError, json.JSONDecodeError):
                pass
            finally:
                process.stdin.close()
                if process.poll() is None:
                    process.terminate()
                code = process.wait()
            complaints.seek(0)
            raise explain(controller, complaints.read(), code)


if __name__ == "__main__":
    try:
        if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
            raise Failure("one argument: the address of the controller", "./bootstrap.sh --help", 2)
        join(sys.argv[1], sys.stdin.readline())
    except Failure as failure:
        print(f"\nerror: {failure}.\nnext:  {failure.hint}." if failure.hint else f"\nerror: {failure}.", file=sys.stderr)
        sys.exit(failure.code)
