"""Measures a stored head finder on the photos marked `val`: recall, precision and AP at IoU 0.5 for each size of head.

    venv/bin/python tests/reference/score_finder.py cats_heads assets/finder/heads.safetensors

Sizes are the head's longer side by the photo's longer side. `tenth` are the same photos made small and laid on photos
of dogs, so that the head has 8 to 12 % of the longer side of the whole, which is 320 or 640 pixels; each is made the
same way every time. Precision counts every box that is not the marked head, in photos of cats and of dogs together.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from finder_network import find, overlaps, stored
from finder_pictures import read_photos

SIZES = (0, 0.17, 0.26, 0.47, 2)


def tenths(cats, others, longer):
    """Photos of cats, made small, on photos of dogs that fill `longer` x 3/4 `longer`: (pixels, box)."""
    rng, made = np.random.default_rng(10), []
    for i, photo in enumerate(cats):
        box = photo.boxes[0]
        share = rng.uniform(0.08, 0.12)
        scale = share * longer / max(box[2] - box[0], box[3] - box[1])
        small = cv2.resize(photo.levels[0], tuple(int(round(s * scale)) for s in photo.size),
                           interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        canvas = cover(others[i % len(others)].levels[0], longer, longer * 3 // 4)
        small = small[: canvas.shape[0], : canvas.shape[1]]
        h, w = small.shape[:2]
        x, y = (int(rng.integers(0, room + 1)) for room in (canvas.shape[1] - w, canvas.shape[0] - h))
        canvas[y : y + h, x : x + w] = small
        made.append((canvas, box * scale + [x, y, x, y]))
    return made


def cover(photo, width, height):
    h, w = photo.shape[:2]
    scale = max(width / w, height / h)
    big = cv2.resize(photo, (int(np.ceil(w * scale)), int(np.ceil(h * scale))), interpolation=cv2.INTER_CUBIC)
    return big[:height, :width].copy()


def matched(found, box):
    """For each found head, best first, whether it is the marked one; only the first that overlaps by half is."""
    right, open_ = [], box is not None
    for score, *corners in found:
        hit = open_ and overlaps(box, np.array([corners]))[0][0] >= 0.5
        right.append((score, bool(hit)))
        open_ = open_ and not hit
    return right


def precision_recall(results, threshold):
    said = [hit for hits in results for score, hit in hits if score >= threshold]
    return (sum(said) / max(len(said), 1)), sum(said)


def average_precision(results, heads):
    """Area under the curve of precision over recall, precision made falling."""
    hits = np.array([hit for _, hit in sorted((r for hits in results for r in hits), key=lambda r: -r[0])], float)
    if not len(hits):
        return 0.0
    right = np.cumsum(hits)
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float((precision * hits).sum() / heads)


def line(name, results, heads, threshold):
    precision, right = precision_recall(results, threshold)
    ap = average_precision(results, heads)
    print(f"{name:<18} {heads:4d} heads  recall {right / heads:.3f}  precision {precision:.3f}  AP50 {ap:.3f}")


def report(search, cats, others, threshold):
    """`search` maps pixels to found heads."""
    boxes = [photo.boxes[0] for photo in cats]
    shares = [max(b[2] - b[0], b[3] - b[1]) / p.size.max() for b, p in zip(boxes, cats)]
    results = [matched(search(p.levels[0]), b) for p, b in zip(cats, boxes)]
    dogs = [matched(search(p.levels[0]), None) for p in others]
    line("all, with dogs", results + dogs, len(cats), threshold)
    for low, high in zip(SIZES, SIZES[1:]):
        part = [r for r, share in zip(results, shares) if low <= share < high]
        line(f"{low:.2f} to {min(high, 1):.2f}", part, len(part), threshold)
    for longer in (320, 640):
        part = [matched(search(pixels), box) for pixels, box in tenths(cats, others, longer)]
        line(f"tenth of {longer}", part, len(part), threshold)
    taken = sum(any(score >= threshold for score, _ in hits) for hits in dogs)
    print(f"dogs taken for cats {taken} of {len(dogs)} ({taken / len(dogs):.1%})")
    for t in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
        precision, right = precision_recall(results + dogs, t)
        taken = sum(any(score >= t for score, _ in hits) for hits in dogs)
        print(f"  threshold {t:.2f}  recall {right / len(cats):.3f}  precision {precision:.3f}  dogs {taken}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--scales", type=int, nargs="+", help="longer sides to search at, other than those of the file")
    parser.add_argument("--threshold", type=float, help="another one than that of the file")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    network, settings = stored(args.weights)
    scales = args.scales or settings["scales"]
    threshold = args.threshold or settings["threshold"]
    print("scales", scales, "threshold", threshold)
    report(lambda pixels: find(network, pixels, scales), *read_photos(args.data, "val"), threshold)
