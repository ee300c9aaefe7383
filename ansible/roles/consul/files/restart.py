"""restart.py UNIT ADDRESS: restarts a unit and waits until ADDRESS names a leader."""

import re
import subprocess
import sys
import time
import urllib.request

unit, address = sys.argv[1:]
subprocess.run(["systemctl", "daemon-reload"], check=True)
subprocess.run(["systemctl", "restart", unit], check=True)
end = time.monotonic() + 90
while True:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            if re.search(rb"\d", answer.read()):
                sys.exit()
    except OSError:
        pass
    if time.monotonic() > end:
        sys.exit(f"{unit} sees no leader 90 s after its restart. Next: journalctl -u {unit}; do most of the controllers run?")
    time.sleep(0.5)
