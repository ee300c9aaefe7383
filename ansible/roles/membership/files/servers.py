"""Who is a server of Consul and Nomad, asked and changed over the API of the agents on this machine, which is the primary controller.

see                  prints JSON {consul: [server], nomad: [server], nodes: [{name, id, status}]}; a server is {id, name, voter, healthy}
drain NODE SECONDS   moves the jobs of a node elsewhere, and waits until they have gone or the time is over
forget NODE          the servers of Nomad forget what a node was on which Nomad has been stopped; prints what it changed
await NODE SECONDS   waits until the node is a healthy voter of both
retire NODE SECONDS  takes a server that is, or in that time comes to be, not healthy out of both; prints what it changed
absent NODE SECONDS  waits until the node is no server of either

The management tokens are in /etc/consul.d and /etc/nomad.d.
"""

import json
import sys
import time
import urllib.error
import urllib.request

AGENTS = {
    "consul": ("http://127.0.0.1:8500/v1/", "X-Consul-Token", "/etc/consul.d/management_token"),
    "nomad": ("http://127.0.0.1:4646/v1/", "X-Nomad-Token", "/etc/nomad.d/management_token"),
}


class Refused(Exception):
    pass


def call(agent, method, path, body=None, good=()):
    address, header, file = AGENTS[agent]
    with open(file) as secret:
        headers = {header: secret.read().strip()}
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, data, headers, method=method), timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read()
        if error.code not in good:
            raise Refused(f"{agent} answers {method} {path} with {error.code} {text.decode().strip()}") from None
    return json.loads(text) if text else None


def servers(agent):
    peers = call(agent, "GET", "operator/raft/configuration")["Servers"]
    # 429 where one of them is not healthy; the answer is the same.
    health = call(agent, "GET", "operator/autopilot/health", good=(429,))["Servers"] or []
    healthy = {one["ID"] for one in health if one["Healthy"]}
    # A server of Nomad is called NAME.REGION.
    return [
        {"id": one["ID"], "name": one["Node"].split(".")[0], "voter": one["Voter"], "healthy": one["ID"] in healthy} for one in peers
    ]


def nodes(name=None):
    found = [{"name": one["Name"], "id": one["ID"], "status": one["Status"]} for one in call("nomad", "GET", "nodes")]
    return [one for one in found if name in (None, one["name"])]


def patiently(what, seconds):
    """The answer of `what` as soon as there is one, else None. Between two leaders the agents answer 500."""
    end = time.monotonic() + seconds
    while True:
        try:
            answer = what()
            if answer is not None:
                return answer
        except (Refused, OSError):
            if time.monotonic() > end:
                raise
        if time.monotonic() > end:
            return None
        time.sleep(0.5)


def drain(name, seconds):
    spec = {"Deadline": int(seconds * 1e9), "IgnoreSystemJobs": False}
    for one in nodes(name):
        if one["status"] != "down":
            call("nomad", "POST", f"node/{one['id']}/drain", {"DrainSpec": spec, "MarkEligible": False})
            drained(name, one["id"], seconds + 60)


def drained(name, node, seconds):
    def done():
        left = [one for one in call("nomad", "GET", f"node/{node}/allocations") or [] if one["ClientStatus"] in ("pending", "running")]
        return True if call("nomad", "GET", f"node/{node}")["DrainStrategy"] is None and not left else None

    if not patiently(done, seconds):
        call("nomad", "POST", f"node/{node}/drain", {"DrainSpec": None, "MarkEligible": True})
        sys.exit(f"Jobs of {name} still run {seconds:.0f} s after the start of the drain; it takes jobs again. Next: nomad node status {node}")


def forget(name):
    """They may still call it ready: after a change of leaders they do for a while."""

    def purged():
        for one in nodes(name):
            call("nomad", "POST", f"node/{one['id']}/purge")
            print(f"no node {one['id']}")
        return None if nodes(name) else True

    if not patiently(purged, 90):
        sys.exit(f"Nomad still knows a node {name} that was stopped. Next: nomad node status; journalctl -u nomad")


def awaited(name, seconds):
    state = {}

    def peer():
        for agent in AGENTS:
            found = next((one for one in servers(agent) if one["name"] == name), None)
            state[agent] = "no server" if not found else "no voter" if not found["voter"] else "" if found["healthy"] else "not healthy"
        return True if not any(state.values()) else None

    if not patiently(peer, seconds):
        said = " and ".join(f"{what} of {agent}" for agent, what in state.items() if what)
        sys.exit(f"After {seconds:.0f} s {name} is {said}.")


def absent(name, seconds):
    if not patiently(lambda: None if any(one["name"] == name for agent in AGENTS for one in servers(agent)) else True, seconds):
        sys.exit(f"After {seconds:.0f} s {name} is still a server. Next: consul operator raft list-peers; nomad operator raft list-peers")


def retire(name, seconds):
    """A server that has just gone is healthy for some seconds more."""
    for agent in AGENTS:

        def unwell(agent=agent):
            found = [one for one in servers(agent) if one["name"] == name]
            return found if not any(one["healthy"] for one in found) else None

        for one in patiently(unwell, seconds) or []:
            call(agent, "DELETE", f"operator/raft/peer?id={one['id']}")
            print(f"no server of {agent}")


def main():
    verb, arguments = sys.argv[1], sys.argv[2:]
    if verb == "see":
        print(json.dumps(patiently(lambda: {**{agent: servers(agent) for agent in AGENTS}, "nodes": nodes()}, 30)))
    elif verb == "forget":
        forget(arguments[0])
    else:
        {"retire": retire, "drain": drain, "await": awaited, "absent": absent}[verb](arguments[0], float(arguments[1]))


try:
    main()
except (Refused, OSError) as error:
    sys.exit(f"The servers did not answer as expected: {error}. Next: journalctl -u consul -u nomad")
