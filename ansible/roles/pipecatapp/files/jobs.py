"""Jobs of this cluster, brought to what their files say, over the APIs on this machine. Root on the primary controller.

list FOLDER                   prints the files there whose jobs are to run all the time, one a line
apply FILE...                 registers each job that is missing, stopped, dead or not as its file says, and lets one for every node be
                              tried again where it has failed; prints a line of JSON for each: {job, file, was, did}. A job that sleeps
                              is left asleep
wait FILE SECONDS             prints where the job runs, and ends with 0 once it is healthy or asleep; with 75 when it is not by then
run FILE [NAME=VALUE...]      runs a batch job once, with these variables, prints its log, and ends as it did
"""

import base64
import glob
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

SERVERS = {
    "nomad": ("http://127.0.0.1:4646/v1/", "X-Nomad-Token", "/etc/nomad.d/management_token"),
    "consul": ("http://127.0.0.1:8500/v1/", "X-Consul-Token", "/etc/consul.d/management_token"),
}
LATER = 75


def ask(server, path, body=None, missing=None):
    """JSON of an answer, text where it is none; `missing` for what is not there."""
    address, header, file = SERVERS[server]
    with open(file) as secret:
        token = secret.read().strip()
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address + path, data, {header: token}, method="POST" if data else "GET")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        words = error.read().decode().strip()
        if error.code == 404:
            return missing
        sys.exit(f"{server} refuses {path} ({error.code}): {words}")
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse(file, variables=()):
    with open(file) as source:
        hcl = source.read()
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in variables)
    return ask("nomad", "jobs/parse", {"JobHCL": hcl, "Variables": lines, "Canonicalize": True})


def of(job, rest=""):
    namespace = urllib.parse.quote(job["Namespace"])
    return f"job/{urllib.parse.quote(job['ID'], safe='')}{rest}?namespace={namespace}"


def services(job):
    """Those that Nomad announces for it, and the one that the head of an expert announces itself."""
    groups = job["TaskGroups"]
    named = [service["Name"] for group in groups if group["Count"] != 0 for service in group["Services"] or []]
    told = [(task["Env"] or {}).get("TWIN_SERVICE") for group in groups for task in group["Tasks"]]
    return named + [name for name in told if name]


def sleeps(job):
    for service in services(job):
        for entry in ask("consul", f"kv/pipecat/power/{service}/state", missing=[]):
            try:
                state = json.loads(base64.b64decode(entry["Value"] or ""))
            except ValueError:
                continue
            if isinstance(state, dict) and state.get("state") == "asleep" and state.get("job", job["ID"]) == job["ID"]:
                return True
    return False


def newest(allocations):
    """The last one of each group on each node: a system job's failed ones before it stay wanted for ever."""
    latest = {}
    for one in sorted(allocations, key=lambda one: one["CreateIndex"]):
        latest[one["TaskGroup"], one["NodeID"]] = one
    return list(latest.values())


def failed_on(job):
    """Nodes on which a system job has failed for good: Nomad tries it there again only when something else happens."""
    usable = {node["ID"] for node in ask("nomad", "nodes") if (node["Status"], node["SchedulingEligibility"]) == ("ready", "eligible")}
    last = newest(ask("nomad", of(job, "/allocations"), missing=[]))
    failed = [one for one in last if one["ClientStatus"] == "failed" and one["DesiredStatus"] == "run" and one["NodeID"] in usable]
    return sorted(one["NodeName"] for one in failed)


def condition(job, found):
    if found is None:
        return "missing"
    if found["Stop"]:
        return "stopped"
    if found["Status"] == "dead":
        return "dead"
    plan = ask("nomad", of(job, "/plan"), {"Job": job, "Diff": True})
    if plan["Diff"]["Type"] != "None":
        return "changed"
    failed = failed_on(job) if found["Type"] == "system" else []
    return f"failed on {', '.join(failed)}" if failed else "as it should be"


def evaluate(job):
    body = {"JobID": job["ID"], "Namespace": job["Namespace"], "EvalOptions": {"ForceReschedule": True}}
    ask("nomad", of(job, "/evaluate"), body)


def apply(file):
    job = parse(file)
    if sleeps(job):
        return {"job": job["ID"], "file": file, "was": "asleep", "did": ""}
    found = ask("nomad", of(job))
    was = condition(job, found)
    if was == "as it should be":
        return {"job": job["ID"], "file": file, "was": was, "did": ""}
    if was.startswith("failed on"):
        evaluate(job)
        return {"job": job["ID"], "file": file, "was": was, "did": "tried again"}
    # Whoever has changed it since then is not overruled.
    index = found["JobModifyIndex"] if found else 0
    ask("nomad", "jobs", {"Job": job, "EnforceIndex": True, "JobModifyIndex": index})
    if was == "dead":
        evaluate(job)
    return {"job": job["ID"], "file": file, "was": was, "did": "registered"}


