"""inventory.yaml as lines: where its groups and machines are, and how one is put in or taken out."""

import re

KEY = re.compile(r"""( *)(?:"([^"]+)"|'([^']+)'|([^\s#'"{}\[\]][^#'"{}]*?))\s*:(?=\s|$)(.*)""")
# A machine is in one of these; in others, like pxe_server, it is named once more.
NODE_GROUPS = ("controller_nodes", "worker_nodes")
STEP = 2


class Failure(Exception):
    """code: 1 not understood, 2 wrong use, 3 contradicts the file."""

    def __init__(self, code, message, hint=""):
        super().__init__(message)
        self.code, self.hint = code, hint


class Host:
    """A machine: lines[start:end] are its own, those from `above` on are the comment on it."""

    def __init__(self, group, name, indent, start):
        self.group, self.name, self.indent, self.start, self.above, self.end = group, name, indent, start, start, start + 1
        self.address = self.user = ""
        self.variables = 0


def is_content(line):
    return line.strip() != "" and not line.lstrip().startswith("#")


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


class Inventory:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.hosts = []
        # Of each group with machines of its own: the line that says `hosts:`.
        self.groups = {}
        self.scan()

    def scan(self):
        self.hosts, self.groups, path = [], {}, []
        for number, line in enumerate(self.lines):
            if not is_content(line) or line.startswith(("---", "...")):
                continue
            if "\t" in line[: len(line) - len(line.lstrip())]:
                raise Failure(1, f"line {number + 1} begins with a tab", "use spaces")
            match = KEY.fullmatch(line)
            indent = indent_of(line)
            while path and path[-1][0] >= indent:
                path.pop()
            if not match:
                continue
            name = next(part for part in match.group(2, 3, 4) if part)
            # Below a machine all is that machine's, whatever it is called.
            if any(word == "hosts" for _, word in path[:-1]):
                continue
            if path and path[-1][1] == "hosts":
                self.hosts.append(Host(path[-2][1], name, indent, number))
            elif name == "hosts" and len(path) % 2 == 1:
                value = re.sub(r"\s+#.*$", "", match.group(5)).strip()
                if value not in ("", "{}", "null", "~"):
                    raise Failure(1, f"line {number + 1}: machines in braces", "write one machine per line below hosts:")
                if path[-1][1] in self.groups:
                    raise Failure(1, f"line {number + 1}: {path[-1][1]} has hosts: twice", "write its machines at one place")
                self.groups[path[-1][1]] = number
            path.append((indent, name))
        for host in self.hosts:
            self.measure(host)

    def measure(self, host):
        end = host.start + 1
        while end < len(self.lines) and (not is_content(self.lines[end]) or indent_of(self.lines[end]) > host.indent):
            end += 1
        # Empty lines, and comments as far left as the machine, belong to what follows.
        while end > host.start + 1 and not is_content(self.lines[end - 1]):
            if self.lines[end - 1].strip() and indent_of(self.lines[end - 1]) > host.indent:
                break
            end -= 1
        host.end = end
        above = host.start
        while above > 0 and self.lines[above - 1].lstrip().startswith("#") and indent_of(self.lines[above - 1]) == host.indent:
            above -= 1
        host.above = above
        own = [line for line in self.lines[host.start : end] if is_content(line)]
        text = re.sub(r"^[^:]*:", "", own[0]) if "{" in own[0] else ""
        for key, field in (("ansible_host", "address"), ("ansible_user", "user")):
            found = re.search(rf"""\b{key}\s*:\s*["']?([^\s,}}"'#]+)""", text or "\n".join(own[1:]))
            setattr(host, field, found.group(1) if found else "")
        host.variables = len(own) - 1 + text.count(":")

    def find(self, name):
        """The machine of that name where it is a node, or None."""
        return next((host for host in self.hosts if host.name == name and host.group in NODE_GROUPS), None)

    def named(self, name):
        host = self.find(name)
        if host:
            return host
        raise Failure(3, f"{name} is not in the inventory", "scripts/inventory.py list shows who is")

    def line_of(self, group):
        if group not in self.groups:
            raise Failure(1, f"the group {group} has no line hosts:", f"write `hosts: {{}}` below {group}:")
        return self.groups[group]

    def members(self, group):
        return [host for host in self.hosts if host.group == group]

    def insert(self, group, entry):
        """entry: lines of a machine, its own at column 0; they go behind the last of the group."""
        at = self.line_of(group)
        members = self.members(group)
        if members:
            indent, where = members[-1].indent, members[-1].end
        else:
            self.lines[at] = re.sub(r"(hosts['\"]?\s*:)\s*(\{\}|null|~)", r"\1", self.lines[at])
            indent, where = indent_of(self.lines[at]) + STEP, at + 1
        self.lines[where:where] = [" " * indent + line if line.strip() else line for line in entry]
        self.scan()

    def take(self, host):
        """Removes a machine and returns its lines, itself at column 0."""
        entry = [line[host.indent :] if line.strip() else line for line in self.lines[host.above : host.end]]
        del self.lines[host.above : host.end]
        self.scan()
        if not self.members(host.group):
            at = self.groups[host.group]
            self.lines[at] = re.sub(r"(hosts['\"]?\s*:)(?!\s*(\{\}|null|~))", r"\1 {}", self.lines[at])
        return entry
