"""peers.py FILE: writes whom this node talks to over WireGuard, and prints `changed` if that is new.

Standard input: JSON {names: [str], known: {name: {key, endpoint, address}}}. A name without an entry in `known` is a node that could not be
asked now; what the file says of it stays.
"""

import json
import os
import re
import sys

PEER = "# {name}\n[Peer]\nPublicKey = {key}\nEndpoint = {endpoint}\nAllowedIPs = {address}/32\n"


def main(path):
    wanted = json.load(sys.stdin)
    before = ""
    if os.path.exists(path):
        with open(path) as file:
            before = file.read()
    there = dict(re.findall(r"^(?=# (\S+)\n)((?:.+\n)+)", before, re.MULTILINE))
    known = {name: PEER.format(name=name, **peer) for name, peer in wanted["known"].items()}
    after = "\n".join(block for block in ({**there, **known}.get(name) for name in sorted(wanted["names"])) if block)
    if after == before:
        return
    with open(f"{path}.part", "w") as file:
        file.write(after)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.part", path)
    print("changed")


os.umask(0o077)
main(sys.argv[1])
