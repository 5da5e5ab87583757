"""How fast torchvision reads a folder of pictures: ImageFolder, Resize, CenterCrop and tensors, in one process.

    pip install torch torchvision
    python tests/reference/torchvision_intake.py FOLDER --size 64

The same folder in Purrtrait: purrtrait dataset check FOLDER, with an empty cache. Run both twice and take the second
reading, so that the files are in the system's memory and only decoding is compared.
"""

import argparse
import json
import pathlib
import tempfile
import time

import torch
import torchvision
from torchvision import transforms


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--workers", type=int, default=0, help="loader processes; 0 reads in this one")
    args = parser.parse_args()

    steps = transforms.Compose(
        [
            transforms.Resize(args.size),
            transforms.CenterCrop(args.size),
            transforms.ToTensor(),
            transforms.Normalize([0.5] * 3, [0.5] * 3),
        ]
    )
    with tempfile.TemporaryDirectory() as root:
        # ImageFolder wants one folder below the root for each class.
        pathlib.Path(root, "cat").symlink_to(args.folder.resolve(), target_is_directory=True)
        dataset = torchvision.datasets.ImageFolder(root, transform=steps)
        for reading in range(2):
            loader = torch.utils.data.DataLoader(dataset, batch_size=64, num_workers=args.workers)
            started, started_cpu = time.perf_counter(), time.process_time()
            pictures = sum(len(batch) for batch, _ in loader)
            seconds = time.perf_counter() - started
            cpu_seconds = time.process_time() - started_cpu
            report = {
                "reading": reading + 1,
                "pictures": pictures,
                "seconds": round(seconds, 3),
                "cpu_seconds": round(cpu_seconds, 3),
                "pictures_per_second": round(pictures / seconds),
                "size": args.size,
                "workers": args.workers,
                "torchvision": torchvision.__version__,
            }
            print(json.dumps(report))


if __name__ == "__main__":
    main()
