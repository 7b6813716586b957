#!/usr/bin/env python3
"""Whatever is wrong with what it is given, duologue says so in one line, ends cleanly, and loses nothing recorded."""

import ctypes
import os
import random
import shutil
import signal
import sqlite3
import stat
import struct
import subprocess
import unittest

import harness
from harness import CHECK_FAILED, Case, INTERRUPTED, MODEL_FAILED, STORE_FAILED, USAGE, needs_smollm2

LINES = ["alpha one", "beta two", "gamma three"]


class WordsTest(Case):
    """Flags, names and values."""

    def setUp(self):
        super().setUp()
        self.says = self.script("says", LINES)

    def refuse(self, *args, code=USAGE, words=()):
        before = self.everything()
        self.assert_error(self.duologue(*args), code, *words)
        self.assertEqual(self.everything(), before, "something was written")

    def everything(self):
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.folder) for name in names)

    def test_unknown_words(self):
        self.refuse("tlak", words=["'tlak'", "'talk'"])
        self.refuse("talk", self.says, "--trun", "3", words=["--trun", "--turns"])
        self.refuse("talk", self.says, "--temprature=1", words=["--temprature", "--temperature"])
        self.refuse("show", "a.duo", "--promt", "3", words=["--promt", "--prompt"])
        self.refuse("list", "a.duo", "b.duo", words=["b.duo"])
        self.refuse("export", "a.duo", "--format", "jsnol", words=["jsnol", "jsonl"])
        self.refuse("talk", self.says, "--memory", "fulll", words=["fulll", "full"])
        self.refuse("talk", self.says, "--think", "sharre", words=["sharre", "share"])

    def test_values_out_of_range(self):
        for flag, value in (("--turns", "0"), ("--turns", "-1"), ("--turns", "many"), ("--rounds", "0"),
                            ("--temperature", "-1"), ("--temperature", "nan"), ("--temperature", "warm"),
                             ("--top-p", "0"),
                            ("--top-p", "1.5"), ("--min-p", "1.5"), ("--top-k", "-3"), ("--max-tokens", "0"),
                            ("--max-tokens", "99999999999999999999"), ("--seed", "-1"), ("--seed", "x"),
                            ("--memory", "window:0"), ("--memory", "window:"), ("--stop-on", "silnce"),
                            ("--determinism", "maybe")):
            with self.subTest(f"{flag} {value}"):
                word = "p" if flag.endswith("-p") else flag[2:6]
                self.refuse("talk", self.says, flag, value, "-o", "a.duo", words=[word])

    def test_names(self):
        self.refuse("talk", f"Ada={self.says}", f"Ada={self.says}", "-o", "a.duo", words=["Ada"])
        self.refuse("talk", self.says, "--system", "@gone.txt", "-o", "a.duo", words=["gone.txt"])
        self.refuse("talk", f"Ada={self.says}", "--temperature", "Bob=1", "-o", "a.duo", words=["Bob"])

    def test_empty_openings(self):
        for opening in ("", "   ", "\n\t"):
            self.refuse("talk", self.says, "--opening", opening, "-o", "a.duo", words=["opening", "empty"])
        self.refuse("talk", self.says, "--opening", b"\xff\xfe", "-o", "a.duo", words=["opening", "UTF-8"])

    def test_models_that_are_not_there(self):
        self.refuse("talk", "smolm2", "-o", "a.duo", words=["smolm2", "smollm2"])
        self.refuse("talk", "gguf:gone.gguf", "-o", "a.duo", words=["gone.gguf"])
        self.refuse("talk", "./gone.gguf", "-o", "a.duo", words=["gone.gguf"])
        self.refuse("talk", "scripted:gone.txt", "-o", "a.duo", words=["gone.txt"])
        self.refuse("talk", "gguf:ollama/nothing:9b", "-o", "a.duo", words=["nothing:9b"])

    def test_scripts_that_make_no_sense(self):
        self.refuse("talk", "scripted:" + self.write("empty.txt", ""), "-o", "a.duo", words=["empty.txt"])
        script = self.write("odd.txt", "fine\n\\q\n")
        self.refuse("talk", "scripted:" + script, "-o", "a.duo", words=["odd.txt", "2", "\\q"])

    def test_files_that_are_not_there(self):
        for command in ("show", "list", "export", "resume"):
            self.refuse(command, "gone.duo", words=["gone.duo"])
        self.refuse("run", "gone.yaml", words=["gone.yaml"])

    def test_weights_that_are_not_here_are_not_fetched_unasked(self):
        shutil.rmtree(self.path("cache"))
        done = self.duologue("talk", "smollm2", "-o", "a.duo")
        self.assertEqual(done.code, USAGE, done)
        self.assert_error(done, USAGE, "smollm2")
        self.assertFalse(os.path.exists(self.path("a.duo")))


