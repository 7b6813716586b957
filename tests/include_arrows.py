#!/usr/bin/env python3
"""Reads the sources and fails on an include that the plan of the house (ARCHITECTURE.md, "Rooms") doesn't allow, and on
style that no other tool checks: sizes, layout of headers, leftovers.

  tests/include_arrows.py               checks the tree; one line a finding, exit 1
  tests/include_arrows.py --self-test   plants one of each fault in a copy, and fails where it isn't found
"""

import os
import re
import shutil
import sys
import tempfile

# Room -> what its files may include: rooms, or single headers of them.
ARROWS = {
    "base": [],
    "chat": ["base"],
    "model": ["base", "chat"],
    "measure": ["base", "chat", "model/embedder.h"],
    "engine": ["base", "chat", "model/model.h", "measure"],
    "store": ["base", "chat", "measure/findings.h", "engine/recorder.h", "engine/end_reason.h"],
    "experiment": ["base", "chat", "model", "measure", "engine", "store"],
    "cli": ["base", "chat", "model", "measure", "engine", "store", "experiment"],
}

# A library's headers -> the only files that may see them. One door each, so that a library can be replaced.
LIBRARIES = {
    r"nlohmann/": r"base/json\.h",
    r"yaml-cpp/": r"base/yaml\.cc",
    r"unicode/": r"base/unicode\.cc",
    r"openssl/": r"base/hash\.cc",
    r"Random123/": r"base/rng(_test)?\.cc",
    r"boost/math/": r"measure/statistics/distributions\.cc",
    r"sqlite3\.h": r"store/.*",
    r"zstd\.h": r"measure/compressor\.cc|store/import/(testing/zip_maker|zip_archive)\.cc",
    r"zlib\.h": r"store/import/(testing/zip_maker|zip_archive)\.cc",
    r"curl/": r"model/http/(curl_transport|url|retry_after)\.cc",
    r"(llama|llama-cpp|ggml[a-z-]*|gguf)\.h": r"model/llama/.*",
    # llama.cpp's internal `common`
    r"(chat|common|sampling|peg-parser|reasoning-budget|jinja/.*)\.h": r"model/llama/chat_template\.cc",
    r"qdtsne/": r"measure/projections/tsne\.cc",
    r"umappp/": r"measure/projections/umap\.cc",
    r"Eigen/": r"measure/(projections/pca|meaning_window)\.cc",
    r"irlba/": r"measure/projections/pca\.cc",
    r"subpar/": r"measure/projections/threads\.cc",
    r"CLI/": r"cli/(command|application|generate)(_test)?\.cc|cli/talk_flags_test\.cc",
    r"fmt/": r".*",
    r"(gtest|gmock)/": r".*_test\.cc|.*/testing/.*",
}
STANDARD = re.compile(r"[a-z_0-9]+")
SYSTEM = re.compile(r"(dirent|dlfcn|fcntl|langinfo|locale|poll|pthread|pwd|sched|signal|spawn|stdlib|termios|time"
                    r"|unistd|wchar)\.h|(arpa|netinet|sys)/[a-z_]+\.h")

# Rooms that compute and touch nothing else: no clock, no files.
PURE = {"chat", "measure"}
IMPURE = re.compile(r"chrono|fstream|iostream|cstdio|filesystem|thread|random|unistd\.h|fcntl\.h|sys/.*|time\.h"
                    r"|base/clock\.h|base/paths\.h")

MAX_FILE_LINES = 500
MAX_LINE_CHARACTERS = 110         # of C++
MAX_SCRIPT_LINE_CHARACTERS = 120  # of everything else
MAX_FUNCTION_LINES = 70

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FUNCTION = re.compile(r"^( {0,2})\S.*\)( const| noexcept| override| mutable| final| REQUIRES\(.*\)| -> .*)*"
                      r" (: .*)?\{$")
# Put together so that this file passes its own check.
LEFTOVERS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b")


def may_include(room, target, is_test):
    """An arrow between rooms. A test may use all of a room of which its own may use a part."""
    target_room = target.split("/")[0]
    if target_room == room:
        return True
    allowed = ARROWS[room]
    if target_room in allowed or target in allowed:
        return True
    return is_test and any(entry.split("/")[0] == target_room for entry in allowed)


