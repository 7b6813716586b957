"""What the measures are timed on, ours and the peers': made up, and the same on every machine.

The turns stand for what models say to each other where it costs time: word frequencies follow Zipf and Mandelbrot's
law over a large vocabulary, the frequent words are English (some series look at function words), there are sentences,
paragraphs, stock phrases, and now and then a sentence that was said before. They mean nothing."""

import bisect
import itertools
import json
import math

TOKENS = 234  # the median turn of the transcripts that the targets were measured on
VOCABULARY = 20_000
EXPONENT, SHIFT = 1.15, 2.7
SEED = 20261125

FREQUENT = """the of and to a in is that it for as with was on be by this are from at or an have not but they which
you we their can all were has more one what when there will would if so about who its no other into than them these
some could i my your do like just how between time because also only make way even most through each where much don't
it's that's know think there's language question world pattern meaning really something feel maybe both perhaps two
conversation experience understanding still within thought idea here rather being such moment same those does toward
shared every""".split()
STOCK = ["thank you so much", "I appreciate that", "that's a fascinating question", "I wonder", "as an AI",
         "let me think about that", "goodbye for now", "exactly right", "I'm curious what you think", "to be honest"]
SYLLABLES = ["ka", "lo", "mi", "ren", "ta", "vo", "shu", "bel", "dor", "an", "is", "ple", "tion", "ver", "con", "stra",
             "ed", "ing", "al", "ment", "per", "sol", "qua", "ne"]
STOPS = [".", ".", ".", ".", ".", "?", "!", ":"]


class Lcg:
    """The same numbers on every machine."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def vocabulary(random):
    words = list(FREQUENT)
    known = set(words)
    while len(words) < VOCABULARY:  # rare words are longer
        word = "".join(SYLLABLES[random.below(len(SYLLABLES))] for _ in range(1 + random.below(3 + len(words) // 5000)))
        if word not in known:
            known.add(word)
            words.append(word)
    return words


class Talk:
    """Turn after turn, without end."""

    def __init__(self, seed=SEED):
        self.random = Lcg(seed)
        self.words = vocabulary(self.random)
        self.sums = list(itertools.accumulate((rank + SHIFT) ** -EXPONENT for rank in range(1, VOCABULARY + 1)))
        self.said = []  # sentences of the last turns

    def word(self):
        return self.words[bisect.bisect(self.sums, self.sums[-1] * self.random.below(2**31) / 2**31)]

    def sentence(self):
        """Its tokens. One in 12 is one of the last ones, one in 12 begins with a stock phrase."""
        kind = self.random.below(12)
        if kind == 0 and self.said:
            return self.said[self.random.below(len(self.said))]
        tokens = STOCK[self.random.below(len(STOCK))].split() if kind == 1 else []
        for _ in range(5 + self.random.below(16)):
            tokens.append(self.word())
            if self.random.below(14) == 0:
                tokens.append(",")
        if tokens[-1] == ",":
            tokens.pop()
        tokens[0] = tokens[0][0].upper() + tokens[0][1:]
        tokens.append(STOPS[self.random.below(len(STOPS))])
        self.said = [*self.said[-60:], tokens]
        return tokens

    def turn(self):
        text = ""
        count = 0
        while count < TOKENS:
            tokens = self.sentence()[:TOKENS - count]
            count += len(tokens)
            if text:
                text += "\n\n" if self.random.below(5) == 0 else " "
            text += " ".join(tokens).replace(" ,", ",")
            for stop in STOPS:
                text = text.removesuffix(" " + stop) + stop if text.endswith(" " + stop) else text
        return text


def write_turns(path, count):
    """One JSON string a line."""
    talk = Talk()
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(count):
            file.write(json.dumps(talk.turn(), ensure_ascii=False) + "\n")


def near_duplicates(count):
    """Texts of TOKENS words, of which every fourth is one before with three words changed."""
    random = Lcg(SEED)
    words = vocabulary(random)[:3000]
    made = []
    for i in range(count):
        if i % 4 == 3:
            text = made[i - 1 - random.below(3)].copy()
            for _ in range(3):
                text[random.below(TOKENS)] = words[random.below(len(words))]
        else:
            # The product of two draws makes some words frequent, as in language.
            text = [words[random.below(1 + random.below(len(words)))] for _ in range(TOKENS)]
        made.append(text)
    return [" ".join(text) for text in made]


def series(count, changes):
    """Numbers with unit noise (twelve uniform ones summed), a new level after each count / (changes + 1)."""
    random = Lcg(changes + 1)
    length = math.ceil(count / (changes + 1))
    levels = [random.below(60) / 10 for _ in range(changes + 1)]
    return [levels[i // length] + sum(random.below(10**6) for _ in range(12)) / 1e6 - 6 for i in range(count)]