class ModelFileTest(Case):
    """GGUF files that aren't what they should be."""

    def setUp(self):
        super().setUp()
        if not harness.has_engine():
            self.skipTest("this build has no in-process engine")

    def refuse(self, content, *words):
        self.write("bad.gguf", content)
        done = self.duologue("talk", "bad.gguf", "--turns", "2", "-o", "a.duo")
        self.assertIn(done.code, (USAGE, MODEL_FAILED), done)
        self.assert_error(done, done.code, "bad.gguf", *words)
        self.assertFalse(os.path.exists(self.path("a.duo")), "a file was made for a model that doesn't open")

    def test_not_gguf(self):
        self.refuse(b"")
        self.refuse(b"GG")
        self.refuse(b"Once upon a time there was no model here." * 100)
        self.refuse(b"\0" * 65536)

    def test_header_and_nothing_else(self):
        self.refuse(b"GGUF" + struct.pack("<IQQ", 3, 0, 0))
        self.refuse(b"GGUF" + struct.pack("<IQQ", 99, 0, 0))
        self.refuse(b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1 << 60))

    def test_a_folder(self):
        os.mkdir(self.path("bad.gguf"))
        done = self.duologue("talk", "gguf:bad.gguf", "-o", "a.duo")
        self.assert_error(done, done.code, "bad.gguf")
        self.assertIn(done.code, (USAGE, MODEL_FAILED, STORE_FAILED))

    def test_truncated(self):
        if not os.path.exists(harness.SMOLLM2):
            self.skipTest(f"no {harness.SMOLLM2}")
        size = os.path.getsize(harness.SMOLLM2)
        for length in (100, 100_000, size // 2, size - 1):
            with self.subTest(length):
                with open(harness.SMOLLM2, "rb") as file:
                    self.refuse(file.read(length))

    def test_wrong_magic(self):
        if not os.path.exists(harness.SMOLLM2):
            self.skipTest(f"no {harness.SMOLLM2}")
        with open(harness.SMOLLM2, "rb") as file:
            content = file.read(3_000_000)
        self.refuse(b"FUGG" + content[4:])


@needs_smollm2
class RealModelTest(Case):
    def test_other_weights_than_recorded(self):
        """One changed byte of the weights: `resume` notices that the model isn't the one that spoke before."""
        weights = self.path("mine.gguf")
        shutil.copyfile(harness.SMOLLM2, weights)
        self.ok("talk", weights, "--turns", "2", "--max-tokens", "4", "-o", "a.duo")
        before = self.said("a.duo")
        with open(weights, "r+b") as file:
            file.seek(-1000, os.SEEK_END)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        done = self.duologue("resume", "a.duo", "--turns", "+2")
        self.assert_error(done, done.code, "mine.gguf")
        self.assertIn(done.code, (CHECK_FAILED, USAGE, MODEL_FAILED))
        self.assertEqual(self.said("a.duo"), before)
        os.remove(weights)
        done = self.duologue("resume", "a.duo", "--turns", "+2")
        self.assert_error(done, USAGE, "mine.gguf")
        self.assertEqual(self.said("a.duo"), before)

    def test_context_too_small_for_the_system_prompt(self):
        self.write("spec.yaml", "participants: [{name: A, model: smollm2, system: '" + "very " * 400 + "long'}]\n"
                                "context_tokens: 256\nturns: 2\nsampling: {max_tokens: 32}\n")
        done = self.duologue("run", "spec.yaml", "-o", "a.duo")
        self.assert_error(done, MODEL_FAILED, "context")

    def test_a_full_context_forgets_and_says_so(self):
        self.write("spec.yaml", "participants: [{name: A, model: smollm2}, {name: B, model: smollm2}]\n"
                                "context_tokens: 256\nturns: 10\nseed: 3\n"
                                "sampling: {max_tokens: 48, ignore_end: true}\n")
        self.ok("run", "spec.yaml", "-o", "a.duo")
        turns = self.export("a.duo")
        self.assertEqual(len(turns), 10)
        kinds = {event["kind"] for turn in turns for event in turn["events"]}
        self.assertTrue(kinds & {"context_full", "config", "config_change"}, kinds)
        usages = [turn["usage"] for turn in turns]
        self.assertTrue(all(usage["prompt_tokens"] + usage["completion_tokens"] <= 256 for usage in usages))
        for turn in (1, 5, 10):
            shown = self.ok("show", "a.duo", "--prompt", str(turn), "--json").json()
            stored = harness.rows(self.path("a.duo"), "SELECT view_hash FROM v_call WHERE turn = ?", (turn,))[0][0]
            self.assertEqual(harness.view_hash(shown["messages"]), stored)


class RecordTest(Case):
    """.duo files that can't be used, and those that can nevertheless."""

    READERS = (["show"], ["list"], ["export", "--format", "jsonl"])

    def setUp(self):
        super().setUp()
        self.says = self.script("says", LINES)

    def record(self, name="a.duo", turns=6):
        self.ok("talk", self.says, "--turns", str(turns), "--seed", "5", "-o", name)
        return self.path(name)

    def refuse_all(self, name, *words, code=STORE_FAILED):
        for command in (*self.READERS, ["resume"]):
            done = self.duologue(command[0], name, *command[1:])
            self.assert_error(done, code, name, *words)

    def test_not_sqlite(self):
        self.write("text.duo", "Once upon a time.\n" * 500)
        self.refuse_all("text.duo", ".duo")
        self.write("nothing.duo", b"")
        self.refuse_all("nothing.duo", ".duo")
        self.write("header.duo", b"SQLite format 3\0" + b"\xa5" * 8000)
        self.refuse_all("header.duo")
        os.mkdir(self.path("folder.duo"))
        self.refuse_all("folder.duo")

    def test_another_programs_database(self):
        connection = sqlite3.connect(self.path("other.duo"))
        connection.executescript("CREATE TABLE entry(a); INSERT INTO entry VALUES (1);")
        connection.close()
        self.refuse_all("other.duo", "duologue")

    def test_newer_than_we_know(self):
        duo = self.record()
        connection = sqlite3.connect(duo)
        ours = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        self.refuse_all("a.duo", "99", str(ours), "newer")

    def test_a_file_with_foreign_code_runs_none_of_it(self):
        duo = self.record()
        connection = sqlite3.connect(duo)
        connection.executescript("DROP VIEW v_turn; CREATE VIEW v_turn AS SELECT 1/0; "
                                 "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END;")
        connection.close()
        for command in self.READERS:
            done = self.duologue(command[0], "a.duo", *command[1:])
            self.assertIn(done.code, (0, STORE_FAILED), done)
        done = self.duologue("resume", "a.duo", "--turns", "+2")
        connection = sqlite3.connect(duo)
        self.assertGreaterEqual(connection.execute("SELECT count(*) FROM entry WHERE kind = 1").fetchone()[0], 6, done)
        connection.close()

    def test_an_existing_file_is_refused(self):
        duo = self.record()
        with open(duo, "rb") as file:
            before = file.read()
        self.assert_error(self.duologue("talk", self.says, "-o", "a.duo"), STORE_FAILED, "a.duo", "resume")
        with open(duo, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_locked_by_another_run(self):
        slow = self.script("slow", LINES, pace=40)
        writer = self.start("talk", slow, "--turns", "60", "--seed", "5", "-o", "a.duo")
        self.wait_until("a turn", lambda: os.path.exists(self.path("a.duo")) and self.turns_seen("a.duo") >= 1)
        self.assert_error(self.duologue("resume", "a.duo"), STORE_FAILED, "a.duo", str(writer.pid))
        self.assert_error(self.duologue("talk", slow, "-o", "a.duo"), STORE_FAILED, "a.duo")
        seen = self.turns_seen("a.duo")
        for command in self.READERS:  # others may read meanwhile
            self.ok(command[0], "a.duo", *command[1:])
        self.wait_until("more turns", lambda: self.turns_seen("a.duo") > seen + 1)
        self.assertIsNone(writer.poll())
        harness.sigint(writer)
        out, err = writer.communicate(timeout=10)
        self.assertEqual(writer.returncode, INTERRUPTED, (out, err))
        self.assertLess(len(self.export("a.duo")), 60)

    def turns_seen(self, name):
        try:
            return harness.rows(self.path(name), "SELECT count(*) FROM v_turn WHERE on_head")[0][0]
        except sqlite3.OperationalError:
            return 0  # it is being made

    def test_readers_never_see_half_a_turn_or_stop_the_writer(self):
        fast = self.script("fast", [], settings=["#generate 60"])
        writer = self.start("talk", f"A={fast}", f"B={fast}", "--turns", "400", "--seed", "5", "-o", "a.duo",
                            stdout=subprocess.DEVNULL)
        self.wait_until("the file", lambda: os.path.exists(self.path("a.duo")) and self.turns_seen("a.duo") >= 1)
        looks, last = 0, 0
        while writer.poll() is None:
            connection = sqlite3.connect(f"file:{self.path('a.duo')}?mode=ro", uri=True, timeout=10)
            connection.execute("BEGIN")
            turns = connection.execute("SELECT turn, view_hash, completion_tokens FROM v_turn ORDER BY turn").fetchall()
            calls = connection.execute("SELECT count(*) FROM v_call").fetchone()[0]
            connection.close()
            self.assertEqual([turn[0] for turn in turns], list(range(1, len(turns) + 1)))
            self.assertEqual(calls, len(turns), "a turn without its call")
            self.assertGreaterEqual(len(turns), last)
            last, looks = len(turns), looks + 1
        self.assertEqual(writer.wait(10), 0)
        self.assertGreater(looks, 3, "the writer was too fast to be watched")
        self.assertEqual(self.turns_seen("a.duo"), 400)

    def test_many_that_want_to_resume_at_once(self):
        """Of eight that resume one file at the same time one at most writes; the others say so. The talk is whole."""
        slow = self.script("slow", LINES, pace=10)
        self.ok("talk", slow, "--turns", "40", "--seed", "5", "-o", "whole.duo")
        first = self.start("talk", slow, "--turns", "40", "--seed", "5", "-o", "a.duo")
        self.wait_until("a turn", lambda: os.path.exists(self.path("a.duo")) and self.turns_seen("a.duo") >= 2)
        first.kill()
        first.wait(10)
        several = [self.start("resume", "a.duo") for _ in range(8)]
        codes = []
        for process in several:
            _, err = process.communicate(timeout=30)
            codes.append(process.returncode)
            self.assertIn(process.returncode, (0, STORE_FAILED), err)
            if process.returncode:
                self.assertRegex(err, rb"\Aduologue: [^\n]+\n\Z")
        self.assertIn(0, codes)
        self.assertEqual(self.said("a.duo"), self.said("whole.duo"))

    def test_damaged_files_end_in_one_line(self):
        """Bytes overwritten at random: never a crash, a hang, or a text that wasn't recorded."""
        duo = self.record(turns=12)
        good = {turn["hash"] for turn in self.export("a.duo")}
        with open(duo, "rb") as file:
            content = file.read()
        dice = random.Random(20)
        complained = 0
        for round_number in range(24):
            damaged = bytearray(content)
            for _ in range(dice.choice([1, 8, 200])):
                at = dice.randrange(100, len(damaged))
                damaged[at] = dice.randrange(256)
            if round_number % 4 == 3:
                del damaged[dice.randrange(len(damaged)):]
            self.write("d.duo", bytes(damaged))
            for command in (*self.READERS, ["show", "--prompt", "5"], ["resume", "--turns", "+1"]):
                done = self.duologue(command[0], "d.duo", *command[1:])
                self.assertIn(done.code, (0, CHECK_FAILED, USAGE, STORE_FAILED), done)
                self.assertLessEqual(done.err.count("\n"), 1, done)
                if command[0] == "export":
                    self.assertLessEqual({turn["hash"] for turn in done.json_lines()}, good, done)
                complained += done.code != 0
            for suffix in ("-wal", "-shm", ".lock"):
                if os.path.exists(self.path("d.duo" + suffix)):
                    os.remove(self.path("d.duo" + suffix))
        self.assertGreater(complained, 10)

    def test_folders_that_take_no_file(self):
        self.write("file", "I am no folder.")
        for out in ("file/a.duo", "gone/a.duo", "/proc/a.duo", "."):
            done = self.duologue("talk", self.says, "-o", out)
            self.assert_error(done, STORE_FAILED, out)
        done = self.duologue("talk", self.says, env={"XDG_DATA_HOME": self.path("file")})
        self.assert_error(done, STORE_FAILED, "file")
        if os.geteuid() != 0:
            os.mkdir(self.path("locked"), 0o500)
            self.assert_error(self.duologue("talk", self.says, "-o", "locked/a.duo"), STORE_FAILED, "locked/a.duo")


class OwnMounts(Case):
    """Small and read-only file systems, in a mount namespace of this process's own: they go when it goes."""

    CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
    MS_RDONLY, MS_REMOUNT, MS_REC, MS_PRIVATE = 1, 32, 16384, 1 << 18
    ready = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if OwnMounts.ready is None:
            OwnMounts.ready = cls.unshare()
        if not OwnMounts.ready:
            raise unittest.SkipTest("no mount namespace here (neither root nor user namespaces)")

    @classmethod
    def unshare(cls):
        cls.libc = OwnMounts.libc = ctypes.CDLL(None, use_errno=True)
        user, group = os.geteuid(), os.getegid()
        if user != 0:
            if cls.libc.unshare(cls.CLONE_NEWUSER | cls.CLONE_NEWNS) != 0:
                return False
            for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
                with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                    file.write(text)
        elif cls.libc.unshare(cls.CLONE_NEWNS) != 0:
            return False
        return cls.libc.mount(b"none", b"/", None, cls.MS_REC | cls.MS_PRIVATE, None) == 0

    def mount(self, folder, options, flags=0):
        os.makedirs(folder, exist_ok=True)
        if self.libc.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options.encode()) != 0:
            self.skipTest(f"can't mount a tmpfs: {os.strerror(ctypes.get_errno())}")
        if not flags & self.MS_REMOUNT:
            self.addCleanup(self.libc.umount2, folder.encode(), 2)
        return folder


class FullDiskTest(OwnMounts):
    def setUp(self):
        super().setUp()
        self.drawn = self.script("drawn", [], settings=["#generate 300"])
        self.talk = [f"A={self.drawn}", f"B={self.drawn}", "--turns", "1200", "--seed", "9"]

    def test_a_disk_that_fills_up(self):
        """The talk ends with one line; what was recorded is there; with room made it goes on to the same end."""
        small = self.mount(self.path("small"), "size=1500k")
        duo = os.path.join(small, "a.duo")
        done = self.duologue("talk", *self.talk, "-o", duo)
        self.assert_error(done, STORE_FAILED, duo, "full")
        before = self.said(duo)
        self.assertGreater(len(before), 20)
        self.assertLess(len(before), 1200)
        again = self.duologue("resume", duo)
        self.assert_error(again, STORE_FAILED, duo)
        self.assertEqual(self.said(duo)[:len(before)], before)
        self.mount(small, "size=64m", self.MS_REMOUNT)
        self.ok("resume", duo)
        self.ok("talk", *self.talk, "-o", "whole.duo")
        whole = self.said("whole.duo")
        self.assertEqual(before, whole[:len(before)])
        self.assertEqual(self.said(duo), whole)

    def test_a_disk_that_is_full_from_the_start(self):
        for size in (4, 16, 64):
            small = self.mount(self.path(f"full{size}"), f"size={size}k")
            duo = os.path.join(small, "a.duo")
            self.assert_error(self.duologue("talk", *self.talk, "-o", duo), STORE_FAILED, duo)

    def test_a_read_only_folder(self):
        folder = self.path("readonly")
        self.mount(folder, "size=1m")
        self.ok("talk", self.drawn, "--turns", "3", "-o", os.path.join(folder, "a.duo"))
        self.mount(folder, "size=1m", self.MS_REMOUNT | self.MS_RDONLY)
        self.assert_error(self.duologue("talk", self.drawn, "-o", os.path.join(folder, "b.duo")), STORE_FAILED,
                          "readonly/b.duo")
        self.assert_error(self.duologue("resume", os.path.join(folder, "a.duo"), "--turns", "+1"), STORE_FAILED,
                          "readonly/a.duo")
        self.assertEqual(len(self.export(os.path.join(folder, "a.duo"))), 3, "it can be read there")

    def test_a_full_standard_output(self):
        self.ok("talk", self.drawn, "--turns", "3", "-o", "a.duo")
        for command in (["show", "a.duo"], ["list", "a.duo"], ["export", "a.duo", "--format", "jsonl"]):
            with open("/dev/full", "wb") as full:
                done = self.duologue(*command, stdout=full)
            self.assert_error(done, STORE_FAILED, "standard output")

    def test_a_full_standard_output_does_not_lose_the_talk(self):
        with open("/dev/full", "wb") as full:
            done = self.duologue("talk", self.drawn, "--turns", "30", "-o", "a.duo", stdout=full)
        self.assertIn(done.code, (0, STORE_FAILED), done)
        self.assertEqual(len(self.export("a.duo")), 30)


class SignalTest(Case):
    """Ends that come from outside: clean, resumable, and to the same talk in the end."""

    def setUp(self):
        super().setUp()
        # Under nohup it would be ignored here, and so by what is started here, as it should be.
        self.addCleanup(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_DFL))

    def interrupted(self, number, code):
        slow = self.script("slow", LINES, pace=50)
        talk = [slow, "--turns", "16", "--seed", "5"]
        self.ok("talk", *talk, "-o", "whole.duo")
        process = self.start("talk", *talk, "-o", "a.duo")
        self.wait_until("3 turns", lambda: os.path.exists(self.path("a.duo")) and self.recorded() >= 3)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        self.assertEqual(process.returncode, code, (out, err))
        cut = self.recorded()
        self.assertLess(cut, 16)
        self.assertEqual(harness.rows(self.path("a.duo"), "SELECT end_cause FROM v_trial"), [("user",)])
        self.ok("resume", "a.duo")
        self.assertEqual(self.said("a.duo"), self.said("whole.duo"))
        return out, err

    def recorded(self):
        try:
            return harness.rows(self.path("a.duo"), "SELECT count(*) FROM v_turn WHERE on_head")[0][0]
        except sqlite3.OperationalError:
            return 0

    def test_ctrl_c(self):
        out, err = self.interrupted(signal.SIGINT, INTERRUPTED)
        self.assertIn(b"resume a.duo", out + err)

    def test_terminated(self):
        self.interrupted(signal.SIGTERM, INTERRUPTED)

    def test_terminal_gone(self):
        self.interrupted(signal.SIGHUP, INTERRUPTED)

    def test_a_model_that_fails(self):
        fails = self.script("fails", LINES, settings=["#error 3 the socket is wet"])
        done = self.duologue("talk", fails, "--turns", "5", "-o", "a.duo")
        self.assert_error(done, MODEL_FAILED, "the socket is wet")
        self.assertEqual([turn["text"] for turn in self.export("a.duo")], LINES[:2], "an error became dialogue")
        self.script("fails", LINES)
        self.ok("resume", "a.duo")
        self.assertEqual(len(self.export("a.duo")), 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
