#!/usr/bin/python
"""Folders, and files with their content, in one go: the start of a module costs more than all that a dozen of them need."""

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: paths
short_description: Folders and files with their owners and modes
description:
  - Makes folders, and writes files whose content is given, each at once and completely.
options:
  paths:
    description: What there is to be, in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      path: {description: Where., type: path, required: true}
      content: {description: What the file holds; a folder where it is left out., type: str}
      owner: {description: Whose it is., type: str, default: root}
      group: {description: Its group., type: str, default: root}
      mode: {description: Four octal digits; 0755 for a folder and 0644 for a file where it is left out., type: str}
author: [Twin]
"""

EXAMPLES = r"""
- name: A folder and a file in it
  paths:
    paths:
      - {path: /etc/twin}
      - {path: /etc/twin/example, content: "text\n", mode: "0600"}
"""

RETURN = r"""
changed_paths:
  description: Those that were made or are otherwise now.
  type: list
  returned: always
"""


def text_of(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(module, wanted, content):
    """The old file or the new one is there, never half of it, and nobody reads it before it has its mode."""
    folder, name = os.path.split(wanted["path"])
    handle, part = tempfile.mkstemp(dir=folder, prefix="." + name + ".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        module.set_fs_attributes_if_different(module.load_file_common_arguments({**wanted, "path": part}), True)
        os.replace(part, wanted["path"])
    except BaseException:
        os.unlink(part)
        raise


def settle(module, one):
    """Whether it had to be changed."""
    path, content = one["path"], one["content"]
    folder = content is None
    if os.path.lexists(path) and os.path.isdir(path) != folder:
        module.fail_json(msg="%s is there and no %s." % (path, "folder" if folder else "file"))
    changed = not os.path.isdir(path) if folder else text_of(path) != content.encode()
    if changed and module.check_mode:
        return True
    mode = one["mode"] or ("0755" if folder else "0644")
    wanted = {"path": path, "owner": one["owner"], "group": one["group"], "mode": mode}
    if changed and folder:
        os.makedirs(path)
    elif changed:
        write(module, wanted, content.encode())
    return module.set_fs_attributes_if_different(module.load_file_common_arguments(wanted), changed)


def main():
    options = {
        "path": {"type": "path", "required": True},
        "content": {"type": "str", "no_log": False},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "mode": {"type": "str"},
    }
    module = AnsibleModule(
        argument_spec={"paths": {"type": "list", "elements": "dict", "required": True, "options": options}},
        supports_check_mode=True,
    )
    changed = [one["path"] for one in module.params["paths"] if settle(module, one)]
    module.exit_json(changed=bool(changed), changed_paths=changed)


if __name__ == "__main__":
    main()
