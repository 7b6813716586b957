#!/usr/bin/env python3
"""tools/fetch-headers with pip replaced by a stand-in. Nothing is fetched."""

import io
import os
import tarfile
import time
import unittest

from tools_test import ToolsTest, sha256

# A pip that serves one source package. Before that it asks the package's set-up for its metadata, as pip does.
SOURCE_PIP = """
import os, shutil, subprocess, sys, time
here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if "--version" in sys.argv:
    sys.exit(0)
with open(os.path.join(here, "pip.calls"), "a") as log:
    log.write(open(sys.argv[-1]).read())
mode = open(os.path.join(here, "pip.mode")).read()
if mode == "fail":
    sys.exit("no such package")
dest = sys.argv[sys.argv.index("--dest") + 1]
asked = "import setuptools.build_meta as backend; print(backend.prepare_metadata_for_build_wheel('.'))"
print(subprocess.run([sys.executable, "-c", asked], cwd=dest, check=True))
shutil.rmtree(os.path.join(dest, "assorthead-1.dist-info"))
shutil.copy(os.path.join(here, "cheat" if mode == "cheat" else "archive"), os.path.join(dest, "a.tar.gz"))
if mode in ("slow", "hang"):
    time.sleep(1 if mode == "slow" else 60)
"""


class FetchHeaders(ToolsTest):
    def setUp(self):
        super().setUp()
        self.write("stubs/pip/__main__.py", SOURCE_PIP)
        self.write("stubs/pip/__init__.py", "")
        self.write("stubs/cheat", "no archive")
        self.mode("")
        self.files = {"qdtsne/qdtsne.hpp": "1", "Eigen/src/Core/a.h": "2", "other/b.h": "3", "../c.h": "4"}
        archive = os.path.join(self.stubs, "archive")
        with tarfile.open(archive, "w:gz") as package:
            for name, text in [*((f"a-1/include/{n}", t) for n, t in self.files.items()), ("a-1/LICENSE.txt", "MIT")]:
                member = tarfile.TarInfo(name)
                member.size = len(text)
                package.addfile(member, io.BytesIO(text.encode()))
        with open(archive, "rb") as file:
            self.sha256 = sha256(file.read())
        kept = [("Eigen/src/Core/a.h", "2"), ("LICENSE", "MIT"), ("qdtsne/qdtsne.hpp", "1")]
        tree = sha256("".join(f"{name} {sha256(text.encode())}\n" for name, text in kept).encode())
        entry = {"package": "assorthead==1", "bytes": 9, "sha256": self.sha256, "member": "a-1/include",
                 "licence": "a-1/LICENSE.txt", "folders": ["qdtsne", "Eigen"], "tree_sha256": tree}
        self.change_lock(lambda lock: lock.update(assorthead=entry))
        self.folder = os.path.join(self.cache, "src", "assorthead-1")

    def mode(self, mode):
        self.write("stubs/pip.mode", mode)

    def assert_whole(self):
        found = [os.path.relpath(os.path.join(base, name), self.folder)
                 for base, _, names in os.walk(self.folder) for name in names]
        self.assertEqual(sorted(found), ["Eigen/src/Core/a.h", "LICENSE", "qdtsne/qdtsne.hpp"])
        self.assertEqual(sorted(os.listdir(os.path.dirname(self.folder))), [".lock", "assorthead-1"])

    def test_fetches_once_and_keeps_what_is_wanted(self):
        self.assertEqual(self.run_tool("fetch-headers", "--print-only"), (0, "", ""))
        code, out, err = self.run_tool("fetch-headers")
        self.assertEqual((code, out), (0, self.folder + "\n"), err)
        self.assert_whole()
        self.assertEqual(self.run_tool("fetch-headers")[:2], (0, self.folder + "\n"))
        self.assertEqual(self.run_tool("fetch-headers", "--print-only")[:2], (0, self.folder + "\n"))
        self.assertEqual(self.calls("pip.calls"), [f"assorthead==1 --hash=sha256:{self.sha256}"])

    def test_keeps_nothing_of_another_hash(self):
        self.mode("cheat")
        code, out, err = self.run_tool("fetch-headers")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("unexpected sha256", err)
        self.mode("")
        self.change_lock(lambda lock: lock["assorthead"].update(tree_sha256="0"))
        code, out, err = self.run_tool("fetch-headers")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("not kept", err)
        self.assertFalse(os.path.exists(self.folder))

    def test_says_when_pip_fails(self):
        self.mode("fail")
        code, _, err = self.run_tool("fetch-headers")
        self.assertEqual(code, 1)
        self.assertIn("pip could not fetch assorthead==1 (exit 1): no such package", err)
        self.assertNotIn("Traceback", err)

    def test_replaces_what_is_damaged(self):
        self.assertEqual(self.run_tool("fetch-headers")[0], 0)
        self.write(os.path.relpath(os.path.join(self.folder, "Eigen", "more.h"), self.home), "x")
        self.assertEqual(self.run_tool("fetch-headers", "--print-only")[:2], (0, ""))
        code, _, err = self.run_tool("fetch-headers")
        self.assertEqual(code, 0, err)
        self.assertIn("damaged or was changed", err)
        self.assert_whole()

    def test_a_killed_fetch_leaves_nothing_under_the_final_name(self):
        self.mode("hang")
        process = self.start("fetch-headers")
        deadline = time.monotonic() + 20
        while not self.calls("pip.calls") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill(process)
        self.assertFalse(os.path.exists(self.folder))
        self.mode("")
        self.assertEqual(self.run_tool("fetch-headers")[0], 0)
        self.assert_whole()

    def test_two_at_a_time_fetch_once(self):
        self.mode("slow")
        processes = [self.start("fetch-headers") for _ in range(2)]
        results = [process.communicate(timeout=60) for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0], results)
        self.assertEqual(len(self.calls("pip.calls")), 1)
        self.assert_whole()

    def test_takes_a_folder_that_is_given(self):
        self.write("mine/src/assorthead/include/qdtsne/qdtsne.hpp", "")
        include = os.path.join(self.home, "mine", "src", "assorthead", "include")
        for given in (os.path.join(self.home, "mine"), include):
            code, out, err = self.run_tool("fetch-headers", DUOLOGUE_ASSORTHEAD_SOURCE=given)
            self.assertEqual((code, out), (0, include + "\n"), err)
        code, _, err = self.run_tool("fetch-headers", DUOLOGUE_ASSORTHEAD_SOURCE=self.home)
        self.assertEqual(code, 1)
        self.assertIn("holds no headers", err)
        self.assertEqual(self.calls("pip.calls"), [])


if __name__ == "__main__":
    unittest.main()
