"""Looks at this machine and prints what it sees as JSON. Changes nothing that is there afterwards.

Arguments: one JSON object {paths: [str], mirror: bool, timeout_s: int}.
"""

import email.utils
import json
import os
import re
import subprocess
import sys
import tempfile
import time


def nearest(path):
    """The path itself, or the nearest parent that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def folder(path):
    there = nearest(path)
    stats = os.statvfs(there)
    found = {"path": path, "there": there, "free_mb": stats.f_bavail * stats.f_frsize // 2**20, "error": ""}
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".twin-preflight-") as file:
            file.write(b"twin")
            file.flush()
    except OSError as error:
        found["error"] = error.strerror
    return found


def default_route():
    """The device of the IPv4 default route with the lowest metric; empty if there is none."""
    best = None
    with open("/proc/net/route") as routes:
        for line in list(routes)[1:]:
            fields = line.split()
            up = int(fields[3], 16) & 1
            if fields[1] == "00000000" and fields[7] == "00000000" and up:
                best = min(best or (int(fields[6]), fields[0]), (int(fields[6]), fields[0]))
    return best[1] if best else ""


def link(device):
    def read(name):
        try:
            with open(f"/sys/class/net/{device}/{name}") as file:
                return file.read().strip()
        except OSError:
            return ""

    return {
        "device": device,
        "wireless": any(os.path.exists(f"/sys/class/net/{device}/{name}") for name in ("wireless", "phy80211")),
        "carrier": read("carrier") == "1",
    }


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})


def mirrors():
    """One address per mirror of this machine's apt configuration, as apt itself would ask for it."""
    uris = re.findall(r"^'(https?://[^']+/InRelease)'", run("apt-get", "update", "--print-uris").stdout, re.MULTILINE)
    return list({uri.split("/dists/")[0]: uri for uri in uris}.values())


def ask(uri, timeout_s):
    """Asks a mirror through apt, so with apt's proxies and certificates. `skew_s` is this clock minus the mirror's."""
    options = ["Acquire::Retries=0", "Debug::Acquire::http=1", "Debug::Acquire::https=1"]
    options += [f"Acquire::{scheme}::Timeout={timeout_s}" for scheme in ("http", "https")]
    with tempfile.TemporaryDirectory(prefix="twin-preflight-") as scratch:
        os.chmod(scratch, 0o755)
        command = ["/usr/lib/apt/apt-helper"] + [word for option in options for word in ("-o", option)]
        done = run(*command, "-o", "APT::Sandbox::User=root", "download-file", uri, f"{scratch}/InRelease")
    now = time.time()
    said = done.stdout + done.stderr
    answer = {"uri": uri, "error": "", "skew_s": None}
    if done.returncode != 0:
        errors = [line[3:].strip() for line in said.splitlines() if line.startswith(("E: ", "Err:", "W: "))]
        answer["error"] = errors[-1] if errors else f"apt-helper ended with {done.returncode}"
    date = re.findall(r"^Date: (.*?)\s*$", said, re.MULTILINE)
    if date:
        answer["skew_s"] = round(now - email.utils.parsedate_to_datetime(date[-1]).timestamp())
    return answer


def is_server():
    """Whether this machine is a server of Consul already; None where it is no node yet."""
    try:
        with open("/etc/consul.d/consul.json") as file:
            return json.load(file)["server"]
    except (OSError, ValueError, KeyError):
        return None


def main():
    asked = json.loads(sys.argv[1])
    with open("/proc/cpuinfo") as file:
        flags = re.search(r"^flags\s*:(.*)$", file.read(), re.MULTILINE)
    with open("/proc/meminfo") as file:
        memory = re.search(r"^MemTotal:\s+(\d+)", file.read(), re.MULTILINE)
    route = default_route()
    seen = {
        "folders": [folder(path) for path in asked["paths"]],
        "memory_mb": int(memory.group(1)) // 1024,
        "machine": os.uname().machine,
        "ssse3": "ssse3" in (flags.group(1).split() if flags else []),
        "route": route,
        "link": link(route) if route else None,
        "mirrors": [ask(uri, asked["timeout_s"]) for uri in mirrors()] if asked["mirror"] and route else [],
        "server": is_server(),
        "time": time.time(),
    }
    print(json.dumps(seen))


main()
