"""e2e.py ADDRESS: what a person does with this cluster, tried from end to end, on the machine of the agent. A line for each trial;
ends with 1 when one fails.

ADDRESS is the agent's, https://… or http://…. Needs `twin` in PATH and espeak-ng, which the agent speaks with.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

address = sys.argv[1]


def twin(*words, patience=180):
    ended = subprocess.run(["twin", *words], capture_output=True, text=True, timeout=patience)
    if ended.returncode != 0:
        raise AssertionError((ended.stderr or ended.stdout).strip().replace("\n", " "))
    return ended.stdout


def request(path, body=None):
    """By curl, which knows the cluster's certificate authority; the key goes by standard input, where no list of processes shows it."""
    with open(os.path.join(os.environ["TWIN_HOME"], "admin.key")) as file:
        lines = [f'header = "Authorization: Bearer {file.read().strip()}"']
    if body is not None:
        quoted = json.dumps(json.dumps(body))
        lines += [f"data = {quoted}", 'header = "Content-Type: application/json"']
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "180", "--config", "-", address + path]
    if os.environ.get("TWIN_CA"):
        command += ["--cacert", os.environ["TWIN_CA"]]
    ended = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True)
    if ended.returncode != 0:
        raise AssertionError((ended.stdout + ended.stderr).strip())
    return ended.stdout


def health():
    said = json.loads(request("/health"))
    ill = [f"{name}: {part.get('detail', '')}" for name, part in said["parts"].items() if part.get("core") and not part["ok"]]
    assert said["status"] in ("ok", "degraded") and not ill, f"{said['status']}; {'; '.join(ill)}"
    return said["status"]


def experts():
    found = json.loads(request("/api/experts"))["experts"]
    ready = [one["name"] for one in found if one["state"] in ("awake", "degraded", "asleep")]
    assert ready, f"none is ready: {json.dumps(found)}"
    return ", ".join(ready)


def typed():
    question = {"model": "twin", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
    answer = json.loads(request("/v1/chat/completions", question))["choices"][0]["message"]["content"].strip()
    assert answer, "the answer is empty"
    return answer


def routed():
    lines = [line for line in request("/metrics").splitlines() if line.startswith("twin_routes_total{")]
    chosen = [line for line in lines if 'step="chosen"' in line and 'expert="main"' in line]
    assert chosen, f"no answer came from the expert main: {lines}"
    return chosen[0].rsplit(" ", 1)[1] + " from main"


def tool():
    answer = twin("send", "what time is it").strip()
    assert any(sign.isdigit() for sign in answer), f"no time in: {answer}"
    return answer


def spoken():
    with tempfile.TemporaryDirectory() as folder:
        question = os.path.join(folder, "question.wav")
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", question, "What time is it?"], check=True)
        lines = [json.loads(line) for line in twin("talk", "--wav", question, "--json", "--patience", "120").splitlines() if line]
    turns = [line for line in lines if line["type"] == "turn"]
    assert turns and turns[0]["transcript"] and turns[0]["answer"], f"no spoken answer: {lines[-3:]}"
    return f"{turns[0]['transcript']!r} -> {turns[0]['answer']!r}"


failed = False
for trial in (health, experts, typed, routed, tool, spoken):
    began = time.monotonic()
    try:
        words, verdict = trial(), "ok"
    except (AssertionError, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
        words, verdict, failed = str(error), "failed", True
    print(f"{trial.__name__:8}{verdict:8}{time.monotonic() - began:6.1f} s  {' '.join(words.split())[:300]}", flush=True)
sys.exit(1 if failed else 0)