def check_include(root, path, quote, target):
    """None, or what is wrong with one include of src/`path`."""
    room = path.split("/")[0]
    is_test = path.endswith("_test.cc") or "/testing/" in path
    if room in PURE and IMPURE.fullmatch(target) and not is_test:
        return f"includes {target}, but {room} has no clock and no I/O"
    if quote == '"' and os.path.exists(os.path.join(root, "src", target)):
        if "_test" in target:
            return f"includes a test: {target}"
        if "/testing/" in target and not is_test:
            return f"includes {target}, which is for tests"
        if not may_include(room, target, is_test):
            return f"includes {target}, but {room} may include only: {', '.join(ARROWS[room]) or 'nothing'}"
        return None
    for library, seen_by in LIBRARIES.items():
        if re.match(library, target):
            return None if re.fullmatch(seen_by, path) else f"includes {target}, which only {seen_by} may see"
    if quote == '"':
        return f"includes {target}, which is no file of src/ (write the path from there)"
    if STANDARD.fullmatch(target) or SYSTEM.fullmatch(target):
        return None
    return f"includes {target}, a library that tests/include_arrows.py doesn't know"


def long_functions(lines):
    """(line, length) of functions that are too long, by the layout that clang-format gives them."""
    start, indent = 0, ""
    for number, line in enumerate(lines, 1):
        if start and line.rstrip() in (indent + "}", indent + "};"):
            if number - start + 1 > MAX_FUNCTION_LINES:
                yield start, number - start + 1
            start = 0
        opened = FUNCTION.match(line)
        if opened and not start and not re.match(r"\s*(namespace|class|struct|union|enum|extern)\b", line):
            start, indent = number, opened.group(1)


def check_text(path, lines):
    """What is wrong with a file's layout: (line, what)."""
    if len(lines) > MAX_FILE_LINES:
        yield len(lines), f"{len(lines)} lines, at most {MAX_FILE_LINES}"
    longest = MAX_LINE_CHARACTERS if path.endswith((".h", ".cc")) else MAX_SCRIPT_LINE_CHARACTERS
    for number, line in enumerate(lines, 1):
        if len(line) > longest:
            yield number, f"{len(line)} characters, at most {longest}"
        if line != line.rstrip():
            yield number, "space at the end of the line"
        if LEFTOVERS.search(line):
            yield number, "something left to do: do it, or say in plain words why not"
    if path.endswith((".h", ".cc")):
        for number, length in long_functions(lines):
            yield number, f"a function of {length} lines, at most {MAX_FUNCTION_LINES}"
    if path.endswith(".h"):
        if not lines or not lines[0].startswith("//"):
            yield 1, "a header opens with what it is, who owns it, which threads may call it"
        if "#pragma once" not in lines:
            yield 1, "a header without #pragma once"


