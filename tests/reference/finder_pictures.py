"""Pictures that the head finder learns from: photos turned, scaled, pasted together and damaged, with their boxes."""

import csv
import math
from pathlib import Path

import cv2
import numpy as np

from finder_network import read_photo

SIDE = 256
MOST = 6  # boxes a picture
SMALLEST = 14  # pixels of the longer side of a head below which it is neither demanded nor punished
HEADS = (18, 290)  # pixels of the longer side of a head, evenly in the logarithm
TURN = 35  # degrees either way; every tenth photo any way round, as cats lie


class Photo:
    """A photo at full, half, quarter ... size, and the boxes of the heads in it, n x 4."""

    def __init__(self, pixels, boxes):
        self.boxes = np.array(boxes, np.float32).reshape(-1, 4)
        self.levels = [pixels]
        while min(self.levels[-1].shape[:2]) >= 24:
            h, w = self.levels[-1].shape[:2]
            self.levels.append(cv2.resize(self.levels[-1], ((w + 1) // 2, (h + 1) // 2), interpolation=cv2.INTER_AREA))

    @property
    def size(self):
        h, w = self.levels[0].shape[:2]
        return np.array([w, h], np.float32)


def read_photos(folder, split):
    """Photos with heads and photos without, of one split."""
    cats, others = [], []
    with open(Path(folder) / "heads.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] != split:
                continue
            pixels = read_photo(Path(folder) / row["file"])
            if row["x0"]:
                cats.append(Photo(pixels, [[float(row[k]) for k in ("x0", "y0", "x1", "y1")]]))
            else:
                others.append(Photo(pixels, []))
    return cats, others


class Maker:
    """Makes training pictures, SIDE x SIDE x 3 bytes, with the boxes to find and the boxes to leave alone."""

    def __init__(self, cats, others, seed):
        self.cats, self.others = cats, others
        self.rng = np.random.default_rng(seed)
        self.queue = {"cats": [], "others": []}

    def next(self, kind):
        """Every photo once before any comes again."""
        if not self.queue[kind]:
            self.queue[kind] = list(self.rng.permutation(len(getattr(self, kind))))
        return getattr(self, kind)[self.queue[kind].pop()]

    def chance(self, p):
        return self.rng.random() < p

    def log(self, low, high):
        return math.exp(self.rng.uniform(math.log(low), math.log(high)))

    def picture(self):
        """(pixels, boxes, ignored)."""
        kind = self.rng.random()
        if kind < 0.52:
            pixels, boxes = self.single()
        elif kind < 0.63:
            pixels, boxes = self.pasted()
        elif kind < 0.79:
            pixels, boxes = self.mosaic()
        else:
            pixels, boxes = self.without()
        if self.chance(0.5):
            pixels = np.ascontiguousarray(pixels[:, ::-1])
            boxes = [([SIDE - b[2], b[1], SIDE - b[0], b[3]], seen) for b, seen in boxes]
        good = [b for b, seen in boxes if seen >= 0.5 and max(b[2] - b[0], b[3] - b[1]) >= SMALLEST]
        ignored = [b for b, seen in boxes if not (seen >= 0.5 and max(b[2] - b[0], b[3] - b[1]) >= SMALLEST)]
        return self.damage(pixels), good[:MOST], ignored[:MOST]

    def single(self):
        """One photo of a cat: its head of any size, anywhere, mostly in the frame."""
        photo = self.next("cats")
        box = photo.boxes[0]
        head = max(box[2] - box[0], box[3] - box[1])
        if self.chance(0.3):  # as the photo is
            scale = SIDE / photo.size.max() * self.rng.uniform(0.9, 1.1)
        else:
            scale = min(self.log(*HEADS) / head, 2.6)
        size = photo.size * scale
        middle = (box[:2] + box[2:]) / 2
        if (size <= SIDE).all():
            at = self.rng.uniform(0, 1, 2) * (SIDE - size) if self.chance(0.7) else np.zeros(2)
            target = at + middle * scale
        else:
            reach = np.minimum(head * scale / 2, SIDE * 0.45)
            free = self.rng.uniform(reach * 0.6, SIDE - reach * 0.6, 2)
            edge = np.clip(free, SIDE - (photo.size - middle) * scale, middle * scale)  # no fill where not needed
            target = np.where(self.rng.random(2) < 0.8, edge, free)
        canvas = self.background()
        return canvas, self.paste(canvas, photo, scale, middle, target)

    def pasted(self):
        """One or two small photos of cats on another photo."""
        canvas, boxes = self.background(photo=0.8), []
        halves = [(0, 0, 128, 256), (128, 0, 256, 256)] if self.chance(0.4) else [(0, 0, 256, 256)]
        for x0, y0, x1, y1 in halves:
            photo = self.next("cats")
            box = photo.boxes[0]
            scale = min(self.log(16, 70) / max(box[2] - box[0], box[3] - box[1]), 1.5)
            room = np.maximum(np.array([x1 - x0, y1 - y0]) - photo.size * scale, 0)
            target = np.array([x0, y0]) + self.rng.random(2) * room + photo.size * scale / 2
            part = np.ascontiguousarray(canvas[y0:y1, x0:x1])
            boxes += self.paste(part, photo, scale, photo.size / 2, target - [x0, y0], shift=(x0, y0))
            canvas[y0:y1, x0:x1] = part
        return canvas, boxes

    def mosaic(self):
        """Four photos, three of them or more of cats, each in its corner."""
        canvas, boxes = np.empty((SIDE, SIDE, 3), np.uint8), []
        cx, cy = self.rng.integers(80, SIDE - 80, 2)
        for x0, x1 in ((0, cx), (cx, SIDE)):
            for y0, y1 in ((0, cy), (cy, SIDE)):
                part = np.full((y1 - y0, x1 - x0, 3), self.rng.integers(0, 256), np.uint8)
                photo = self.next("cats" if self.chance(0.75) else "others")
                room = np.array([x1 - x0, y1 - y0])
                scale = (room / photo.size).max() * self.log(0.8, 2.2)
                middle = photo.size / 2
                if len(photo.boxes) and self.chance(0.8):
                    middle = (photo.boxes[0, :2] + photo.boxes[0, 2:]) / 2
                    low, high = room / 2 / scale, photo.size - room / 2 / scale
                    middle = np.clip(middle, np.minimum(low, high), np.maximum(low, high))
                boxes += self.paste(part, photo, scale, middle, room / 2, shift=(x0, y0))
                canvas[y0:y1, x0:x1] = part
        return canvas, boxes

    def without(self):
        """A dog, or a part of a cat's photo that does not show the head."""
        if self.chance(0.35):
            for _ in range(6):
                photo = self.next("cats")
                scale = SIDE / photo.size.min() * self.log(1.0, 3.0)
                middle = self.rng.uniform(SIDE / 2, photo.size * scale - SIDE / 2) / scale
                canvas = self.background()
                boxes = self.paste(canvas, photo, scale, middle, np.full(2, SIDE / 2))
                if all(seen < 0.2 for _, seen in boxes):
                    return canvas, boxes
        photo = self.next("others")
        canvas = self.background()
        scale = SIDE / photo.size.max() * self.log(0.4, 2.6)
        middle = photo.size * self.rng.uniform(0.3, 0.7, 2)
        return canvas, self.paste(canvas, photo, scale, middle, self.rng.uniform(0.35, 0.65, 2) * SIDE)

    def background(self, photo=0.25):
        """Middle grey as around a photo, a colour, noise, or another photo without a cat."""
        kind = self.rng.random()
        if kind < photo:
            other = self.next("others")
            canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
            scale = SIDE / other.size.min() * self.log(1.1, 2.5)
            self.paste(canvas, other, scale, other.size / 2, np.full(2, SIDE / 2), turn=0)
            return canvas
        if kind < photo + 0.4:
            return np.full((SIDE, SIDE, 3), 128, np.uint8)
        canvas = np.broadcast_to(self.rng.integers(0, 256, 3).astype(np.uint8), (SIDE, SIDE, 3)).copy()
        if self.chance(0.4):
            blotches = self.rng.integers(0, 256, (*self.rng.integers(2, 40, 2), 3)).astype(np.uint8)
            canvas = cv2.resize(blotches, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
        return canvas

    def paste(self, canvas, photo, scale, middle, target, shift=(0, 0), turn=TURN):
        """Draws the photo with `middle` (of the photo) at `target` (of the canvas); its boxes and how much is seen."""
        turn = 180 if turn and self.chance(0.1) else turn
        angle = 0.0 if self.chance(0.4) else math.radians(self.rng.uniform(-turn, turn) * self.rng.random() ** 0.5)
        stretch = self.log(0.85, 1.18)
        cos, sin = math.cos(angle), math.sin(angle)
        turned = np.array([[cos, -sin], [sin, cos]]) @ np.diag([scale * stretch**0.5, scale / stretch**0.5])
        level = int(np.clip(round(math.log2(1 / scale) + self.rng.uniform(-0.6, 0.35)), 0, len(photo.levels) - 1))
        source = photo.levels[level]
        ratio = photo.size / np.array(source.shape[1::-1])  # pixels of the photo a pixel of this level
        matrix = turned @ np.diag(ratio)
        # Edges count from 0 here, the middles of pixels in OpenCV.
        offset = target - turned @ middle + matrix @ [0.5, 0.5] - 0.5
        flags = cv2.INTER_CUBIC if self.chance(0.2) else cv2.INTER_LINEAR
        size = np.array(canvas.shape[1::-1])
        if self.chance(0.3):
            source = cv2.LUT(source, self.table(0.25))
        cv2.warpAffine(source, np.column_stack([matrix, offset]), tuple(map(int, size)), dst=canvas, flags=flags,
                       borderMode=cv2.BORDER_TRANSPARENT)
        boxes = []
        for x0, y0, x1, y1 in photo.boxes:
            centre = turned @ (np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - middle) + target
            a, b = abs(turned * [(x1 - x0) / 2, (y1 - y0) / 2]).T
            half = 0.7 * np.hypot(a, b) + 0.3 * (a + b)  # between the ellipse in the box and its corners
            low, high = np.clip(centre - half, 0, size), np.clip(centre + half, 0, size)
            seen = np.prod(high - low) / np.prod(2 * half)
            if seen > 0.02:
                boxes.append(([*(low + shift), *(high + shift)], seen))
        return boxes

    def table(self, strength):
        """For each colour a table of brightness, contrast and gamma."""
        x = np.arange(256, dtype=np.float32) / 255
        columns = []
        gamma, gain = self.log(0.65, 1.6) ** (strength * 2), self.rng.uniform(1 - strength, 1 + strength)
        lift = self.rng.uniform(-0.25, 0.25) * strength
        for _ in range(3):
            tint = self.rng.uniform(1 - strength / 3, 1 + strength / 3)
            columns.append((x**gamma - 0.5) * gain * tint + 0.5 + lift)
        return (np.clip(np.stack(columns, 1), 0, 1) * 255 + 0.5).astype(np.uint8)[None]

    def damage(self, pixels):
        """Colours, dusk, grey, blur, blocks of JPEG, noise, things in front."""
        if self.chance(0.12):
            for _ in range(self.rng.integers(1, 4)):
                w, h = self.rng.integers(6, 50, 2)
                x, y = self.rng.integers(0, SIDE - 6, 2)
                pixels[y : y + h, x : x + w] = self.rng.integers(0, 256, 3)
        if self.chance(0.7):
            pixels = cv2.LUT(pixels, self.table(0.45))
        if self.chance(0.08):
            dusk = (np.arange(256) / 255) ** self.log(0.8, 2) * self.log(0.2, 0.8) * 255
            pixels = cv2.LUT(pixels, dusk.astype(np.uint8))
        if self.chance(0.35):  # saturation, none at all for every fifth; now and then the colours change places
            keep = 0 if self.chance(0.2) else self.rng.uniform(0.3, 1.6)
            grey = np.full((3, 3), [0.3, 0.59, 0.11])
            hue = np.eye(3) + self.rng.normal(0, 0.06, (3, 3))
            pixels = cv2.transform(pixels, (keep * hue + (1 - keep) * grey).astype(np.float32))
        if self.chance(0.15):
            pixels = cv2.GaussianBlur(pixels, (0, 0), self.log(0.4, 2.0))
        if self.chance(0.12):
            noise = self.rng.normal(0, self.log(2, 18), (SIDE, SIDE, 1 if self.chance(0.5) else 3))
            pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
        if self.chance(0.35):
            quality = int(self.rng.integers(25, 92))
            packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR)
        return pixels
