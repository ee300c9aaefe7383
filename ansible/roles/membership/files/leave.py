"""leave.py: this machine leaves Consul and Nomad for good, as a server and as a client; then nothing of them runs here. Run again, it goes on.

Standard input: Consul's management token. A server tells the others before it goes, so that two can become one: once a majority is
lost, nobody can be taken out any more.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

token = sys.stdin.read().strip()


def active(unit):
    return subprocess.run(["systemctl", "is-active", "--quiet", unit]).returncode == 0


def ended(unit, seconds=60):
    end = time.monotonic() + seconds
    while active(unit) and time.monotonic() < end:
        time.sleep(0.2)


def leader(address):
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if any(letter.isdigit() for letter in answer.read().decode()):
                    return
        except OSError:
            pass
        time.sleep(0.5)
    sys.exit(f"{address} names no leader: a server can leave only while most of them run. Next: start the others, then again")


def is_server(file):
    try:
        with open(file) as config:
            found = json.load(config).get("server", False)
    except OSError:
        return False
    return found.get("enabled", False) if isinstance(found, dict) else found


if active("nomad"):
    if is_server("/etc/nomad.d/nomad.json"):
        # Nomad has no call for leaving: it does so at its end where its configuration says so, and reads that at its start.
        with open("/etc/nomad.d/leave.json", "w") as file:
            json.dump({"leave_on_interrupt": True, "leave_on_terminate": True}, file)
        subprocess.run(["systemctl", "restart", "nomad"], check=True)
        leader("http://127.0.0.1:4646/v1/status/leader")
    subprocess.run(["systemctl", "stop", "nomad"], check=True)

if active("consul"):
    if is_server("/etc/consul.d/consul.json"):
        leader("http://127.0.0.1:8500/v1/status/leader")
    request = urllib.request.Request("http://127.0.0.1:8500/v1/agent/leave", b"", {"X-Consul-Token": token}, method="PUT")
    try:
        urllib.request.urlopen(request, timeout=60).read()
    except urllib.error.HTTPError as error:
        sys.exit(f"Consul does not leave: {error.code} {error.read().decode().strip()}. Next: journalctl -u consul")
    except OSError:
        # It may be gone before it has answered.
        pass
    ended("consul")
    subprocess.run(["systemctl", "stop", "consul"], check=True)

if os.path.exists("/etc/nomad.d/leave.json"):
    os.unlink("/etc/nomad.d/leave.json")
