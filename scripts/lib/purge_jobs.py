"""purge_jobs.py TOKEN_FILE: stops and purges every job of the local Nomad, in every namespace. Prints their ids."""

import json
import sys
import urllib.parse
import urllib.request

API = "http://127.0.0.1:4646/v1"


def call(token, path, method="GET"):
    request = urllib.request.Request(API + path, method=method, headers={"X-Nomad-Token": token})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def main(file):
    with open(file, encoding="ascii") as source:
        token = source.read().strip()
    for job in call(token, "/jobs?namespace=*"):
        # The children of a job go with it.
        if job.get("ParentID"):
            continue
        name = urllib.parse.quote(job["ID"], safe="")
        call(token, f"/job/{name}?purge=true&namespace={urllib.parse.quote(job['Namespace'])}", "DELETE")
        print(f"    purged {job['ID']} ({job['Namespace']})")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except OSError as error:
        sys.exit(f"error: Nomad's jobs cannot be purged: {error}\nnext:  systemctl status nomad")
