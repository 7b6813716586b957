"""What is printed: a figure's spread, ratios by pair, and whether a target is met."""

import statistics

QUICK = "QUICK RUN: fewer pairs and turns. A check that the bench works, not figures to quote."


class Report:
    """Collects the lines and, for --json, the raw figures."""

    def __init__(self, quick):
        self.quick = quick
        self.raw = {}
        self.missed = []
        self.section = ""
        self.within = ""

    def say(self, text=""):
        print(text, flush=True)

    def title(self, text):
        self.say()
        self.section = text.split()[0]
        self.within = ""
        self.say(text + ("   [quick]" if self.quick else ""))

    def group(self, text):
        """The lines that follow are about this."""
        self.within = text + ", "
        self.say(f"  {text}:")

    def keep(self, name, values):
        self.raw[name] = values

    def line(self, label, text, target="", met=None):
        """One figure: its label, its text, the target and whether it was met (None: there is no target)."""
        tail = ""
        if target and self.quick:
            tail = f"   target {target}: not judged"
        elif target:
            tail = f"   target {target}: {'met' if met else 'NOT MET'}"
        if target and not met:
            self.missed.append(f"{self.section} {self.within}{label.strip()} {target}")
        self.say(f"  {label:<44} {text}{tail}")


def spread(values, digits=2, unit=""):
    """median [least .. most]"""
    middle = statistics.median(values)
    return f"{middle:.{digits}f}{unit} [{min(values):.{digits}f} .. {max(values):.{digits}f}]"


def ratios(ours, peers):
    """Pair by pair: what ran beside each other is compared with each other."""
    return [a / b for a, b in zip(ours, peers)]


def median(values):
    return statistics.median(values)