def check_file(root, path):
    """All findings of one file, `path` relative to the root: (line, what)."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        lines = file.read().splitlines()
    yield from check_text(path, lines)
    if not path.startswith("src/") or not path.endswith((".h", ".cc")):
        return
    inside = path[len("src/"):]
    if inside.split("/")[0] not in ARROWS:
        yield 1, "in a room that tests/include_arrows.py doesn't know"
        return
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        wrong = include and check_include(root, inside, *include.groups())
        if wrong:
            yield number, wrong


def source_files(root):
    for top in ("src", "bench", "tests", "tools", "cmake"):
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(name for name in folders if name not in ("__pycache__", "golden"))
            for name in sorted(names):
                plain_tool = top == "tools" and "." not in name
                if name.endswith((".h", ".cc", ".py", ".sh", ".cmake")) or name == "CMakeLists.txt" or plain_tool:
                    yield os.path.relpath(os.path.join(folder, name), root)


def check_tree(root):
    findings = []
    files = list(source_files(root))
    for path in files:
        findings += [f"{path}:{line}: {what}" for line, what in check_file(root, path)]
    return files, findings


HEADER = "// A header.\n#pragma once\n"
# Path, its text, and words of the finding that it must cause.
FAULTS = [
    ("src/base/up.h", HEADER + '#include "chat/turn.h"\n', "base may include only: nothing"),
    ("src/chat/up.h", HEADER + '#include "model/model.h"\n', "chat may include only: base"),
    ("src/model/up.h", HEADER + '#include "engine/participant.h"\n', "model may include only"),
    ("src/measure/up.h", HEADER + '#include "model/model.h"\n', "measure may include only"),
    ("src/measure/clock.cc", '#include "base/clock.h"\n', "no clock and no I/O"),
    ("src/chat/file.cc", "#include <fstream>\n", "no clock and no I/O"),
    ("src/engine/up.cc", '#include "model/catalog.h"\n', "engine may include only"),
    ("src/engine/across.cc", '#include "store/store.h"\n', "engine may include only"),
    ("src/store/up.cc", '#include "engine/conversation.h"\n', "store may include only"),
    ("src/experiment/up.cc", '#include "cli/command.h"\n', "experiment may include only"),
    ("src/cli/llama.cc", "#include <llama.h>\n", "llama/.* may see"),
    ("src/engine/db.cc", "#include <sqlite3.h>\n", "store/.* may see"),
    ("src/base/other.cc", "#include <yaml-cpp/yaml.h>\n", "yaml"),
    ("src/cli/json.cc", "  #  include <nlohmann/json.hpp>\n", "base/json"),
    ("src/model/hash.cc", "#include <openssl/sha.h>\n", "base/hash"),
    ("src/measure/recurrence/eigen.cc", "#include <Eigen/Dense>\n", "pca"),
    ("src/cli/icu.cc", "#include <unicode/uchar.h>\n", "base/unicode"),
    ("src/store/web.cc", "#include <curl/curl.h>\n", "model/http/"),
    ("src/store/unknown.cc", "#include <uv/uv.h>\n", "doesn't know"),
    ("src/cli/gtest.cc", "#include <gtest/gtest.h>\n", "may see"),
    ("src/cli/relative.cc", '#include "../base/hash.h"\n', "no file of src/"),
    ("src/cli/borrowed.cc", '#include "model/testing/tiny_gguf.h"\n', "for tests"),
    ("src/attic/x.cc", "\n", "room that"),
    ("src/cli/wide.cc", "// " + "x" * MAX_LINE_CHARACTERS + "\n", "characters, at most"),
    ("tools/wide", "# " + "x" * MAX_SCRIPT_LINE_CHARACTERS + "\n", "characters, at most"),
    ("src/cli/trailing.cc", "// x \n", "space at the end"),
    ("src/cli/tall.cc", "//\n" * (MAX_FILE_LINES + 1), "lines, at most"),
    ("src/cli/long.cc", "void f(int x) {\n" + "  f(1);\n" * MAX_FUNCTION_LINES + "}\n", "a function of 72 lines"),
    ("src/cli/long.h", HEADER + "class A {\n  int f() const {\n" + "    f();\n" * 80 + "  }\n};\n", "a function of 82"),
    ("src/cli/bare.h", "#pragma once\n", "a header opens with"),
    ("src/cli/open.h", "// A header.\n", "without #pragma once"),
    ("src/cli/later.cc", "// TO" + "DO\n", "left to do"),
    ("tools/later.py", "# FIX" + "ME\n", "left to do"),
]


def self_test(root):
    """Each fault must be found, and by the one check that is meant for it."""
    missed = []
    with tempfile.TemporaryDirectory(prefix="include_arrows.") as copy:
        shutil.copytree(os.path.join(root, "src"), os.path.join(copy, "src"))
        for path, text, words in FAULTS:
            planted = os.path.join(copy, path)
            os.makedirs(os.path.dirname(planted), exist_ok=True)
            with open(planted, "w", encoding="utf-8") as file:
                file.write(text)
            found = [what for _, what in check_file(copy, path)]
            if len(found) != 1 or words not in found[0]:
                missed.append(f"{path}: expected one finding with '{words}', found {found}")
            os.remove(planted)
    print("\n".join(missed) or f"{len(FAULTS)} planted faults, all found")
    return 1 if missed else 0


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if sys.argv[1:] == ["--self-test"]:
        return self_test(root)
    files, findings = check_tree(root)
    print("\n".join(findings) or f"{len(files)} files, no findings")
    return 1 if findings else 0


sys.exit(main())
