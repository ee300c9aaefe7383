"""What bootstrap.sh has done: bootstrap_state.py FILE begin|continue KEY=VALUE… | is-done NAME | note NAME SECONDS

The file holds the options and, for each playbook that succeeded, a hash of its inputs: the options, the playbook itself,
ansible and group_vars. `continue` ends with 2 when the options differ. `is-done` ends with 0 or 1.
"""

import hashlib
import json
import os
import sys
import tempfile


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        return state if isinstance(state.get("options"), dict) and isinstance(state.get("done"), list) else None
    except (FileNotFoundError, ValueError, AttributeError):
        return None


def save(path, state):
    handle, part = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), prefix=os.path.basename(path) + ".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def inputs(name, options):
    """A hash that changes with anything the playbook's outcome depends on."""
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    files = [name] if os.path.isfile(name) else []
    for top in ("ansible", "group_vars") if files else ():
        for folder, _, names in os.walk(top):
            files += [os.path.join(folder, each) for each in names]
    for file in sorted(files):
        with open(file, "rb") as source:
            digest.update(f"\0{file}\0".encode() + hashlib.sha256(source.read()).digest())
    return digest.hexdigest()


def begin(path, options):
    save(path, {"options": options, "done": []})


def go_on(path, options):
    state = load(path)
    if state is None:
        print("nothing to go on with: no state of an earlier run is here, so this one begins at the beginning")
        return begin(path, options)
    for key in sorted(set(options) | set(state["options"])):
        before, now = state["options"].get(key, ""), options.get(key, "")
        if before != now:
            say = lambda value: f"--{key} {value}" if value else f"no --{key}"  # noqa: E731
            print(f"error: the run before had {say(before)}, this one has {say(now)}: that cannot be continued.", file=sys.stderr)
            print("next:  give --continue with the options of before, or leave it out to begin anew.", file=sys.stderr)
            sys.exit(2)


def is_done(path, name):
    state = load(path) or {"options": {}, "done": []}
    entry = next((each for each in state["done"] if each.get("name") == name), None)
    if entry is None:
        sys.exit(1)
    if entry.get("inputs") != inputs(name, state["options"]):
        print(f"{name} succeeded before, but it, a role or a setting has changed since: it runs again")
        sys.exit(1)
    print(f"{name} is done already")


def note(path, name, seconds):
    state = load(path)
    if state is None:
        sys.exit(f"error: {path} is gone or damaged.\nnext:  run ./bootstrap.sh again without --continue")
    state["done"] = [each for each in state["done"] if each.get("name") != name]
    state["done"].append({"name": name, "inputs": inputs(name, state["options"]), "seconds": int(seconds)})
    save(path, state)


def main(path, command, *words):
    if command in ("begin", "continue"):
        options = dict(word.split("=", 1) for word in words)
        (begin if command == "begin" else go_on)(path, options)
    elif command == "is-done":
        is_done(path, *words)
    else:
        note(path, *words)


if __name__ == "__main__":
    main(*sys.argv[1:])
