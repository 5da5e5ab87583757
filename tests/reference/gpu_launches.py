"""How many kernels a training step starts on the GPU, counted in the log of the GPU runtime (CubeCL's profiling log,
level "minimal", one line for each kernel). Two short trainings that differ only in their number of steps: the
difference is the steps' alone, with the readings of losses at their usual cadence and no pictures or checkpoints.
Pictures are augmented as the preset says.
Works on a software adapter too, where times say nothing but counts are the same.

    python3 tests/reference/gpu_launches.py target/release/purrtrait --preset quick-32 classic-64 article-128
    ... --kernels 12                                  # also the 12 kernels started most often
    ... --preset modern-64 --steps 16                 # recipes with a penalty every 16 steps
"""

import argparse
import collections
import os
import subprocess
import tempfile

# Steps of the shorter training: enough for an average of the generator, whose statistics both measure at their end.
FIRST = 5
CONFIG = '[profiling.logger]\nlevel = "minimal"\nfile = "{}"\n'


def launches(program, preset, steps, args):
    """Kernels by name of one training."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "launches.log")
        with open(os.path.join(folder, "cubecl.toml"), "w") as file:
            file.write(CONFIG.format(log))
        command = [os.path.abspath(program), "train", "demo", "--preset", preset, "--device", args.device,
                   "--g-width", str(args.width), "--d-width", str(args.width), "--batch", str(args.batch),
                   "--steps", str(steps), "--metrics-every", "5", "--sample-every", "10000", "--measure-every", "0",
                   # Both trainings save at their end; nothing may be saved on the way.
                   "--checkpoint-every", "1000", "--demo-count", "64", "--out", os.path.join(folder, "run")]
        if args.precision:
            command += ["--precision", args.precision]
        if args.augment:
            command += ["--augment", args.augment]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with open(log) as file:
            names = [line.split("Executing ", 1)[1].strip() for line in file if "Executing " in line]
    return collections.Counter(name.split(" |")[0].rsplit("_", 1)[0] for name in names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--preset", nargs="+", default=["quick-32", "classic-64", "article-128"])
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--width", type=int, default=8, help="of both networks; the number of kernels does not depend on it")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--augment", help="another augmentation than the preset's")
    parser.add_argument("--precision", help="mixed multiplies in 16 bits")
    parser.add_argument("--steps", type=int, default=10, help="counted; 16 for recipes with a penalty every 16 steps")
    parser.add_argument("--kernels", type=int, default=0, help="print so many kernels that are started most often")
    args = parser.parse_args()
    few, many = FIRST, FIRST + args.steps
    for preset in args.preset:
        first, second = (launches(args.program, preset, steps, args) for steps in (few, many))
        second.subtract(first)
        print(f"{preset}: {sum(second.values()) / (many - few):.1f} kernels a step", flush=True)
        for name, count in second.most_common(args.kernels):
            print(f"  {count / (many - few):6.1f}  {name}")


if __name__ == "__main__":
    main()
