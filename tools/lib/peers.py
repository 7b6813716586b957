"""The peers that bench/run compares the measures with: pinned packages of PyPI in a virtual environment of their own in
the cache. Nothing else uses them, and nothing of them is installed anywhere else."""

import hashlib
import os
import platform
import sys

from common import Failed, cache_folder, lock_file, locked, make_folder, output, run, say, scratch_folder, which
from weights import pip


def environment_folder(lock):
    """In the cache: another one for each set of versions."""
    pinned = [lock["python"], *(entry["sha256"] for entry in lock["packages"])]
    name = hashlib.sha256(" ".join(pinned).encode()).hexdigest()[:12]
    return os.path.join(make_folder(os.path.join(cache_folder(), "peers")), name)


def base_python(lock):
    """A Python that the pinned wheels are for."""
    wanted = lock["python"]
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Failed(f"the peers of the measures are pinned for x86-64 Linux, not {sys.platform} {platform.machine()}")
    for name in (sys.executable, f"python{wanted}"):
        path = which(name)
        if path and output([path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]) == wanted:
            return path
    raise Failed(f"the peers of the measures are pinned for Python {wanted}, which is not here: "
                 f"apt-get install -y python{wanted}, where the system has it")


def install(lock, folder):
    """Without pip inside, so that Debian's Python needs no further package for it."""
    python = os.path.join(folder, "bin", "python")
    run([base_python(lock), "-m", "venv", "--without-pip", folder], "no virtual environment could be made", quiet=True)
    wanted = os.path.join(folder, "requirements.txt")
    with open(wanted, "w", encoding="utf-8") as file:
        for entry in lock["packages"]:
            file.write(f"{entry['package']} --hash=sha256:{entry['sha256']}\n")
    run([*pip(), "--python", python, "install", "--no-deps", "--no-cache-dir", "--only-binary", ":all:",
         "--require-hashes", "--disable-pip-version-check", "--quiet", "-r", wanted],
        "pip could not install the peers of the measures", quiet=True)


def interpreter():
    """The path of the Python that can import the peers. Installs them first where they aren't there."""
    lock = lock_file()["peers"]
    folder = environment_folder(lock)
    python = os.path.join(folder, "bin", "python")
    if os.path.exists(python):
        return python
    above = os.path.dirname(folder)
    with locked(os.path.join(above, ".lock"), "waiting for another set-up of the peers"):
        if os.path.exists(python):
            return python
        say(f"fetching the peers of the measures ({len(lock['packages'])} packages, {lock['megabytes']} MB)")
        with scratch_folder(above) as scratch:
            made = os.path.join(scratch, "venv")
            install(lock, made)
            os.rename(made, folder)
    return python
