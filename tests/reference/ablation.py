"""What each part of the modern recipe is worth: trainings of equal time on the pictures of one folder, measured against
held-out pictures.

    python3 -m venv venv && venv/bin/pip install pillow
    venv/bin/python tests/reference/ablation.py CATS OUT [--minutes 40] [--width 24] [--batch 32] [--seed 1]
        [--times OTHER_OUT/seconds.json] [--judge JUDGE.onnx --reference CATS_THAT_NOTHING_LEARNED_FROM] [--program PURRTRAIT]

Each training gets the steps that fit into its minutes of a core: short trainings of the same settings, before anything else
runs, tell the time of a step. So a machine that is busy makes a training longer, not worse. All are also measured after as
many pictures as the slowest row that is asked for sees; for this a recipe whose rates fall towards the end is trained a second
time. Every fifth picture is held out. With --judge (`judge.py`) the table has the KID by an independent network, too. A
training that is already finished in OUT is not done again, and one that was interrupted goes on; OUT belongs to one set of
options, others are refused. --times takes the times of steps from another OUT, so that both have the same numbers of steps.
Writes the numbers of each row, OUT/ablation.md (the table) and OUT/ablation.png (twelve pictures of each row).
RAYON_NUM_THREADS=1 in the environment keeps it on one core.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from core_time import seconds_of_a_step

try:
    from PIL import Image, ImageDraw, ImageFont
except ImportError:
    sys.exit("this needs Pillow: pip install pillow")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("cats", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--minutes", type=float, default=40)
parser.add_argument("--width", type=int, default=24)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--times", type=Path, help="seconds.json of another OUT: its times of a step instead of new ones")
parser.add_argument("--judge", type=Path)
parser.add_argument("--reference", type=Path)
parser.add_argument("--program", type=Path, default=Path("target/release/purrtrait"))
parser.add_argument("--only", nargs="*", help="names of rows; the others are only shown if they are finished")
options = parser.parse_args()
if bool(options.judge) != bool(options.reference):
    parser.error("--judge and --reference are needed together")
if options.times and not options.times.is_file():
    parser.error(f"--times: there is no {options.times}")

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
    ("classic", "`classic-64`, bce, newest weights", classic, True),
    ("classic-average", "`classic-64`, bce, averaged generator", classic, False),
    ("relativistic", "`classic-64`, relativistic loss, newest weights", rpgan, True),
    ("average", "the same, averaged generator", rpgan, False),
    ("augment", "+ DiffAugment", augmented, False),
    ("r1", "+ R1, D without normalisation", [*augmented, "--d-norm", "none", "--r1", "0.1"], False),
    ("modern", "`modern-64`", modern, False),
    ("small", "`modern-64`, batches of 8", [*modern, "--batch", 8], False),
    ("always", "`modern-64`, augmentation always at full strength", [*modern, "--augment-target", "0"], False),
    ("mild", "the same, penalties of 0.02 instead of 0.1", [*modern, "--augment-target", "0", "--r1", "0.02", "--r2", "0.02"],
     False),
]


def purrtrait(*arguments):
    done = subprocess.run([options.program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"purrtrait {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def train(folder, settings, steps):
    """Trains up to this step, going on with what is there; nothing if it is there already."""
    checkpoint = folder / "checkpoints" / f"step-{steps:09}"
    if checkpoint.exists():
        return
    if (folder / "run.toml").exists():
        purrtrait("resume", folder, "--steps", steps)
        if not checkpoint.exists():
            sys.exit(f"{folder} has gone beyond step {steps}, for other rows of --only: choose another folder")
        return
    shutil.rmtree(folder, ignore_errors=True)
    if "--batch" not in settings:
        settings = [*settings, "--batch", options.batch]
    common = ["--seed", options.seed, "--held-out", 20, "--device", "cpu", "--measure-every", 0]
    more = ["--steps", steps, "--sample-every", 100_000, "--keep", 2, "--out", folder, "--auto-rollback", 0]
    purrtrait("train", options.cats, *settings, *common, *more)


def batch(settings):
    return settings[settings.index("--batch") + 1] if "--batch" in settings else options.batch


def evaluate(folder, raw):
    newest = ["--raw"] if raw else []
    report = json.loads(purrtrait("evaluate", folder, *newest, "--json"))
    if options.judge:
        pictures = options.out / "judged"
        shutil.rmtree(pictures, ignore_errors=True)
        purrtrait("generate", folder, *newest, "--count", 400, "--seed", 1, "--device", "cpu", "--out", pictures)
        judge = [sys.executable, Path(__file__).with_name("judge.py"), options.judge, pictures, options.reference]
        report["judged"] = json.loads(subprocess.check_output(judge))
        shutil.rmtree(pictures)
    return report


def copy(source, target):
    """A copy that is there as a whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial)
    partial.rename(target)


def claim(out):
    """Makes OUT the folder of these options, or ends where it is that of others."""
    rows = {name: list(map(str, settings)) for name, _, settings, _ in ROWS}
    ours = {"cats": str(options.cats.resolve()), "minutes": options.minutes, "width": options.width,
            "batch": options.batch, "seed": options.seed, "rows": rows}
    out.mkdir(parents=True, exist_ok=True)
    file = out / "options.json"
    theirs = json.loads(file.read_text()) if file.exists() else {}
    if not file.exists() and not (out / "seconds.json").exists():
        file.write_text(json.dumps(ours, indent=1))
    elif theirs != ours:
        other = [key for key in ours if theirs.get(key) != ours[key]]
        sys.exit(f"{out} holds results of other options ({', '.join(other)}): choose another folder")


