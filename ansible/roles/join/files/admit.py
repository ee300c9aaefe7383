"""admit.py: takes in the machines whose requests are in the spool, one after another. As root, by twin-join.service.

Requests come by two doors. What twin-join writes is a stranger's word: its token must be in the ledger. What twin-boot writes
is that of the network boot service, which installed the machine because an operator allowed it; it has no token. Name, address
and key are checked again at both. A power cut leaves the request where it is, and the next start goes on with it.
"""

import ipaddress
import json
import os
import pwd
import re
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tokens  # noqa: E402 (the path comes first)

# Users whose requests are heard: where they lie, and where they are answered.
DOORS = {user: (f"/var/spool/{user}", f"/var/lib/{user}/progress") for user in ("twin-join", "twin-boot")}
LOGS = "/var/log/twin"
KNOWN = "/etc/ssh/ssh_known_hosts"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/=]{68,70}")


class Refused(Exception):
    def __init__(self, message, hint="", withdraw=True):
        super().__init__(message)
        self.hint, self.withdraw = hint, withdraw


class Progress:
    """What the joining machine is told; readable to the user of its door."""

    def __init__(self, user, visit):
        handle = os.open(os.path.join(DOORS[user][1], visit), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchown(handle, 0, pwd.getpwnam(user).pw_gid)
        os.fchmod(handle, 0o640)
        self.file = os.fdopen(handle, "w", encoding="utf-8")

    def say(self, **message):
        self.file.write(json.dumps(message) + "\n")
        self.file.flush()
        print(*message.values(), flush=True)


def read(path):
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > 4096:
            raise ValueError("not a small file")
        request = json.load(file)
    if set(request) != {"token", "name", "address", "host_key", "visit"} or not all(isinstance(each, str) for each in request.values()):
        raise ValueError("other fields than those of a request")
    if not re.fullmatch(r"[0-9a-f]{16}", request["visit"]) or not tokens.ID.fullmatch(request["token"]):
        raise ValueError("no visit, or no token")
    if not NAME.fullmatch(request["name"]) or not KEY.fullmatch(request["host_key"]):
        raise ValueError("no name, or no host key")
    ipaddress.IPv4Address(request["address"])
    return request


def run(command, clone):
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)


def known_lines():
    try:
        with open(KNOWN, encoding="utf-8") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def recognise(request, in_inventory):
    """Writes down the machine's host key. A machine of the inventory keeps the one it has, unless an operator had it installed anew."""
    names = {request["name"], request["address"]}
    mine = [line for line in known_lines() if names & set(line.split(" ")[0].split(","))]
    if in_inventory and request["user"] == "twin-join" and any(" ".join(line.split()[1:3]) != request["host_key"] for line in mine):
        raise Refused(
            f"{request['name']} is a node already, and this machine has another host key than it",
            f"give this machine another name; if it replaces that one, first: scripts/inventory.py remove {request['name']} on the controller",
        )
    rest = [line for line in known_lines() if line not in mine]
    line = f"{request['name']},{request['address']} {request['host_key']}"
    if line not in mine or len(mine) > 1:
        tokens.write(KNOWN, "\n".join([*rest, line]) + "\n", 0o644)


def enlist(request, clone):
    """Into the inventory; returns whether it was not there before."""
    edit = ["python3", "-I", "scripts/inventory.py"]
    there = any(line.split("\t")[1:2] == [request["name"]] for line in run([*edit, "list"], clone).stdout.splitlines())
    recognise(request, there)
    done = run([*edit, "add-worker", request["name"], request["address"], "root"], clone)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        hint = next((line[5:].strip() for line in said if line.startswith("next:")), "")
        raise Refused(said[0].removeprefix("error: ") if said else "the inventory cannot be edited", f"on the controller: {hint}")
    return not there


def play(request, settings, tell, *words):
    """Runs the playbook for this machine; returns None or what went wrong. Its output is in a file of root's."""
    command = ["ansible-playbook", "playbook.yaml", "--limit", request["name"], *words]
    environment = {**settings["environment"], "ANSIBLE_CONFIG": f"{settings['clone']}/ansible.cfg", "ANSIBLE_NOCOLOR": "1", "HOME": "/root"}
    wrong = []
    handle = os.open(os.path.join(LOGS, f"join-{request['name']}.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=settings["clone"], env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        told = ""
        for line in process.stdout:
            log.write(line)
            log.flush()
            task = re.match(r"(?:TASK|RUNNING HANDLER) \[(.+?) : ", line)
            if task and task.group(1) != told:
                told = task.group(1)
                tell(told)
            found = re.match(r"\s+msg: (?:[>|]-?\s*)?(.*)", line)
            if found and found.group(1):
                wrong.append(found.group(1).strip("'\""))
    return None if process.wait() == 0 else " ".join(wrong[:2]) or "the playbook failed"


def admit(request, settings, progress):
    clone, name = settings["clone"], request["name"]
    machine = {key: request[key] for key in ("name", "address", "host_key")}
    by_token = request["user"] == "twin-join"
    why = by_token and tokens.bind(request["token"], machine)
    if why:
        raise Refused(why, "make a new one on the controller: sudo scripts/join-token.sh")
    if by_token and tokens.load(request["token"]).get("in"):
        progress.say(done=f"{name} is a node already")
        return
    new = enlist(request, clone)
    progress.say(progress=f"{name} ({request['address']}) is in the inventory; its checks")
    wrong = play(request, settings, lambda role: None, "--tags", "preflight")
    if wrong:
        # Nothing has changed on it yet, so it is no node.
        if new:
            run(["python3", "-I", "scripts/inventory.py", "remove", name], clone)
        again = "run the same again, the token is good still" if by_token else f"twin nodes join, or the button on the page Nodes, for {name}"
        raise Refused(f"{name} cannot be a node yet: {wrong}", f"then {again}")
    wrong = play(request, settings, lambda role: progress.say(progress=f"role {role}"))
    if wrong:
        raise Refused(
            f"the playbook failed for {name}: {wrong}",
            f"read on the controller /var/log/twin/join-{name}.log; then "
            + ("run here ./bootstrap.sh --continue with the same options and token" if by_token else "twin nodes join"),
            withdraw=False,
        )
    if by_token:
        tokens.use_up(request["token"])
    progress.say(done=f"{name} is a node")


def waiting():
    """Requests that lie there, those of one door after those of the other; forgets what was said a day ago."""
    for user, (spool, told) in DOORS.items():
        if not os.path.isdir(spool):
            continue
        for old in os.scandir(told):
            if old.stat().st_mtime < time.time() - 86400:
                os.unlink(old.path)
        for entry in sorted(os.scandir(spool), key=lambda each: each.name):
            if entry.name.endswith(".json"):
                yield user, entry


def main():
    with open("/etc/twin/join/settings.json", encoding="utf-8") as file:
        settings = json.load(file)
    for user, entry in waiting():
        try:
            request = {**read(entry.path), "user": user}
        except (OSError, ValueError) as error:
            print(f"a request that is none: {entry.name[:60]!r}: {error}", flush=True)
            os.unlink(entry.path)
            continue
        progress = Progress(user, request["visit"])
        try:
            admit(request, settings, progress)
        except Refused as refusal:
            progress.say(error=str(refusal), next=refusal.hint, withdraw=refusal.withdraw)
        except Exception as error:  # noqa: BLE001 (the other requests go on, and the machine hears of it)
            print(f"{type(error).__name__}: {error}", flush=True)
            progress.say(error="the controller failed", next="journalctl -t twin-join on the controller", withdraw=False)
        os.unlink(entry.path)


if __name__ == "__main__":
    main()
