"""Does the program's own KID put generators in the same order as an independent judge? Prints Spearman's correlation.

    python3 tests/reference/rank_judges.py docs/judge-64.csv

The file has one line per generator: its name, the judge's KID x 1,000, and the program's. Names that begin with `real`
are real pictures, mostly damaged ones, names that begin with `bundled-` the bundled generator with changed weights or
latents; they are counted apart. With a folder that holds a folder of pictures per generator, and one of the real
pictures that the judge compared them with, the program's column is measured anew and written into the file:

    python3 tests/reference/rank_judges.py docs/judge-64.csv --pictures FOLDER --reference FOLDER
"""

import argparse
import csv
import json
import subprocess
from pathlib import Path


def ranks(values):
    """Places from 0, the mean place for equals."""
    places = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def spearman(a, b):
    a, b = ranks(a), ranks(b)
    middle = (len(a) - 1) / 2
    product = lambda x, y: sum((i - middle) * (j - middle) for i, j in zip(x, y))
    return product(a, b) / (product(a, a) * product(b, b)) ** 0.5


def measured(program, pictures, reference):
    command = [program, "evaluate", pictures, reference, "--size", "64", "--faces", "off", "--duplicates", "keep", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["kid"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--program", default="target/release/purrtrait")
    options = parser.parse_args()
    with open(options.numbers, newline="") as file:
        rows = list(csv.DictReader(file))
    if options.pictures:
        for row in rows:
            kid = measured(options.program, options.pictures / row["generator"], options.reference)
            row["program"] = f"{kid:.2f}"
        with open(options.numbers, "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    real = [row for row in rows if row["generator"].startswith("real")]
    changed = [row for row in rows if row["generator"].startswith("bundled-")]
    trained = [row for row in rows if row not in real and row not in changed]
    for name, some in (("trained", trained), ("and changed", trained + changed), ("and real pictures", rows)):
        found = spearman(*([float(row[column]) for row in some] for column in ("judge", "program")))
        print(f"{name:18} {len(some):3} {found:.3f}")


if __name__ == "__main__":
    main()
