"""Access control of Consul, brought to a wanted state over the API of the agent on this machine. Prints what it changed.

bootstrap FILE          the secret in FILE becomes the management token, unless it is one already
apply FILE WANTED       JSON {policies: {name: rules}, roles: [name]} (a role has the policy of its name), or {auth_method: {}, bindings: [{}]}
forget FILE NODE        revokes the tokens of a node that is gone, and takes it out of the list of members
token FILE              makes the token on standard input (its SecretID given) known, unless it is

FILE holds the management token.
"""

import json
import sys
import time
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:8500/v1/"


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


def call(method, path, token=None, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(ADDRESS + path, data, {"X-Consul-Token": token} if token else {}, method=method)
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
            if (isinstance(error, Refused) and error.status != 500) or time.monotonic() > end:
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
        patiently(lambda: call("PUT", "acl/bootstrap", None, {"BootstrapSecret": secret}))
    except Refused as error:
        if error.status == 403 and "no longer allowed" in error.text:
            sys.exit(
                "This cluster has a management token already, and the one in the file is another. Nothing was changed. Next: restore "
                "/etc/consul.d/management_token from the backup, or make a new one (docs/runbook.md, 'a lost management token')."
            )
        raise
    print("bootstrapped")


def differs(wanted, found):
    """Whether anything that is wanted is not there; what the server adds does not count."""
    if isinstance(wanted, dict):
        return not isinstance(found, dict) or any(differs(value, found.get(key)) for key, value in wanted.items())
    return wanted != found


def apply(management, wanted):
    def listed(kind):
        return call("GET", f"acl/{kind}", management) or []

    def ensure(kind, one, name, found, body):
        if found is None:
            call("PUT", f"acl/{one}", management, body)
        elif differs(body, found):
            call("PUT", f"acl/{one}/{found.get('ID', name)}", management, {**found, **body})
        else:
            return
        print(f"{kind} {name}")

    if "auth_method" in wanted:
        return apply_door(management, wanted, listed, ensure)

    there = {policy["Name"]: policy["ID"] for policy in listed("policies")}
    for name, rules in wanted["policies"].items():
        found = call("GET", f"acl/policy/{there[name]}", management) if name in there else None
        ensure("policy", "policy", name, found, {"Name": name, "Rules": rules})

    roles = {role["Name"]: role for role in listed("roles")}
    for name in wanted["roles"]:
        found = roles.get(name)
        names = [policy["Name"] for policy in (found or {}).get("Policies") or []]
        if found is None or names != [name]:
            body = {"Name": name, "Policies": [{"Name": name}]}
            call("PUT", f"acl/role/{found['ID']}" if found else "acl/role", management, body)
            print(f"role {name}")


def apply_door(management, wanted, listed, ensure):
    """How jobs log in: the method, and which role each job gets."""
    method = wanted["auth_method"]
    methods = {one["Name"] for one in listed("auth-methods")}
    found = call("GET", f"acl/auth-method/{method['Name']}", management) if method["Name"] in methods else None
    compared = {key: value for key, value in method.items() if key != "MaxTokenTTL"}
    if found is None or differs(compared, found):
        call("PUT", f"acl/auth-method/{method['Name']}" if found else "acl/auth-method", management, method)
        print(f"auth method {method['Name']}")

    # A rule is known by its description; one of ours that is wanted no more goes.
    rules = {rule["Description"]: rule for rule in listed(f"binding-rules?authmethod={method['Name']}")}
    for rule in wanted["bindings"]:
        body = {**rule, "AuthMethod": method["Name"]}
        ensure("binding", "binding-rule", rule["Description"], rules.pop(rule["Description"], None), body)
    for rule in rules.values():
        call("DELETE", f"acl/binding-rule/{rule['ID']}", management)
        print(f"no binding {rule['Description']}")


def token(management, wanted):
    if known(wanted["SecretID"]):
        return
    patiently(lambda: call("PUT", "acl/token", management, {**wanted, "Local": False}))
    print("made")


def forget(management, node):
    for one in call("GET", "acl/tokens", management):
        if one["Description"] in (f"{what} of {node}" for what in ("Consul agent", "Nomad agent", "RPC door", "Prometheus")):
            call("DELETE", f"acl/token/{one['AccessorID']}", management)
            print(f"no token {one['Description']}")
    members = {member["Name"] for member in call("GET", "agent/members", management)}
    if node in members:
        call("PUT", f"agent/force-leave/{node}?prune=1", management)
        print(f"no member {node}")


def main():
    verb, file = sys.argv[1:3]
    with open(file) as secret:
        management = secret.read().strip()
    if verb == "bootstrap":
        bootstrap(management)
    elif verb == "apply":
        apply(management, json.loads(sys.argv[3]))
    elif verb == "forget":
        forget(management, sys.argv[3])
    elif verb == "token":
        token(management, json.load(sys.stdin))
    else:
        sys.exit(f"unknown verb {verb}")


try:
    main()
except (Refused, OSError) as error:
    sys.exit(f"Consul's access control did not answer as expected: {error}. Next: journalctl -u consul")