def times_of_a_step():
    """Seconds of each training's step, by its folder's name: from a file, and measured where that has none."""
    own = options.out / "seconds.json"
    source = own if own.exists() else options.times
    times = json.loads(source.read_text()) if source else {}
    for name, _, settings, _ in wanted:
        if folders[name] not in times:
            times[folders[name]] = seconds_of_a_step(lambda folder, steps: train(folder, settings, steps), options.out / "probe")
            own.write_text(json.dumps(times, indent=1))
            print(f"{name}: {1000 * times[folders[name]]:.0f} ms a step", flush=True)
    own.write_text(json.dumps(times, indent=1))
    return times


unknown = set(options.only or []) - {row[0] for row in ROWS}
if unknown:
    parser.error(f"--only: there is no row {', '.join(sorted(unknown))}; there are {', '.join(row[0] for row in ROWS)}")
wanted = [row for row in ROWS if not options.only or row[0] in options.only]
claim(options.out)
# Rows of equal settings are one training, measured twice.
folders = {}
for name, _, settings, _ in ROWS:
    folders[name] = next((folders[n] for n, _, s, _ in ROWS if s == settings and n in folders), name)
times = times_of_a_step()
steps = {name: int(options.minutes * 60 / seconds) for name, seconds in times.items()}
pictures = min(steps[folders[name]] * batch(settings) for name, _, settings, _ in wanted)

for name, _, settings, raw in wanted:
    known = options.out / f"{name}.json"
    if known.exists():
        continue
    key = folders[name]
    folder, planned, common = options.out / key, steps[key], pictures // batch(settings)
    print(f"{name}: {planned} steps", flush=True)
    equal = options.out / f"{key}-equal" if "modern-64" in settings and planned > common else folder
    # A row whose training has gone further for another row finds its earlier state in the copy.
    early = options.out / f"{key}-at-{common}"
    if not early.exists():
        train(equal, settings, common)
        copy(equal, early)
    result = {"steps": planned, "seconds": times[key], "equal_steps": common, "equal": evaluate(early, raw)}
    train(folder, settings, planned)
    result["report"] = evaluate(folder, raw) if planned > common else result["equal"]
    sheet = options.out / f"{name}.png"
    sheet.unlink(missing_ok=True)
    purrtrait("generate", folder, *(["--raw"] if raw else []), "--count", 36, "--grid", sheet, "--device", "cpu")
    known.write_text(json.dumps(result, indent=1))
    print(f"{name}: KID {result['report']['kid']:.0f}, at {common} steps {result['equal']['kid']:.0f}", flush=True)

files = {name: options.out / f"{name}.json" for name, _, _, _ in ROWS}
results = {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}
rows = [(name, what.replace("`", ""), what) for name, what, _, _ in ROWS if name in results]
if not rows:
    sys.exit("no row is finished")
lines = [
    "| recipe | ms a step | steps | KID x 1,000 | independent KID x 1,000 | SWD x 1,000 | colours | coverage | recall "
    "| KID after equally many pictures (steps) |",
    "|---|---|---|---|---|---|---|---|---|---|",
]
for name, _, what in rows:
    result = results[name]
    q, equal = result["report"], result["equal"]
    judged = f"{q['judged']['kid_x1000']:.1f}" if "judged" in q else ""
    lines.append(
        f"| {what} | {1000 * result['seconds']:.0f} | {result['steps']:,} | {q['kid']:.0f} ± {q['kid_error']:.0f} "
        f"| {judged} | {q['swd']:.1f} | {q['colour']:.1f} | {q['coverage']:.2f} | {q['recall']:.2f} "
        f"| {equal['kid']:.0f} ± {equal['kid_error']:.0f} ({result['equal_steps']:,}) |"
    )
floor = results[rows[-1][0]]["report"]["floor"]
lines.append(
    f"| real pictures | | | {floor['kid']:.0f} ± {floor['kid_error']:.0f} | | {floor['swd']:.1f} | {floor['colour']:.1f} "
    f"| {floor['coverage']:.2f} | {floor['recall']:.2f} | |"
)
(options.out / "ablation.md").write_text("\n".join(lines) + "\n")
print("\n".join(lines))

# Two lines of each sheet side by side, under the row's name.
GAP, COLUMNS, TITLE = 2, 6, 22
font = ImageFont.truetype(next(Path(__file__).parents[2].glob("assets/fonts/*.ttf")), 15)
sheets = [(text, Image.open(options.out / f"{name}.png")) for name, text, _ in rows]
pitch = (sheets[0][1].width - GAP) // COLUMNS
picture = Image.new("RGB", (2 * COLUMNS * pitch + GAP, len(sheets) * (pitch + GAP + TITLE)), (24, 24, 24))
for row, (text, sheet) in enumerate(sheets):
    top = row * (pitch + GAP + TITLE)
    ImageDraw.Draw(picture).text((GAP + 2, top + 2), text, font=font, fill=(230, 230, 230))
    for half in range(2):
        strip = sheet.crop((0, half * pitch, COLUMNS * pitch + GAP, (half + 1) * pitch + GAP))
        picture.paste(strip, (half * COLUMNS * pitch, top + TITLE))
picture.save(options.out / "ablation.png", optimize=True)
