"""The peers of the measures on matrices: recurrence quantification by numpy, t-SNE by openTSNE. lib/measure.py runs
this file with the Python that can import them (tools/lib/peers.py): measure_projection_peers.py ROLE FILE ROWS COLUMNS
... prints a JSON object. It also makes the matrices (floats of this machine's byte order, row after row) and judges the
pictures. Times are of the work alone, without start-up and reading."""

import json
import sys
import time

SEED = 20261121
NEIGHBOURS = 15


def talk(np, rows, columns):
    """A conversation as embeddings: it stays with a topic for a while, comes back to earlier ones, and now and then two
    topics alternate."""
    random = np.random.default_rng(SEED)
    topics = random.standard_normal((60, columns))
    order = []
    while len(order) < rows:
        length = int(random.integers(5, 60))
        if random.random() < 0.2:
            order += [int(t) for t in random.integers(0, 60, 2)] * length
        else:
            order += [int(random.integers(0, 60))] * length
    noise = random.standard_normal((rows, columns))
    return (topics[order[:rows]] + 1.2 * noise).astype(np.float32)


def make_talk(np, path, rows, columns):
    data = talk(np, rows, columns)
    data.tofile(path)
    sample = data[random_rows(np, rows, 2000)]
    sample /= np.linalg.norm(sample, axis=1, keepdims=True)
    cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return {"threshold": round(float(np.quantile(cosines, 0.95)), 4)}  # about 5 % recur


def make_topics(np, path, rows, columns):
    random = np.random.default_rng(SEED)
    topics = 2.0 * random.standard_normal((40, columns))
    width = random.uniform(0.5, 1.5, (40, columns))
    which = random.integers(0, 40, rows)
    (topics[which] + width[which] * random.standard_normal((rows, columns))).astype(np.float32).tofile(path)
    return {}


def random_rows(np, rows, count):
    return np.random.default_rng(SEED + 1).choice(rows, count, replace=False)


def run_lengths(np, flat):
    """How many runs of True there are of each length, in a flat array that begins and ends with False."""
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return np.bincount(edges[1::2] - edges[::2])


def diagonal_lengths(np, square):
    """The same along the diagonals above the main one. They are copied out 64 at a time, so that a cache line which
    holds a cell of each is read once."""
    rows = len(square)
    lengths = np.zeros(rows + 1, dtype=np.int64)
    stride = square.strides[0]
    for first in range(1, rows, 64):
        count = min(64, rows - first)
        inside = rows - first - count + 1  # where all of them still are inside the matrix
        block = np.zeros((count, rows - first + 1), dtype=bool)
        if inside > 0:
            block[:, :inside] = np.lib.stride_tricks.as_strided(square[0, first:], (count, inside), (1, stride + 1))
        for k in range(count):
            whole = rows - first - k
            block[k, inside:whole] = square.diagonal(first + k)[inside:]
        found = run_lengths(np, np.concatenate(([False], block.ravel())))
        lengths[:len(found)] += found
    return lengths


def sums(np, lengths):
    size = np.arange(len(lengths))
    return (size * lengths).sum(), (size * lengths)[2:].sum(), lengths[2:].sum()


def recurrence(np, path, rows, columns, threshold):
    data = np.fromfile(path, dtype=np.float32).reshape(rows, columns)
    started = time.perf_counter()
    unit = data / np.linalg.norm(data, axis=1, keepdims=True)
    # A column of False at the end of each row keeps the rows apart. A copy as the second factor: for X @ X.T numpy
    # takes a way that mirrors the result in a slow loop.
    padded = np.zeros((rows, rows + 1), dtype=bool)
    square = padded[:, :rows]
    np.greater(unit @ unit.copy().T, np.float32(threshold), out=square)
    np.fill_diagonal(square, False)
    compared = time.perf_counter()
    vertical = run_lengths(np, np.concatenate(([False], padded.ravel())))
    diagonal = diagonal_lengths(np, square)
    points, in_lines, lines = sums(np, diagonal)
    share = diagonal[2:][diagonal[2:] > 0] / lines
    vertical_points, in_vertical, vertical_lines = sums(np, vertical)
    ended = time.perf_counter()
    return {"wall_s": ended - started, "matrix_s": compared - started, "rr": points / (rows * (rows - 1) / 2),
            "det": in_lines / points, "l": in_lines / lines, "lmax": int(np.flatnonzero(diagonal)[-1]),
            "entr": -float((share * np.log(share)).sum()), "lam": in_vertical / vertical_points,
            "tt": in_vertical / vertical_lines}


def tsne(np, path, rows, columns, output, threads):
    from openTSNE import TSNE as Tsne
    data = np.fromfile(path, dtype=np.float32).reshape(rows, columns)
    started = time.perf_counter()
    picture = Tsne(n_jobs=threads, random_state=42).fit(data)
    wall = time.perf_counter() - started
    np.asarray(picture, dtype=np.float32).tofile(output)
    return {"wall_s": wall}


def nearest(np, data):
    """The rows of the NEIGHBOURS nearest to each, exactly."""
    data = data.astype(np.float64)
    square = (data * data).sum(1)
    lists = []
    for first in range(0, len(data), 500):
        distance = square - 2 * data[first:first + 500] @ data.T
        distance[np.arange(len(distance)), np.arange(first, first + len(distance))] = np.inf
        lists.append(np.argpartition(distance, NEIGHBOURS, axis=1)[:, :NEIGHBOURS])
    return np.concatenate(lists)


def recall(np, path, rows, columns, picture):
    before = nearest(np, np.fromfile(path, dtype=np.float32).reshape(rows, columns))
    after = nearest(np, np.fromfile(picture, dtype=np.float32).reshape(rows, 2))
    kept = sum(len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(before, after))
    return {"recall": kept / before.size}


ROLES = {"make-talk": make_talk, "make-topics": make_topics, "recurrence": recurrence, "tsne": tsne, "recall": recall}


def main():
    import numpy as np
    role, path, rows, columns, *rest = sys.argv[1:]
    rest = [float(word) if "." in word and "/" not in word else int(word) if word.isdigit() else word for word in rest]
    found = ROLES[role](np, path, int(rows), int(columns), *rest)
    print(json.dumps({name: float(value) for name, value in found.items()}))


if __name__ == "__main__":
    main()
