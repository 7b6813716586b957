"""How long `make build` takes, from nothing and after a one-line change, in a clone with its own cache."""

import os
import subprocess
import tempfile
import time

from common import ROOT, Failed
from ours import processors

# A file that nothing but its own room includes: what most changes are like.
CHANGED = "src/engine/conversation.cc"


def _timed(command, folder, environment, log_path):
    started = time.perf_counter()
    with open(log_path, "ab") as log:
        done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)} in {folder}: exit {done.returncode}; log: {log_path}")
    return time.perf_counter() - started


def build_time(report, scratch):
    report.title(f"Build  `make build` on {processors()} processors, once each (from the last commit)")
    with tempfile.TemporaryDirectory(dir=scratch) as above:
        clone = os.path.join(above, "clone")
        log = os.path.join(scratch, "build.log")
        environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(above, "cache"))
        _timed(["git", "clone", "-q", ROOT, clone], above, environment, log)
        whole = _timed(["make", "build"], clone, environment, log)
        report.line("from nothing, llama.cpp included", f"{whole:.0f} s", "<= 480 s", whole <= 480)
        again = _timed(["make", "build"], clone, environment, log)
        report.line("with nothing to do", f"{again:.1f} s")
        with open(os.path.join(clone, CHANGED), "a", encoding="utf-8") as file:
            file.write("\n[[maybe_unused]] static int changed_by_the_bench = 1;\n")
        change = _timed(["make", "build"], clone, environment, log)
        report.line(f"after a line more in {CHANGED}", f"{change:.1f} s", "<= 15 s", change <= 15)
        report.keep("build", {"from_nothing_s": whole, "nothing_to_do_s": again, "one_line_s": change})
