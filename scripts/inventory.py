#!/usr/bin/env python3
"""Edits inventory.yaml by line, so that comments, order and all that is not meant stay as they are."""

import argparse
import fcntl
import ipaddress
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "lib"))

from inventory_lines import NODE_GROUPS, STEP, Failure, Inventory  # noqa: E402 (the path comes first)

USAGE = """\
usage: scripts/inventory.py [--file FILE] COMMAND

  list                             one line per machine: group, name, address, user, with tabs between them; - for none
  add-worker NAME ADDRESS [USER]   a machine of worker_nodes; the same one again changes nothing (USER: root by default)
  first NAME ADDRESS               this machine, without SSH, in place of the one that the file comes with
  move NAME GROUP                  to the end of controller_nodes or worker_nodes, with its variables and the comment above it
  remove NAME                      from every group, with its variables and the comment above it

Every change is written at once, under a lock; the file before it is kept as FILE.bak.
Exit code: 0 done or nothing to do, 1 the file cannot be read, written or understood, 2 wrong use, 3 refused as it would
contradict what the file says.
"""

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
# Words that YAML takes for something else than a name.
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
# What the file holds before anyone has edited it.
UNTOUCHED = "controller"


def entry_of(name, **variables):
    quoted = f'"{name}"' if name in WORDS or not name[0].isalpha() else name
    return [f"{quoted}:"] + [f"{' ' * STEP}{key}: {value}" for key, value in variables.items()]


def check(kind, value):
    if kind == "address":
        try:
            return str(ipaddress.IPv4Address(value))
        except ValueError:
            raise Failure(2, f"'{value}' is no IPv4 address") from None
    pattern = NAME if kind == "name" else USER
    if not pattern.fullmatch(value):
        raise Failure(2, f"'{value}' cannot be a {kind}", "lower-case letters, digits and hyphens" if kind == "name" else "")
    return value


def refuse_address(inventory, name, address):
    for host in inventory.hosts:
        if host.address == address and host.name != name:
            raise Failure(3, f"{address} is {host.name} already", f"scripts/inventory.py remove {host.name}, if that machine is gone")


def add_worker(inventory, name, address, user):
    check("name", name), check("user", user)
    address = check("address", address)
    refuse_address(inventory, name, address)
    host = inventory.find(name)
    if host:
        if (host.group, host.address, host.user or "root") == ("worker_nodes", address, user):
            return f"{name} is in worker_nodes already"
        raise Failure(
            3,
            f"{name} is in {host.group} already, with the address {host.address or '-'} and the user {host.user or '-'}",
            f"give the new machine another name, or scripts/inventory.py remove {name}, if that machine is gone",
        )
    inventory.insert("worker_nodes", entry_of(name, ansible_host=address, ansible_user=user))
    return f"{name} is in worker_nodes now"


def first(inventory, name, address):
    check("name", name)
    address = check("address", address)
    refuse_address(inventory, name, address)
    controllers = inventory.members("controller_nodes")
    if controllers and controllers[0].name == name:
        return f"{name} is the first controller already"
    if inventory.find(name):
        raise Failure(3, f"{name} is in {inventory.find(name).group} already", "see docs/runbook.md, Promote")
    untouched = len(controllers) == 1 and controllers[0].name == UNTOUCHED and controllers[0].variables == 1
    if controllers and not untouched:
        raise Failure(
            3,
            f"the first controller is {controllers[0].name}, not this machine",
            f"run there; or, if it is gone for good, scripts/inventory.py remove {controllers[0].name}",
        )
    comment = []
    if untouched:
        comment = [line for line in inventory.take(controllers[0]) if line.startswith("#")]
    entry = entry_of(name, ansible_connection="local", ansible_host=address)
    inventory.insert("controller_nodes", comment + entry)
    return f"{name} is the first controller now"


def move(inventory, name, group):
    if group not in NODE_GROUPS:
        raise Failure(2, f"machines are moved between {' and '.join(NODE_GROUPS)}, not to '{group}'")
    host = inventory.named(name)
    inventory.line_of(group)
    if host.group == group:
        return f"{name} is in {group} already"
    refuse_last(inventory, host)
    inventory.insert(group, inventory.take(host))
    return f"{name} is in {group} now"


def remove(inventory, name):
    host = inventory.named(name)
    refuse_last(inventory, host)
    while host:
        inventory.take(host)
        host = next((other for other in inventory.hosts if other.name == name), None)
    return f"{name} is not in the inventory any more"


def refuse_last(inventory, host):
    others = [other for other in inventory.hosts if other.name != host.name and other.group in NODE_GROUPS]
    if host.group == "controller_nodes" and len(inventory.members(host.group)) == 1 and others:
        raise Failure(3, f"{host.name} is the only controller", "make another one first: ansible-playbook promote_controller.yaml")


def list_hosts(inventory):
    return "\n".join("\t".join((h.group, h.name, h.address or "-", h.user or "-")) for h in inventory.hosts)


def write(path, text, like):
    folder = os.path.dirname(path)
    handle, part = tempfile.mkstemp(dir=folder, prefix=os.path.basename(path) + ".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), like.st_mode & 0o777)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise
    folder_handle = os.open(folder, os.O_RDONLY)
    os.fsync(folder_handle)
    os.close(folder_handle)


def edit(path, command, arguments):
    path = os.path.realpath(path)
    # The file itself is replaced by each write, so the lock is on the folder: nothing is left behind by it.
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with open(path, encoding="utf-8") as file:
            before, like = file.read(), os.fstat(file.fileno())
        inventory = Inventory(before)
        said = command(inventory, *arguments)
        after = "\n".join(inventory.lines)
        if after != before:
            write(path + ".bak", before, like)
            write(path, after, like)
        return said
    finally:
        os.close(folder)


COMMANDS = {"list": (list_hosts, 0, 0), "add-worker": (add_worker, 2, 3), "first": (first, 2, 2), "move": (move, 2, 2), "remove": (remove, 1, 1)}


def main(words):
    parser = argparse.ArgumentParser(add_help=False)
    parser.error = lambda message: (_ for _ in ()).throw(Failure(2, message, "see --help"))
    parser.add_argument("--file", default=os.path.join(HERE, "..", "inventory.yaml"))
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("command", nargs="?", default="")
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args(words)
    if given.help:
        print(USAGE, end="")
        return
    if given.command not in COMMANDS:
        raise Failure(2, f"there is no command '{given.command}'" if given.command else "which command?", "see --help")
    command, least, most = COMMANDS[given.command]
    if not least <= len(given.arguments) <= most:
        raise Failure(2, f"{given.command}: wrong number of arguments", "see --help")
    arguments = given.arguments + (["root"] if given.command == "add-worker" and len(given.arguments) == 2 else [])
    said = edit(given.file, command, arguments)
    if said:
        print(said)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Failure as failure:
        print(f"error: {failure}" + (f"\nnext:  {failure.hint}" if failure.hint else ""), file=sys.stderr)
        sys.exit(failure.code)
    except (OSError, UnicodeDecodeError) as error:
        print(f"error: {error}\nnext:  run as the owner of the file, with the path in --file", file=sys.stderr)
        sys.exit(1)