def last_words(allocation):
    """What happened last to a task that does not run."""
    for task, state in (allocation["TaskStates"] or {}).items():
        events = state["Events"] or []
        if state["State"] != "running" and events:
            return f"{task} on {allocation['NodeName']}: {events[-1]['DisplayMessage']}"
    return f"{allocation['TaskGroup']} on {allocation['NodeName']} is {allocation['ClientStatus']}"


def unplaced(job):
    """Why Nomad finds no node for a group."""
    for evaluation in ask("nomad", of(job, "/evaluations"), missing=[]):
        for group, why in (evaluation.get("FailedTGAllocs") or {}).items():
            reasons = list((why.get("ConstraintFiltered") or {}).keys()) + list((why.get("DimensionExhausted") or {}).keys())
            return f"no node takes {group}: {', '.join(reasons) or 'none is ready'}"
    return None


def health(job):
    """(healthy, sentence)"""
    if sleeps(job):
        return True, "asleep"
    found = ask("nomad", of(job))
    if found is None or found["Stop"]:
        return False, "Nomad does not have it"
    wanted = {group["Name"]: group["Count"] for group in found["TaskGroups"]}
    allocations = [one for one in ask("nomad", of(job, "/allocations"), missing=[]) if one["DesiredStatus"] == "run"]
    if found["Type"] == "system":
        allocations = newest(allocations)
    current = [one for one in allocations if one["JobVersion"] == found["Version"]]
    places = []
    for group, count in wanted.items():
        mine = [one for one in current if one["TaskGroup"] == group]
        running = [one for one in mine if one["ClientStatus"] == "running"]
        enough = len(running) == len(mine) > 0 if found["Type"] == "system" else len(running) >= count
        if not enough:
            waiting = [one for one in mine if one["ClientStatus"] != "running"]
            why = last_words(waiting[-1]) if waiting else unplaced(job) or "waits for a node"
            return False, f"{group} {len(running)} of {count}; {why}"
        if running:
            places.append(f"{group} on {', '.join(sorted(one['NodeName'] for one in running))}")
    for service in services(found):
        if not ask("consul", f"health/service/{service}?passing=true", missing=[]):
            return False, f"{'; '.join(places)}; its service {service} does not pass yet"
    return True, "; ".join(places)


def wait(file, seconds):
    job = parse(file)
    end = time.monotonic() + seconds
    while True:
        healthy, words = health(job)
        if healthy or time.monotonic() > end:
            print(f"{job['ID']}: {words}")
            return 0 if healthy else LATER
        time.sleep(0.5)


def run(file, variables, patience=900):
    job = parse(file, variables)
    job["Meta"] = {**(job["Meta"] or {}), "run_id": str(time.time_ns())}
    evaluation = ask("nomad", "jobs", {"Job": job})["EvalID"]
    end = time.monotonic() + patience
    while True:
        made = ask("nomad", f"evaluation/{evaluation}/allocations", missing=[])
        done = [one for one in made if one["ClientStatus"] in ("complete", "failed", "lost")]
        if done:
            break
        if time.monotonic() > end:
            why = last_words(made[0]) if made else unplaced(job) or "no node has taken it"
            sys.exit(f"{job['ID']} has not ended after {patience} s: {why}")
        time.sleep(0.5)
    allocation = done[0]
    for task, state in (allocation["TaskStates"] or {}).items():
        for kind in ("stdout", "stderr"):
            query = urllib.parse.urlencode({"task": task, "type": kind, "plain": "true", "namespace": job["Namespace"]})
            print(ask("nomad", f"client/fs/logs/{allocation['ID']}?{query}", missing=""), end="")
        if state["Failed"]:
            print(last_words(allocation), file=sys.stderr)
    return 0 if allocation["ClientStatus"] == "complete" else 1


def main():
    verb, *rest = sys.argv[1:]
    if verb == "list":
        for file in sorted(glob.glob(f"{rest[0]}/*.nomad")):
            if parse(file)["Type"] in ("service", "system"):
                print(file)
        return 0
    if verb == "apply":
        for file in rest:
            print(json.dumps(apply(file)), flush=True)
        return 0
    if verb == "wait":
        return wait(rest[0], float(rest[1]))
    if verb == "run":
        return run(rest[0], [pair.split("=", 1) for pair in rest[1:]])
    sys.exit(f"unknown verb {verb}")


try:
    sys.exit(main())
except OSError as error:
    sys.exit(f"Nomad or Consul does not answer on this machine: {error}. Next: systemctl status nomad consul")
