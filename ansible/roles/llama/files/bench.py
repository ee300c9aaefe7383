"""How fast a model is on a node.

measure PROGRAMS MODEL SHA256 PROMPT GENERATED REPEATS NODE   prints what was measured for this build and model, as jobs/benchmark writes it;
                                                              measures when nothing was, and says `measured` on standard error
publish TOKEN_FILE KEY VALUE                                  writes it to Consul's key-value store; prints `written` if it was not there
"""

import datetime
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request


def rate(rows, prompt):
    row = next(row for row in rows if (row["n_prompt"] > 0) == prompt)
    return round(row["avg_ts"], 2), row["n_threads"]


def measure(programs, model, checksum, prompt, generated, repeats, node):
    with open(os.path.join(programs, ".from")) as archive:
        kept = f"{os.path.realpath(programs)}/.bench-{archive.read().strip()[:12]}-{checksum[:12]}.json"
    if not os.path.exists(kept):
        command = [os.path.join(programs, "llama-bench"), "-m", model, "-o", "json", "-p", prompt, "-n", generated, "-r", repeats]
        bench = subprocess.run([*command, "-t", str(os.cpu_count()), "-ngl", "0"], capture_output=True, text=True)
        if bench.returncode != 0:
            words = "\n".join(bench.stderr.strip().splitlines()[-5:])
            sys.exit(f"error: TWIN_BENCH_FAILED llama-bench ended with {bench.returncode}: {words}\nnext:  Is there memory for {model}? free -m")
        rows = json.loads(bench.stdout)
        with open(os.path.join(programs, "BUILD")) as file:
            build = next(line.split()[1] for line in file if line.startswith("build "))
        (prompt_tps, threads), (generate_tps, _) = rate(rows, True), rate(rows, False)
        result = {
            "model": os.path.basename(model),
            "build": build,
            "threads": threads,
            "prompt_tokens": int(prompt),
            "generated_tokens": int(generated),
            "prompt_tps": prompt_tps,
            "generate_tps": generate_tps,
            "node": node,
            "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        with open(f"{kept}.new", "w") as file:
            json.dump(result, file)
        os.replace(f"{kept}.new", kept)
        print("measured", file=sys.stderr)
    with open(kept) as file:
        print(file.read())


def publish(token_file, key, value):
    with open(token_file) as file:
        headers = {"X-Consul-Token": file.read().strip()}
    address = f"http://127.0.0.1:8500/v1/kv/{key}"
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{address}?raw", headers=headers), timeout=30) as answer:
            if answer.read().decode() == value:
                return
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
    urllib.request.urlopen(urllib.request.Request(address, value.encode(), headers, method="PUT"), timeout=30).close()
    print("written")


try:
    {"measure": measure, "publish": publish}[sys.argv[1]](*sys.argv[2:])
except OSError as error:
    sys.exit(f"error: TWIN_BENCH_KEEP {error}\nnext:  Does Consul answer? systemctl status consul")
