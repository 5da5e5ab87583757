"""What each part of the modern recipe is worth: trainings of equal time on the pictures of one folder, measured against
pictures that were held back.

    python tests/reference/ablation.py CATS OUT [--minutes 40] [--width 24] [--batch 32] [--program target/release/purrtrait]

Each training gets the steps that fit into its minutes: a short training of the same settings, before anything else runs,
tells the time of a step. So a machine that is busy later makes a training longer, not worse. A training that is already
finished in OUT is not done again. Every fifth picture is held back. Writes OUT/ablation.md (the table), OUT/ablation.json,
and one sample sheet for each row; `--pictures N` instead of `--minutes` gives every row the same number of pictures.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("cats", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--minutes", type=float, default=40)
parser.add_argument("--pictures", type=int, help="pictures seen by each training, instead of a time")
parser.add_argument("--width", type=int, default=24)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--program", type=Path, default=Path("target/release/purrtrait"))
parser.add_argument("--only", nargs="*", help="names of rows; the others are only shown if they are finished")
options = parser.parse_args()

classic = ["--preset", "classic-64", "--g-width", options.width, "--d-width", options.width]
rpgan = [*classic, "--loss", "rpgan"]
augmented = [*rpgan, "--augment", "colour-translation"]
# Half the width in the generator: it has one stage more.
modern = ["--preset", "modern-64", "--g-width", options.width // 2, "--d-width", options.width]
modern += ["--lr-g", "1e-3", "--lr-d", "1e-3"]
# Name, what it is, settings, whether the newest weights are measured instead of the average.
ROWS = [
    ("article", "the article's recipe at 64 px", ["--preset", "article-128", "--size", 64, "--g-width", options.width // 2,
     "--d-width", options.width // 2, "--ema-images", 0, "--flip", "off"], True),
    ("classic", "`classic-64`, bce", classic, True),
    ("relativistic", "+ relativistic loss", rpgan, True),
    ("average", "+ averaged generator", rpgan, False),
    ("augment", "+ DiffAugment", augmented, False),
    ("r1", "+ R1, D without normalisation", [*augmented, "--d-norm", "none", "--r1", "0.1"], False),
    ("modern", "`modern-64`", modern, False),
    ("classic-average", "`classic-64`, bce, averaged", classic, False),
]


def purrtrait(*arguments):
    done = subprocess.run([options.program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"purrtrait {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def train(folder, settings, steps):
    common = ["--batch", options.batch, "--seed", options.seed, "--hold-out", 20, "--device", "cpu", "--measure-every", 0]
    more = ["--steps", steps, "--sample-every", max(steps, 1), "--keep", 2, "--out", folder, "--auto-rollback", 0]
    purrtrait("train", options.cats, *settings, *common, *more)


def seconds_of_a_step(settings):
    """From the losses' file of a short training, without its first steps."""
    folder = options.out / "probe"
    shutil.rmtree(folder, ignore_errors=True)
    train(folder, settings, 60)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    shutil.rmtree(folder)
    first, last = lines[9], lines[-1]
    return (last["seconds"] - first["seconds"]) / (last["step"] - first["step"])


options.out.mkdir(parents=True, exist_ok=True)
known = options.out / "steps.json"
steps = json.loads(known.read_text()) if known.exists() else {}
wanted = [row for row in ROWS if not options.only or row[0] in options.only]
# Rows of equal settings are one training, measured twice.
folders = {}
for name, _, settings, _ in ROWS:
    folders[name] = next((folders[n] for n, _, s, _ in ROWS if s == settings and n in folders), name)
for name, _, settings, _ in wanted:
    key = folders[name]
    if key not in steps:
        seconds = seconds_of_a_step(settings)
        fits = options.pictures // options.batch if options.pictures else int(options.minutes * 60 / seconds)
        steps[key] = {"seconds": seconds, "steps": fits}
        known.write_text(json.dumps(steps, indent=1))
        print(f"{key}: {1000 * seconds:.0f} ms a step, {fits} steps", flush=True)

results = []
for name, what, settings, raw in ROWS:
    folder = options.out / folders[name]
    planned = steps.get(folders[name])
    finished = planned and (folder / "samples" / f"step-{planned['steps']:09}.png").exists()
    if not finished:
        if name not in {row[0] for row in wanted}:
            continue
        shutil.rmtree(folder, ignore_errors=True)
        print(f"{name}: {planned['steps']} steps", flush=True)
        train(folder, settings, planned["steps"])
    report = json.loads(purrtrait("evaluate", folder, *(["--raw"] if raw else []), "--json"))
    sheet = options.out / f"{name}.png"
    sheet.unlink(missing_ok=True)
    purrtrait("generate", folder, *(["--raw"] if raw else []), "--count", 36, "--grid", sheet, "--device", "cpu")
    results.append({"name": name, "what": what, **planned, "report": report})
    print(f"{name}: KID {report['kid']:.0f}", flush=True)

(options.out / "ablation.json").write_text(json.dumps(results, indent=1))
lines = [
    "| recipe | steps | ms a step | KID x 1,000 | SWD x 1,000 | colours | coverage | recall | diversity |",
    "|---|---|---|---|---|---|---|---|---|",
]
for row in results:
    q = row["report"]
    lines.append(
        f"| {row['what']} | {row['steps']:,} | {1000 * row['seconds']:.0f} | {q['kid']:.0f} ± {q['kid_error']:.0f} "
        f"| {q['swd']:.1f} | {q['colour']:.1f} | {q['coverage']:.2f} | {q['recall']:.2f} | {q['diversity']:.2f} |"
    )
if results:
    floor = results[-1]["report"]["floor"]
    lines.append(
        f"| real pictures | | | {floor['kid']:.0f} ± {floor['kid_error']:.0f} | {floor['swd']:.1f} | {floor['colour']:.1f} "
        f"| {floor['coverage']:.2f} | {floor['recall']:.2f} | {floor['diversity']:.2f} |"
    )
(options.out / "ablation.md").write_text("\n".join(lines) + "\n")
print("\n".join(lines))
