"""How fast the browser's sealer is: first pass over 256 MiB in Chromium and in Node, and what limits it.

Values are megabytes (10^6 bytes) a second, the best of three.  The crew in Chromium has as many workers as the
machine has cores, at most four.
"""

import json
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.browser.platforms import ROOT, chromium, serving

MEBIBYTES = 256
TARGET_BROWSER, TARGET_NODE = 300, 350


def _in_chromium() -> dict[str, Any]:
    script = """async ([mebibytes]) => {
        const measure = await import('/tests/benchmarks/measure.mjs');
        return {
            alone: await measure.sealMemory({ mebibytes }),
            ...(await measure.hashes({ mebibytes: 80 })),
        };
    }"""
    others = set(_renderers())
    with tempfile.TemporaryDirectory() as folder, chromium() as browser, serving() as origin:
        big = Path(folder) / "big.bin"
        with big.open("wb") as out:
            for _ in range(MEBIBYTES):
                out.write(os.urandom(2**20))
        page = browser.new_page()
        page.goto(origin)
        page.set_input_files("input", big)
        sealed = page.evaluate("async () => (await import('/tests/benchmarks/measure.mjs')).sealFile()")
        peak = max(resident for process, resident in _renderers().items() if process not in others)
        return {**sealed, **page.evaluate(script, [MEBIBYTES]), "peak": peak}


def _renderers() -> dict[int, float]:
    """Chromium's page processes on this machine, and the most MiB that each had resident so far."""
    found = dict[int, float]()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"--type=renderer" in (process / "cmdline").read_bytes():
                told = re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())
                found |= {int(process.name): int(told[1]) / 1024} if told else {}
    return found


def _in_node() -> dict[str, Any]:
    script = f"""import * as measure from "./tests/benchmarks/measure.mjs";
    const found = {{
        seal: await measure.sealMemory({{ mebibytes: {MEBIBYTES} }}),
        check: await measure.checkMemory({{ mebibytes: {MEBIBYTES} }}),
        ...(await measure.hashes({{ mebibytes: 80 }})),
    }};
    console.log(JSON.stringify(found));"""
    done = subprocess.run(["node", "--input-type=module", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run() -> list[tuple[str, float, str, str]]:
    """Name, value, unit and note of each measurement."""
    page, node = _in_chromium(), _in_node()
    cores = os.cpu_count() or 1
    crew = f"file of {MEBIBYTES} MiB, {min(cores, 4)} workers; goal {TARGET_BROWSER}"
    return [
        ("sealer.chromium.seal", page["seal"], "MB/s", crew),
        ("sealer.chromium.self-test", page["check"], "MB/s", "seals, decrypts and hashes again before commit"),
        ("sealer.chromium.peak", page["peak"], "MiB", "resident in the page's process after both, 125 to 190 before"),
        ("sealer.chromium.one-thread", page["alone"], "MB/s", "bytes in memory, without a crew"),
        ("sealer.chromium.sha256", page["platform"], "MB/s", "the platform's hash by MiB: the limit"),
        ("sealer.chromium.own-sha256", page["own"], "MB/s", "files above 64 MiB, for the index"),
        ("sealer.node.seal", node["seal"], "MB/s", f"bytes in memory, one process; goal {TARGET_NODE}"),
        ("sealer.node.self-test", node["check"], "MB/s", "seals, decrypts and hashes again"),
        ("sealer.node.sha256", node["platform"], "MB/s", "the platform's hash by MiB"),
        ("sealer.node.own-sha256", node["own"], "MB/s", "files above 64 MiB"),
    ]


if __name__ == "__main__":
    for name, value, unit, note in run():
        print(f"{name:32} {value:8.0f} {unit}  {note}")
