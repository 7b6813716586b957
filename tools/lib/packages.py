"""The system's packages: which are missing, and getting them with apt."""

import os
import subprocess
import sys

from common import Failed, output, say, which


def has(entry):
    """A package counts as there when its command is (from wherever it came), or when dpkg says so."""
    command = entry.get("command")
    if command and subprocess.run(["sh", "-c", command if " " in command else f"command -v {command}"], check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode == 0:
        return True
    status = output(["dpkg-query", "-W", "-f", "${db:Status-Status}", entry["name"]])
    return status == "installed"


def privileged(command):
    """The command as root, or None where we can't become root without a person who isn't there."""
    if os.geteuid() == 0:
        return command
    if which("sudo"):
        if subprocess.run(["sudo", "-n", "true"], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            return ["sudo", *command]
        if sys.stdin.isatty():
            say("sudo may ask for your password")
            return ["sudo", *command]
    return None


def apt(arguments):
    command = privileged(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments])
    stdin = None if command[0] == "sudo" else subprocess.DEVNULL
    return subprocess.run(command, check=False, stdin=stdin, stdout=sys.stderr, stderr=sys.stderr).returncode


def install(entries, wanted_for):
    """Installs the missing ones of `entries`. Fails with the exact command where that can't be done here."""
    if not which("apt-get"):
        missing = [e["name"] for e in entries if e.get("command") and not has(e)]
        if missing:
            raise Failed(f"missing for {wanted_for}: {', '.join(missing)}, and there is no apt-get here to install "
                         "them with; README.md names the packages for other systems")
        return
    missing = [e["name"] for e in entries if not has(e)]
    if not missing:
        return
    by_hand = "apt-get update && apt-get install -y --no-install-recommends " + " ".join(missing)
    if privileged(["true"]) is None:
        raise Failed(f"missing for {wanted_for}, and neither root nor sudo without a password here; run as root: "
                     f"{by_hand}")
    say(f"installing for {wanted_for}: {' '.join(missing)}")
    if not os.environ.get("DUOLOGUE_APT_UPDATED") and apt(["update", "-qq"]) != 0:
        say("apt-get update failed; trying with the lists that are here")
    os.environ["DUOLOGUE_APT_UPDATED"] = "1"
    if apt(["install", "-y", "-qq", "--no-install-recommends", *missing]) != 0:
        raise Failed(f"apt-get failed; to see why, run as root: {by_hand}")
