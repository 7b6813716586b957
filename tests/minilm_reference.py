#!/usr/bin/env python3
"""tests/minilm_reference.py [MODEL_TESTS]: MiniLM in process against a forward pass in 64 bits.

Reads the published weights (minilm.safetensors and minilm.vocab.txt, where `duologue models pull minilm` put them),
computes the vectors of 47 texts with numpy alone, tokenising by BERT's own rules, and has build/model_tests compare:
cosine at least 0.99999 for each. With --print: the vectors' first values. Exit 77: no numpy or no weights here."""

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unicodedata

try:
    import numpy as np
except ImportError:
    np = None

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADS = 12

TEXTS = [
    "Hello there",
    "The lamp in the hall is lit.",
    "A kitten is napping on the couch.",
    "Quarterly revenue rose by three percent.",
    "I need to stop responding now. This is my last message.",
    "Thank you, my friend! It was a pleasure talking with you.",
    "Goodbye",
    "yes",
    "?",
    "42",
    "3.14159 is close to pi, isn't it?",
    "Don't you think that we've met before?",
    "She said: \"I can't hear you\" -- and left.",
    "def add(a, b):\n    return a + b",
    "SELECT name FROM lamps WHERE lit = 1;",
    "Mail me at someone@example.org or call +49 30 123456.",
    "ALL CAPITALS HERE",
    "mixedCASE andCamelCase WordsTogether",
    "Café au lait and a naïve façade",
    "Die Lampe im Flur leuchtet über der Tür.",
    "El niño soñó con una lámpara.",
    "Световой день становится короче.",
    "今晚的灯很亮",
    "東京タワー",
    "Ελληνικά γράμματα",
    "안녕하세요, 오늘은 등불이 밝아요.",
    "İstanbul'da IŞIK yanıyor.",
    "a",
    "to be or not to be, that is the question",
    "The quick brown fox jumps over the lazy dog. " * 3,
    "one two three four five six seven eight nine ten " * 8,
    "Supercalifragilisticexpialidocious and antidisestablishmentarianism",
    "unbelievably incomprehensible interdependencies",
    "   spaces    all   round   ",
    "tabs\tand\nlines\r\nbetween",
    "* a list\n* of things\n1. and numbers",
    "# A heading\n\nSome **bold** words and `code`.",
    "price: $9.99 (was €12.50), 20% off!",
    "e = mc^2; a <= b && c != d || !e",
    "[5]",
    "(nods slowly)",
    "What is it like to be a bat? Nobody can say, and yet everybody asks.",
    "Let us explore the infinite tapestry of consciousness together, hand in hand.",
    "As an AI language model I don't have feelings, but I appreciate the thought.",
    "The experiment began at nine, and by noon both of them were repeating themselves.",
    "Namaste \u2013 \u201cquoted\u201d \u2026 and so on",
    "Rain fell. The river rose. Nobody spoke. Then the bells began, one after the other, all over the town.",
]


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def models_folder():
    for variable, below in (("XDG_CACHE_HOME", "duologue/models"), ("HOME", ".cache/duologue/models")):
        base = os.environ.get(variable, "")
        if base.startswith("/"):
            return os.path.join(base, below)
    return "/var/cache/duologue/models"


def read_safetensors(path):
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
            tensors[name.removeprefix("bert.")] = values.astype(np.float64)
    return tensors


class BertTokenizer:
    """The rules of BERT's uncased tokenizer, as its authors published them."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.ids = {line.rstrip("\n"): number for number, line in enumerate(file)}

    @staticmethod
    def words(text):
        text = "".join(c for c in text if c in "\t\n\r" or not unicodedata.category(c).startswith("C"))
        text = unicodedata.normalize("NFD", text.lower())
        out = [""]
        for c in text:
            category = unicodedata.category(c)
            if category == "Mn":
                continue
            ascii_symbol = c.isascii() and not c.isalnum() and c.isprintable() and not c.isspace()
            if c.isspace():
                out.append("")
            elif ascii_symbol or category.startswith("P") or 0x4E00 <= ord(c) <= 0x9FFF:
                out += [c, ""]
            else:
                out[-1] += c
        return [word for word in out if word]

    def pieces(self, word):
        ids, at = [], 0
        while at < len(word):
            for end in range(len(word), at, -1):
                piece = ("##" if at else "") + word[at:end]
                if piece in self.ids:
                    ids.append(self.ids[piece])
                    at = end
                    break
            else:
                return [self.ids["[UNK]"]]
        return ids

    def encode(self, text):
        inner = [number for word in self.words(text) for number in self.pieces(word)]
        return [self.ids["[CLS]"], *inner, self.ids["[SEP]"]]


def erf(x):
    return np.vectorize(math.erf)(x)  # numpy has none


def forward(tensors, ids):
    def dense(x, name):
        return x @ tensors[name + ".weight"].T + tensors[name + ".bias"]

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * tensors[name + ".weight"] + tensors[name + ".bias"]

    count = len(ids)
    x = tensors["embeddings.word_embeddings.weight"][ids] + tensors["embeddings.position_embeddings.weight"][:count]
    x = norm(x + tensors["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    size = x.shape[1] // HEADS
    number = 0
    while f"encoder.layer.{number}.output.dense.weight" in tensors:
        layer = f"encoder.layer.{number}."

        def heads(part, layer=layer, x=x):
            return dense(x, layer + "attention.self." + part).reshape(count, HEADS, size).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.sqrt(size)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = scores / scores.sum(-1, keepdims=True) @ heads("value")
        mixed = mixed.transpose(1, 0, 2).reshape(count, HEADS * size)
        x = norm(x + dense(mixed, layer + "attention.output.dense"), layer + "attention.output.LayerNorm")
        wide = dense(x, layer + "intermediate.dense")
        wide = wide / 2 * (1 + erf(wide / np.sqrt(2)))
        x = norm(x + dense(wide, layer + "output.dense"), layer + "output.LayerNorm")
        number += 1
    mean = x.mean(0)
    return mean / np.sqrt(mean @ mean)


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--print"]
    program = arguments[0] if arguments else os.path.join(ROOT, "build", "model_tests")
    weights = os.path.join(models_folder(), "minilm.safetensors")
    vocabulary = os.path.join(models_folder(), "minilm.vocab.txt")
    if np is None:
        skip("no numpy")
    if not os.path.exists(weights) or not os.path.exists(vocabulary):
        skip("no MiniLM: fetch it with `duologue models pull minilm`")
    tensors, tokenizer = read_safetensors(weights), BertTokenizer(vocabulary)
    vectors = [forward(tensors, tokenizer.encode(text)) for text in TEXTS]
    if "--print" in sys.argv:
        for text, vector in zip(TEXTS, vectors):
            print(json.dumps(text), " ".join(f"{value:.6f}" for value in vector[:6]))
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for text, vector in zip(TEXTS, vectors):
            file.write(json.dumps({"text": text, "vector": list(vector)}) + "\n")
        file.flush()
        done = subprocess.run([program, "--gtest_filter=MinilmReal.AgreesWithTheReference"], check=False,
                              env={**os.environ, "DUOLOGUE_MINILM_REFERENCE": file.name}, stdout=subprocess.PIPE,
                              text=True)
    print(done.stdout)
    if done.returncode == 0 and "[  SKIPPED ]" in done.stdout:
        skip("no MiniLM as a GGUF, or no engine in this build")
    return 1 if done.returncode != 0 or "[  PASSED  ] 1 test" not in done.stdout else 0


sys.exit(main())
