"""The filter that makes a job file of this cluster out of one in jobs/."""

import json
import re

from ansible.errors import AnsibleFilterError

VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}\n', re.MULTILINE | re.DOTALL)
DEFAULT = re.compile(r"^  default +=.*\n", re.MULTILINE)


def literal(value):
    """JSON is HCL as long as nothing in it looks like an interpolation."""
    return re.sub(r"[$%](?=\{)", lambda sign: sign.group() * 2, json.dumps(value, ensure_ascii=False))


def job_file(text, values, shared=None):
    """The job file with these values as the defaults of its variables, so that it runs by itself.

    values: those of this job; each must be one of its variables. shared: those of the cluster, for the variables that it has.
    """
    names = [name for name, _ in VARIABLE.findall(text)]
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise AnsibleFilterError(f"The job file has no variable {', '.join(unknown)}; it has {', '.join(names)}.")
    wanted = {**(shared or {}), **values}

    def filled(block):
        name, body = block.groups()
        if name not in wanted:
            return block.group()
        line = f"  default = {literal(wanted[name])}\n"
        return f'variable "{name}" {{\n{DEFAULT.sub("", body)}{line}}}\n'

    return VARIABLE.sub(filled, text)


class FilterModule:
    """What Ansible asks for."""

    def filters(self):
        return {"job_file": job_file}
