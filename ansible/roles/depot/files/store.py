"""The files of releases on the primary controller, each kept once, under its checksum.

missing FOLDER     reads a manifest; prints the names of the files that are not there
keep FOLDER NAME   checks FOLDER/incoming/NAME (a / in it is a +) and moves it to where it is served from
publish FOLDER     reads a manifest; links its files into FOLDER/www/<id>, forgets all releases but this and the one before
"""

import hashlib
import json
import os
import shutil
import sys

verb, folder = sys.argv[1:3]
files, www, incoming = (os.path.join(folder, name) for name in ("files", "www", "incoming"))


def wanted():
    manifest = json.load(sys.stdin)
    return manifest["id"], {entry["name"]: entry for entry in manifest["files"]}


def is_there(entry):
    try:
        return os.stat(os.path.join(files, entry["sha256"])).st_size == entry["bytes"]
    except FileNotFoundError:
        return False


def keep(name, checksum):
    path = os.path.join(incoming, name.replace("/", "+"))
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != checksum:
        os.remove(path)
        sys.exit(f"error: TWIN_DEPOT_CHECKSUM {name} came with the checksum {found}, expected {checksum}.\nnext:  Run the playbook again.")
    os.chmod(path, 0o644)
    os.replace(path, os.path.join(files, checksum))


def publish():
    release, entries = wanted()
    target = os.path.join(www, release)
    for name, entry in entries.items():
        link, source = os.path.join(target, name), os.path.join(files, entry["sha256"])
        if os.path.exists(link) and os.path.samefile(link, source):
            continue
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.link(source, f"{link}.new")
        os.replace(f"{link}.new", link)
        print(name)
    current = os.path.join(folder, "current")
    if not os.path.islink(current) or os.readlink(current) != release:
        # The one before is the one that was current until now.
        before = os.readlink(current) if os.path.islink(current) else None
        for name in os.listdir(www):
            if name not in (release, before):
                shutil.rmtree(os.path.join(www, name))
        os.symlink(release, f"{current}.new")
        os.replace(f"{current}.new", current)
        print("current")
    for name in os.listdir(files):
        path = os.path.join(files, name)
        if os.stat(path).st_nlink == 1:
            os.remove(path)


if verb == "missing":
    print("\n".join(name for name, entry in wanted()[1].items() if not is_there(entry)))
elif verb == "keep":
    keep(sys.argv[3], sys.argv[4])
elif verb == "publish":
    publish()
else:
    sys.exit(f"unknown verb {verb}")
