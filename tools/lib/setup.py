"""tools/setup's second half, in Python: packages, the llama.cpp source, the default weights."""

import os
import sys

import packages
import source
import weights
from common import Failed, cache_folder, lock_file, main, output, say, which

PARTS = ("build", "test", "bench", "check")
USAGE = f"""tools/setup [{'|'.join(PARTS)}]: gets what `make` of that name needs. Says each thing before it does it.
  DUOLOGUE_LLAMA=off      without the in-process engine: no llama.cpp, no weights
  DUOLOGUE_LLAMA_SOURCE=  a llama.cpp source folder of your own"""


def python_needs(apt):
    """The packages that give this set-up its tools, only where they will be used."""
    lock = lock_file()
    models = os.path.join(cache_folder(), "models")
    entries = []
    if not all(os.path.exists(os.path.join(models, lock_weights["file"])) for lock_weights in lock["weights"][:1]):
        entries += apt["weights"]
    folder = os.path.join(cache_folder(), "src", f"llama.cpp-{lock['llama']['version']}")
    if not os.environ.get("DUOLOGUE_LLAMA_SOURCE") and not os.path.isdir(folder):
        entries += apt["source"]
    return entries


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
    if engine:
        needed += python_needs(apt)
    packages.install(needed, f"make {part}")
    if engine:
        source.llama_source()
        weights.fetch(lock_file()["weights"][0]["name"])
    return 0


main(set_up)
