"""The pinned C++ headers of the projections (libscran's qdtsne and umappp, Eigen): a folder given, the cache, or the
PyPI package that carries them. The package's own set-up is never run: it is downloaded, checked and unpacked."""

import hashlib
import os
import shutil
import tarfile

from common import Failed, cache_folder, lock_file, locked, make_folder, run, say, scratch_folder, sha256_file
from weights import pip

# pip asks every source package for its metadata, by running the package's set-up. This one answers instead.
STAND_IN = """
import os
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = "{name}-{version}.dist-info"
    os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, name, "METADATA"), "w", encoding="utf-8") as file:
        file.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return name
"""


def tree_hash(folder):
    """The identity of what is in a folder: names and contents, in the order of the names."""
    digest = hashlib.sha256()
    paths = [os.path.join(base, name) for base, _, names in os.walk(folder) for name in names]
    for path in sorted(os.path.relpath(path, folder) for path in paths):
        digest.update(f"{path} {sha256_file(os.path.join(folder, path))}\n".encode())
    return digest.hexdigest()


def include_folder(given):
    """Where the headers are in a folder that was given: itself, or an unpacked package."""
    for folder in (given, os.path.join(given, "src", "assorthead", "include"), os.path.join(given, "include")):
        if os.path.isfile(os.path.join(folder, "qdtsne", "qdtsne.hpp")):
            return folder
    return None


def download(lock, scratch):
    """The package's archive, of the pinned hash."""
    name, version = lock["package"].split("==")
    stand_in = make_folder(os.path.join(scratch, "stand-in", "setuptools"))
    with open(os.path.join(stand_in, "__init__.py"), "w", encoding="utf-8"):
        pass
    with open(os.path.join(stand_in, "build_meta.py"), "w", encoding="utf-8") as file:
        file.write(STAND_IN.format(name=name, version=version))
    wanted = os.path.join(scratch, "wanted.txt")
    with open(wanted, "w", encoding="utf-8") as file:
        file.write(f"{lock['package']} --hash=sha256:{lock['sha256']}\n")
    folder = make_folder(os.path.join(scratch, "archive"))
    search = [os.path.dirname(stand_in), *filter(None, [os.environ.get("PYTHONPATH")])]
    run([*pip(), "download", "--no-deps", "--no-cache-dir", "--no-binary", name, "--no-build-isolation",
         "--require-hashes", "--disable-pip-version-check", "--quiet", "--dest", folder, "-r", wanted],
        f"pip could not fetch {lock['package']}", quiet=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(search)})
    archives = os.listdir(folder)
    if len(archives) != 1:
        raise Failed(f"pip download {lock['package']} left {len(archives)} files, not one")
    archive = os.path.join(folder, archives[0])
    if sha256_file(archive) != lock["sha256"]:
        raise Failed(f"{lock['package']} has an unexpected sha256 ({sha256_file(archive)}); not used")
    return archive


def unpack(lock, archive, folder):
    """The wanted folders of headers, and the licence."""
    os.mkdir(folder)
    above = lock["member"] + "/"
    with tarfile.open(archive) as package:
        for member in package:
            inside = member.name[len(above):] if member.name.startswith(above) else ""
            if member.name == lock["licence"]:
                inside = "LICENSE"
            elif not member.isfile() or inside.split("/")[0] not in lock["folders"] or ".." in inside.split("/"):
                continue
            path = os.path.join(folder, *inside.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                shutil.copyfileobj(package.extractfile(member), out, 1 << 20)


def fetch(lock, folder):
    say(f"fetching the headers of the projections ({lock['package']}, {lock['bytes'] / 1e6:.0f} MB)")
    with scratch_folder(os.path.dirname(folder)) as scratch:
        made = os.path.join(scratch, "include")
        unpack(lock, download(lock, scratch), made)
        if tree_hash(made) != lock["tree_sha256"]:
            raise Failed(f"{lock['package']} unpacks to {tree_hash(made)}, not {lock['tree_sha256']}; not kept")
        if os.path.exists(folder):
            os.rename(folder, os.path.join(scratch, "damaged"))
        os.rename(made, folder)


def cached_folder():
    """The folder of the headers in the cache, whether they are there or not."""
    version = lock_file()["assorthead"]["package"].split("==")[1]
    return os.path.join(cache_folder(), "src", f"assorthead-{version}")


def assorthead(may_fetch=True):
    """The folder to include from. None where it would have to be fetched first, and may not be."""
    given = os.environ.get("DUOLOGUE_ASSORTHEAD_SOURCE")
    if given:
        found = include_folder(os.path.abspath(given))
        if found is None:
            raise Failed(f"DUOLOGUE_ASSORTHEAD_SOURCE={given} holds no headers of assorthead (qdtsne/qdtsne.hpp)")
        return found
    lock = lock_file()["assorthead"]
    folder = cached_folder()
    if os.path.isdir(folder) and tree_hash(folder) == lock["tree_sha256"]:
        return folder
    if not may_fetch:
        return None
    sources = make_folder(os.path.dirname(folder))
    with locked(os.path.join(sources, ".lock"), "waiting for another fetch into the same folder"):
        if os.path.isdir(folder):
            if tree_hash(folder) == lock["tree_sha256"]:
                return folder
            say(f"{folder} is damaged or was changed: fetching it again")
        fetch(lock, folder)
    return folder
