"""What the tools share: saying things, folders, the lock file, hashes, files that appear whole or not at all."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

LIB = os.path.dirname(os.path.realpath(__file__))
TOOLS = os.path.dirname(LIB)
ROOT = os.path.dirname(TOOLS)


def say(text):
    """One line for the user, on stderr: stdout is for what a caller reads."""
    print(text, file=sys.stderr, flush=True)


class Failed(Exception):
    """Ends a tool with one line: what failed, where, what to do."""


def main(run):
    """Runs a tool's main function with the exits that all tools share."""
    try:
        sys.exit(run() or 0)
    except Failed as error:
        say(f"{os.path.basename(sys.argv[0])}: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("interrupted; what is complete so far is kept")
        sys.exit(130)


def lock_file():
    with open(os.path.join(TOOLS, "duologue.lock.json"), encoding="utf-8") as file:
        return json.load(file)


def cache_folder():
    """The rules of src/base/paths.cc."""
    for variable, below in (("XDG_CACHE_HOME", "duologue"), ("HOME", ".cache/duologue")):
        base = os.environ.get(variable, "")
        if base.startswith("/"):
            return make_folder(os.path.join(base, below))
    if os.geteuid() == 0:
        folder = "/var/cache/duologue"
    else:
        own = f"/tmp/duologue-{os.geteuid()}"
        folder = f"{own}/cache"
        with contextlib.suppress(FileExistsError):
            os.mkdir(own, 0o700)
        info = os.lstat(own)
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & 0o022:
            raise Failed(f"{own} isn't a folder that only you can write to: remove it, or set HOME")
    if not os.environ.get("DUOLOGUE_SAID_CACHE"):
        say(f"no HOME: using {folder} as the cache folder")
        os.environ["DUOLOGUE_SAID_CACHE"] = "1"  # tools started by this one need not say it again
    return make_folder(folder)


def make_folder(path):
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise Failed(f"can't make the folder {path}: {error.strerror}") from error
    return path


def sha256_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def run(command, fail, quiet=False, **options):
    """Runs a command, its output on stderr (or, quiet, kept for the failure). Fails with `fail` and its last line."""
    options.setdefault("stdin", subprocess.DEVNULL)
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE if quiet else sys.stderr,
                              stderr=subprocess.STDOUT if quiet else sys.stderr, **options)
    except OSError as error:
        raise Failed(f"{fail}: {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        lines = (done.stdout or b"").decode(errors="replace").strip().splitlines()
        raise Failed(f"{fail} (exit {done.returncode})" + (f": {lines[-1]}" if lines else ""))
    return done


def output(command, **options):
    """What a command prints, or None where it fails."""
    try:
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, **options)
    except OSError:
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def which(command):
    return shutil.which(command)


@contextlib.contextmanager
def locked(path, waiting):
    """Holds `path` against other processes; says `waiting` where it has to wait. Yields the file: a child that is given
    its descriptor goes on holding it, should this process be killed."""
    with open(path, "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file


@contextlib.contextmanager
def scratch_folder(beside):
    """A folder on the same file system as `beside`, gone at the end, so that a rename out of it is atomic. The caller
    holds the lock of `beside`: what a killed run left there is removed."""
    for name in os.listdir(beside):
        if name.startswith(".partial-"):
            shutil.rmtree(os.path.join(beside, name), ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=".partial-", dir=beside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(made, final):
    """A complete file takes its final name, after it is on the disk."""
    with open(made, "rb") as file:
        os.fsync(file.fileno())
    os.chmod(made, 0o644)
    os.replace(made, final)
