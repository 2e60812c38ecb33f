"""Reads the JSON lines of all rounds: checks that the answers agree, prints medians and ratios as a Markdown table."""

import json
import statistics
import sys

TARGETS = {"poisson": "≥ 100×", "nb2": "≥ 200×", "backtest": "≥ 200×", "large": "≥ 2×"}
LIMITS = {"subsets": 2.0, "bootstrap": 0.1, "panel poisson": 1.0, "panel nb2": 1.0}
WORDS = {
    "poisson": "one Poisson fit, n = 26, p = 6",
    "poisson full": "… with errors, diagnostics, fit statistics",
    "nb2": "one NB2 fit, n = 26, p = 6",
    "nb2 full": "… with errors, diagnostics, fit statistics",
    "backtest": "20-origin NB2 back-test, p = 4",
    "subsets": "all 2^15 subsets, NB2, n = 46",
    "bootstrap": "500 bootstrap replicates, NB2, n = 50, p = 4",
    "panel poisson": "30,000 Poisson series, n = 60, p = 4",
    "panel nb2": "30,000 NB2 series, n = 60, p = 4",
    "large": "Poisson fit, n = 1,000,000, p = 20",
}
AGREE = 1e-6


def time(seconds):
    for unit, by in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * by >= 1 or unit == "µs":
            return f"{seconds * by:.3g} {unit}"


def main(path):
    runs = {}
    for line in open(path):
        r = json.loads(line)
        runs.setdefault((r["task"], r["who"]), []).append(r)
    median = {key: statistics.median(r["seconds"] for r in all_) for key, all_ in runs.items()}
    apart = []
    print("| task | tumen | peer | | ratio | asked | answers differ by |\n| --- | --- | --- | --- | --- | --- | --- |")
    for task, words in WORDS.items():
        if (task, "tumen") not in runs:
            continue
        own, mine = median[task, "tumen"], runs[task, "tumen"][0]["answer"]
        peers = [who for t, who in runs if t == task and who != "tumen"]
        for who in peers:
            theirs = runs[task, who][0]["answer"]
            gap = max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(mine, theirs, strict=True))
            if gap > AGREE:
                apart.append(f"{task}: tumen and {who} differ by {gap:.1e}")
            # The ratio within each round, so that what else the machine does falls on both.
            ratio = statistics.median(p["seconds"] / t["seconds"] for p, t in zip(runs[task, who], runs[task, "tumen"]))
            print(f"| {words} | {time(own)} | {time(median[task, who])} | {who} | {ratio:.0f}× | {TARGETS[task]} | {gap:.0e} |")
        if not peers:
            limit = f"< {time(LIMITS[task])}" if task in LIMITS else ""
            busy = [r["processor"] for r in runs[task, "tumen"] if "processor" in r]
            beside = f" ({time(statistics.median(busy))})" if busy else ""
            print(f"| {words} | {time(own)}{beside} | | | | {limit} | |")
    print("\nIn brackets: processor time per thread, which is what an idle machine takes.\n")
    for (task, who), all_ in runs.items():
        if "peak" in all_[0]:
            data = all_[0]["data"]
            peak, loaded = (max(r[k] for r in all_) / data for k in ("peak", "loaded"))
            print(f"Peak memory of {who}, {WORDS[task]}: {peak:.2f} × the data ({loaded:.2f} × once loaded, interpreter included).")
    if apart:
        sys.exit("the answers differ: " + "; ".join(apart))


if __name__ == "__main__":
    main(sys.argv[1])
