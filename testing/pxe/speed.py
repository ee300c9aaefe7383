"""speed.py ADDRESS PORT FOLDER ROUNDS: has a loader fetch vmlinuz and initrd.gz of FOLDER by HTTP and by TFTP, in turns; prints JSON lines.

Each line has the way, the round and the seconds between the loader's words that it begins and that it is done.
"""

import http.server
import json
import os
import sys
import time

ADDRESS, PORT, FOLDER, ROUNDS = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
HERE = f"http://{ADDRESS}:{PORT}"
WAYS = {"http": f"{HERE}/files", "tftp": f"tftp://{ADDRESS}"}
began = {}


def script():
    lines = ["#!ipxe"]
    for turn in range(ROUNDS):
        for way, place in WAYS.items():
            lines += [f"imgfetch --name mark {HERE}/mark/begin/{way}/{turn}", "imgfree mark"]
            for file in ("vmlinuz", "initrd.gz"):
                lines += [f"imgfetch --name x {place}/{file}", "imgfree x"]
            lines += [f"imgfetch --name mark {HERE}/mark/end/{way}/{turn}", "imgfree mark"]
    return "\n".join([*lines, f"imgfetch --name mark {HERE}/mark/over", "exit 1", ""])


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith("/files/"):
            with open(os.path.join(FOLDER, os.path.basename(path)), "rb") as file:
                return self.answer(file.read())
        if path == "/boot.ipxe":
            return self.answer(script().encode())
        self.mark(path.split("/")[2:])
        return self.answer(b"ok\n")

    def mark(self, words):
        if words == ["over"]:
            print(json.dumps({"over": True}), flush=True)
        elif words[:1] == ["begin"]:
            began[tuple(words[1:])] = time.monotonic()
        elif words[:1] == ["end"]:
            seconds = time.monotonic() - began[tuple(words[1:])]
            print(json.dumps({"way": words[1], "round": int(words[2]), "seconds": round(seconds, 3)}), flush=True)

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


print(json.dumps({"listens": HERE}), flush=True)
http.server.ThreadingHTTPServer((ADDRESS, PORT), Door).serve_forever()
