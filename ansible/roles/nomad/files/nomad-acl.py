"""Access control of Nomad, brought to a wanted state over the API of the agent on this machine. Prints what it changed.

bootstrap FILE       the secret in FILE becomes the management token, unless it is one already
apply FILE WANTED    JSON {namespaces: [{name, description}], policies: {name: {job, rules}}}; a policy belongs to the tasks of its job
ready FILE NODE      waits until the node takes jobs

FILE holds the management token.
"""

import json
import sys
import time
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:4646/v1/"


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


def call(method, path, token=None, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(ADDRESS + path, data, {"X-Nomad-Token": token} if token else {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise Refused(error.code, error.read().decode()) from None
    return json.loads(text) if text else None


def patiently(what, seconds=60):
    """A server that has just got its leader answers 500 for a moment."""
    end = time.monotonic() + seconds
    while True:
        try:
            return what()
        except (Refused, OSError) as error:
            refused = isinstance(error, Refused) and (error.status != 500 or "already done" in error.text)
            if refused or time.monotonic() > end:
                raise
            time.sleep(0.5)


def known(secret):
    try:
        patiently(lambda: call("GET", "acl/token/self", secret))
        return True
    except Refused as error:
        if error.status in (403, 404):
            return False
        raise


def bootstrap(secret):
    if known(secret):
        return
    try:
        patiently(lambda: call("POST", "acl/bootstrap", None, {"BootstrapSecret": secret}))
    except Refused as error:
        if "already done" in error.text:
            sys.exit(
                "This cluster has a management token already, and the one in the file is another. Nothing was changed. Next: restore "
                "/etc/nomad.d/management_token from the backup, or make a new one (docs/runbook.md, 'a lost management token')."
            )
        raise
    print("bootstrapped")


def found(path, token):
    try:
        return call("GET", path, token)
    except Refused as error:
        if error.status == 404:
            return {}
        raise


def apply(management, wanted):
    for namespace in wanted["namespaces"]:
        name, description = namespace["name"], namespace.get("description", "")
        there = found(f"namespace/{name}", management)
        if not there or there["Description"] != description:
            call("POST", f"namespace/{name}", management, {**there, "Name": name, "Description": description})
            print(f"namespace {name}")
    for name, policy in wanted["policies"].items():
        body = {"Name": name, "Rules": policy["rules"], "JobACL": {"Namespace": "default", "JobID": policy["job"]}}
        there = found(f"acl/policy/{name}", management)
        job = there.get("JobACL") or {}
        if there.get("Rules") != body["Rules"] or (job.get("Namespace"), job.get("JobID")) != ("default", policy["job"]):
            call("POST", f"acl/policy/{name}", management, body)
            print(f"policy {name}")


def ready(management, name, seconds=90):
    end = time.monotonic() + seconds
    while True:
        nodes = [node for node in patiently(lambda: call("GET", "nodes", management)) if node["Name"] == name]
        if any(node["Status"] == "ready" for node in nodes):
            return
        if time.monotonic() > end:
            state = ", ".join(node["Status"] for node in nodes) or "not known to the servers"
            sys.exit(f"The node {name} is {state} after {seconds} s. Next: on it, journalctl -u nomad; can it reach port 4647 of the controllers?")
        time.sleep(0.5)


def main():
    verb, file = sys.argv[1:3]
    with open(file) as secret:
        management = secret.read().strip()
    if verb == "bootstrap":
        bootstrap(management)
    elif verb == "apply":
        apply(management, json.loads(sys.argv[3]))
    elif verb == "ready":
        ready(management, sys.argv[3])
    else:
        sys.exit(f"unknown verb {verb}")


try:
    main()
except (Refused, OSError) as error:
    sys.exit(f"Nomad's access control did not answer as expected: {error}. Next: journalctl -u nomad")
