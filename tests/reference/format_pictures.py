"""Makes tests/data/pictures: small HEIC, AVIF and JPEG XL files, and what other decoders make of them.

    apt-get install libheif-examples libavif-bin libjxl-tools libimage-exiftool-perl; pip install pillow numpy
    python tests/reference/format_pictures.py
    python tests/reference/format_pictures.py PHOTO... --out FOLDER

The second form makes files as phones write them of photos, with the same kind of PNG beside each, for the test
`a_folder_of_pictures_is_what_other_decoders_show`.

The picture is drawn here: four quarters, each with a slope of its own, so that every turn and mirror shows. HEIC files
are put together from pictures coded by heif-enc, because that writes neither grids nor turns. The PNG beside a file is
decoded by heif-convert (libheif), avifdec (libavif) or djxl (libjxl), colours are converted to sRGB by LittleCMS, and
transparent pixels lie on the background that the tests use.
"""

import argparse
import io
import pathlib
import struct
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageCms, ImageOps

OUT = pathlib.Path(__file__).parents[1] / "data" / "pictures"
BACKGROUND = (10, 200, 90)
WIDTH, HEIGHT = 96, 64


def drawing(width=WIDTH, height=HEIGHT, depth=8):
    """RGB in 0..1: red, green, blue and yellow quarters with slopes."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    x, y = (x + 0.5) / width, (y + 0.5) / height
    quarters = np.array([[(0.8, 0.2, 0.2), (0.25, 0.7, 0.25)], [(0.2, 0.25, 0.75), (0.75, 0.75, 0.25)]])
    rgb = quarters[(y >= 0.5).astype(int), (x >= 0.5).astype(int)]
    slope = 0.2 * np.stack([x - 0.5, y - 0.5, 0.5 - x], axis=-1)
    return np.clip(rgb + slope, 0, 1)


def soft(rgb):
    """Colours that a profile does not move so far that a rounded step becomes several."""
    return 0.5 + 0.5 * (rgb - 0.5)


def to_png(path, rgb, alpha=None, deep=False):
    """Writes 8 or 16 bits a channel; Pillow knows no 16-bit colour, so the file is written here."""
    import zlib

    pixels = rgb if alpha is None else np.concatenate([rgb, alpha[..., None]], axis=-1)
    kind = ">u2" if deep else "u1"
    pixels = np.round(pixels * (65535 if deep else 255)).astype(kind)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 16 if deep else 8, 6 if alpha is not None else 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def run(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


# --- colour profiles


def profile(primaries, gamma=None):
    """A matrix profile: primaries as xy, white D65, one gamma or the curve of sRGB."""
    def xyz(x, y):
        return np.array([x / y, 1, (1 - x - y) / y])

    white = xyz(0.3127, 0.3290)
    matrix = np.stack([xyz(*p) for p in primaries], axis=1)
    matrix = matrix * np.linalg.solve(matrix, white)
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1.0, 0.8249])
    adapt = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ white)) @ bradford
    matrix = adapt @ matrix

    def s15(values):
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    xyz_tag = lambda v: b"XYZ \0\0\0\0" + s15(v)
    if gamma:
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    else:
        curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + s15([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78)
    tags = [(b"desc", text), (b"cprt", b"text\0\0\0\0none"), (b"wtpt", xyz_tag(d50)), (b"rXYZ", xyz_tag(matrix[:, 0])),
            (b"gXYZ", xyz_tag(matrix[:, 1])), (b"bXYZ", xyz_tag(matrix[:, 2])), (b"rTRC", curve), (b"gTRC", curve), (b"bTRC", curve)]
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags:
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + s15(d50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


P3_PRIMARIES = [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)]
DISPLAY_P3 = profile(P3_PRIMARIES, 2.2)
DISPLAY_P3_SRGB_CURVE = profile(P3_PRIMARIES)
ADOBE_RGB = profile([(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)], 2.2)


def to_srgb(image, icc):
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), renderingIntent=1, outputMode="RGB")


# --- HEIF files from their parts


def box(name, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, name) + body


def children(data):
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8:at + size]
        at += size


def find(data, *names):
    for name in names:
        data = next(body for found, body in children(data) if found == name)
        if name == b"meta":
            data = data[4:]
    return data


def coded(png, *options):
    """hvcC and the coded bytes of a picture (the first item's, for heif-enc writes that first)."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "a.heic"
        run("heif-enc", "-q", "60", *options, "-o", path, png)
        data = path.read_bytes()
    iloc = find(data, b"meta", b"iloc")
    assert iloc[0] == 0 and iloc[4] == 0x44, iloc[:8]
    assert iloc[5] == 0x40, iloc[:8]
    base, _, offset, length = struct.unpack_from(">IHII", iloc, 12)
    offset += base
    return find(data, b"meta", b"iprp", b"ipco", b"hvcC"), data[offset:offset + length]


def heif(items, primary, references=(), brand=b"heic"):
    """Items: (id, kind, data, [property boxes]); references: (kind, from, [to])."""
    properties, owners, entries = [], b"", b""
    for number, kind, _, own in items:
        for one in own:
            if one not in properties:
                properties.append(one)
        owners += struct.pack(">HB", number, len(own)) + bytes(properties.index(one) + 1 for one in own)
        # Hidden: all but the primary picture are parts of it.
        entries += box(b"infe", bytes([2, 0, 0, number != primary]), struct.pack(">HH4s", number, 0, kind), b"\0")
    ipma = box(b"ipma", bytes(4), struct.pack(">I", len(items)), owners)
    iinf = box(b"iinf", bytes(4), struct.pack(">H", len(items)), entries)
    size = 2 if references else 0
    iref = box(b"iref", bytes(4), *[box(kind, struct.pack(f">HH{len(to)}H", source, len(to), *to)) for kind, source, to in references]) if size else b""
    hdlr = box(b"hdlr", bytes(8), b"pict", bytes(13))
    ftyp = box(b"ftyp", brand, bytes(4), b"mif1", brand)

    def meta(start):
        iloc, at = b"", start
        for number, _, data, _ in items:
            iloc += struct.pack(">HHHII", number, 0, 1, at, len(data))
            at += len(data)
        iloc = box(b"iloc", bytes(4), bytes([0x44, 0]), struct.pack(">H", len(items)), iloc)
        return box(b"meta", bytes(4), hdlr, box(b"pitm", bytes(4), struct.pack(">H", primary)), iinf, iref, box(b"iprp", box(b"ipco", *properties), ipma), iloc)

    start = len(ftyp) + len(meta(0)) + 8
    return ftyp + meta(start) + box(b"mdat", *[data for _, _, data, _ in items])


def ispe(width, height):
    return box(b"ispe", bytes(4), struct.pack(">II", width, height))


def exif(orientation):
    return struct.pack(">I", 0) + b"MM\0\x2a" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


IROT = lambda quarters: box(b"irot", bytes([quarters]))
IMIR = lambda axis: box(b"imir", bytes([axis]))
CLAP = lambda w, h, x, y: box(b"clap", struct.pack(">iIiIiIiI", w, 1, h, 1, x, 1, y, 1))
ICC = lambda data: box(b"colr", b"prof", data)
NCLX = lambda p, t, m, full: box(b"colr", b"nclx", struct.pack(">HHHB", p, t, m, full << 7))
SRGB = NCLX(1, 13, 6, 1)
ALPHA = box(b"auxC", bytes(4), b"urn:mpeg:hevc:2015:auxid:1\0")


def decoded(path, tool="heif-convert"):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "a.png"
        run(tool, path, out)
        return Image.open(out).copy()


def keep(name, image):
    """The reference of a file: RGB on the background."""
    if image.mode == "I;16" or image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype("u1"))
    image = image.convert("RGBA")
    on = Image.new("RGBA", image.size, (*BACKGROUND, 255))
    on.alpha_composite(image)
    on.convert("RGB").save(OUT / f"{name}.png", optimize=True)


def make_heic(folder):
    flat = folder / "flat.png"
    to_png(flat, drawing())
    deep = folder / "deep.png"
    to_png(deep, drawing(), deep=True)
    config, data = coded(flat)
    whole = lambda *properties: [(1, b"hvc1", data, [box(b"hvcC", config), ispe(WIDTH, HEIGHT), SRGB, *properties])]
    files = {
        "plain.heic": heif(whole(), 1),
        "rot90.heic": heif(whole(IROT(1)), 1),
        "rot180.heic": heif(whole(IROT(2)), 1),
        "rot270.heic": heif(whole(IROT(3)), 1),
        "mirror.heic": heif(whole(IMIR(1)), 1),
        "clap-rot-mirror.heic": heif(whole(CLAP(60, 40, 6, -4), IROT(1), IMIR(0)), 1),
        "rot90-exif.heic": heif(whole(IROT(1)) + [(2, b"Exif", exif(6), [])], 1, [(b"cdsc", 2, [1])]),
        "exif-only.heic": heif(whole() + [(2, b"Exif", exif(6), [])], 1, [(b"cdsc", 2, [1])]),
        "identity.heic": heif(whole(IROT(1)) + [(2, b"iden", b"", [ispe(HEIGHT, WIDTH), IROT(1)])], 2, [(b"dimg", 2, [1])]),
    }
    ten, ten_data = coded(deep, "-b", "10")
    files["ten-bit.heic"] = heif([(1, b"hvc1", ten_data, [box(b"hvcC", ten), ispe(WIDTH, HEIGHT), SRGB])], 1)
    pale = folder / "pale.png"
    to_png(pale, soft(drawing()))
    p3, p3_data = coded(pale, "-p", "chroma=444")
    files["p3.heic"] = heif([(1, b"hvc1", p3_data, [box(b"hvcC", p3), ispe(WIDTH, HEIGHT), SRGB, ICC(DISPLAY_P3)])], 1)
    # A grid of 2 x 2 tiles of 64 x 64 that reaches over the picture's right and lower side.
    width, height, tiles = 112, 80, []
    big = drawing(width, height)
    padded = np.pad(soft(big), ((0, 128 - height), (0, 128 - width), (0, 0)), mode="edge")
    for i in range(4):
        tile = folder / f"tile{i}.png"
        y, x = i // 2 * 64, i % 2 * 64
        to_png(tile, padded[y:y + 64, x:x + 64])
        config, data = coded(tile)
        tiles.append((i + 2, b"hvc1", data, [box(b"hvcC", config), ispe(64, 64), SRGB]))
    grid = (1, b"grid", struct.pack(">BBBBHH", 0, 0, 1, 1, width, height), [ispe(width, height), IROT(3), ICC(DISPLAY_P3)])
    files["grid-rot270-p3.heic"] = heif([grid, *tiles], 1, [(b"dimg", 1, [2, 3, 4, 5])])
    # Opacity from left to right, as a grey picture of its own.
    slope = np.broadcast_to(np.linspace(0, 1, WIDTH)[None, :, None], (HEIGHT, WIDTH, 3))
    opacity = folder / "opacity.png"
    to_png(opacity, slope)
    config, data = coded(flat)
    alpha, alpha_data = coded(opacity, "-p", "chroma=444")
    aux = (2, b"hvc1", alpha_data, [box(b"hvcC", alpha), ispe(WIDTH, HEIGHT), ALPHA, NCLX(2, 2, 2, 1)])
    files["alpha.heic"] = heif(whole() + [aux], 1, [(b"auxl", 2, [1])])
    for name, data in files.items():
        (OUT / name).write_bytes(data)
        image = decoded(OUT / name)
        if name == "exif-only.heic":
            # libheif leaves EXIF to others.
            image = image.transpose(Image.Transpose.ROTATE_270)
        keep(name, to_srgb(image.convert("RGB"), DISPLAY_P3) if "p3" in name else image)


def make_large(folder):
    """200 megapixels in nine kilobytes: a grid of 32 x 24 tiles, each the same one."""
    tile = folder / "tile.png"
    to_png(tile, drawing(512, 512))
    config, data = coded(tile)
    grid = (1, b"grid", struct.pack(">BBBBHH", 0, 0, 23, 31, 32 * 512, 24 * 512), [ispe(32 * 512, 24 * 512)])
    items = [grid, (2, b"hvc1", data, [box(b"hvcC", config), ispe(512, 512), SRGB])]
    path = OUT / "large" / "200-megapixels.heic"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(heif(items, 1, [(b"dimg", 1, [2] * 768)]))


def make_avif(folder):
    flat, deep, clear, pale = [folder / f"{name}.png" for name in ["flat", "deep", "clear", "pale"]]
    to_png(clear, drawing(), alpha=np.broadcast_to(np.linspace(0, 1, WIDTH), (HEIGHT, WIDTH)))
    p3 = folder / "p3.icc"
    p3.write_bytes(DISPLAY_P3)
    tiles = []
    # The edges of the quarters do not lie on those of the tiles, which libavif blends and this program does not.
    padded = drawing(160, 160)
    for i in range(4):
        tiles.append(folder / f"tile{i}.png")
        to_png(tiles[-1], padded[i // 2 * 64:i // 2 * 64 + 64, i % 2 * 64:i % 2 * 64 + 64])
    quality = ["--min", "10", "--max", "20", "--minalpha", "0", "--maxalpha", "5"]
    for name, options, inputs in [
        ("plain", ["-y", "420"], [flat]),
        ("full-444", ["-y", "444"], [flat]),
        ("limited-422", ["-y", "422", "-r", "limited", "--cicp", "1/13/6"], [flat]),
        ("grey", ["-y", "400"], [flat]),
        ("ten-bit", ["-d", "10"], [deep]),
        ("twelve-bit", ["-d", "12", "-y", "420"], [deep]),
        ("rgb-lossless", ["-l"], [flat]),
        ("rot90", ["--irot", "1", "-y", "444"], [flat]),
        ("rot180", ["--irot", "2", "-y", "444"], [flat]),
        ("rot270-mirror", ["--irot", "3", "--imir", "1", "-y", "444"], [flat]),
        ("mirror", ["--imir", "0", "-y", "444"], [flat]),
        ("clap", ["--clap", "60,1,40,1,6,1,-4,1", "-y", "444"], [flat]),
        ("grid", ["--grid", "2x2", "-y", "420"], tiles),
        ("alpha", ["-y", "444"], [clear]),
        ("alpha-prem", ["-y", "444", "-p"], [clear]),
        ("p3", ["--icc", p3, "-y", "444"], [pale]),
        ("p3-numbers", ["--cicp", "12/13/6", "-y", "444"], [pale]),
    ]:
        path = OUT / f"{name}.avif"
        run("avifenc", *quality, *options, *inputs, path)
        # avifdec leaves turns and clean apertures to others.
        moved = any(option in options for option in ["--irot", "--imir", "--clap"])
        image = decoded(path, "heif-convert" if moved else "avifdec")
        profile = DISPLAY_P3 if name == "p3" else DISPLAY_P3_SRGB_CURVE
        keep(path.name, to_srgb(image.convert("RGB"), profile) if "p3" in name else image)


def make_jxl(folder):
    flat, deep, clear, pale = [folder / f"{name}.png" for name in ["flat", "deep", "clear", "pale"]]
    p3, grey, jpeg = folder / "p3.png", folder / "grey.png", folder / "turned.jpg"
    Image.open(pale).save(p3, icc_profile=DISPLAY_P3)
    Image.open(flat).convert("L").save(grey)
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.open(flat).save(jpeg, quality=90, exif=turned)
    for name, options, source in [
        ("lossy", ["-d", "1"], flat),
        ("lossless", ["-d", "0"], flat),
        ("modular", ["-d", "1.5", "-m", "1"], flat),
        ("deep", ["-d", "0"], deep),
        ("grey", ["-d", "0"], grey),
        ("alpha", ["-d", "0"], clear),
        ("turned-jpeg", ["--lossless_jpeg=1"], jpeg),
        ("p3", ["-d", "0"], p3),
        ("p3-lossy", ["-d", "0.5"], p3),
    ]:
        path = OUT / f"{name}.jxl"
        run("cjxl", *options, source, path)
        image = decoded(path, "djxl")
        profile = image.info.get("icc_profile")
        keep(path.name, to_srgb(image.convert("RGB"), profile) if "p3" in name else image)


def make_profiles(folder):
    """Pictures of the common formats with profiles of their own."""
    image = Image.open(folder / "pale.png")
    for name, profile, options in [("adobe.jpg", ADOBE_RGB, {"quality": 95, "subsampling": 0}), ("p3.png", DISPLAY_P3, {}),
                                   ("adobe.webp", ADOBE_RGB, {"lossless": True}), ("p3.tif", DISPLAY_P3, {})]:
        path = OUT / f"profile-{name}"
        image.save(path, icc_profile=profile, **options)
        keep(path.name, to_srgb(Image.open(path).convert("RGB"), profile))


def make_photos(photos, out):
    """48 photos side by side, 12 megapixels: as an iPhone writes them (tiles of 512 x 512, 8 bits, 4:2:0), and a quarter of
    that in one piece with 10 bits, as AVIF and as JPEG XL."""
    out.mkdir(parents=True, exist_ok=True)
    whole = Image.new("RGB", (8 * 504, 6 * 504))
    for i, photo in enumerate(photos[:48]):
        whole.paste(ImageOps.fit(Image.open(photo).convert("RGB"), (504, 504)), (i % 8 * 504, i // 8 * 504))
    padded = np.pad(np.asarray(whole), ((0, -whole.height % 512), (0, -whole.width % 512), (0, 0)), mode="edge")
    tiles = []
    with tempfile.TemporaryDirectory() as folder:
        tile, small, deep = [pathlib.Path(folder) / name for name in ["tile.png", "small.png", "deep.png"]]
        for i in range(6 * 8):
            y, x = i // 8 * 512, i % 8 * 512
            Image.fromarray(padded[y:y + 512, x:x + 512]).save(tile, compress_level=1)
            config, data = coded(tile)
            tiles.append((i + 2, b"hvc1", data, [box(b"hvcC", config), ispe(512, 512), SRGB]))
        size = whole.size
        grid = (1, b"grid", struct.pack(">BBBBHH", 0, 0, 5, 7, *size), [ispe(*size), IROT(3), SRGB])
        (out / "grid.heic").write_bytes(heif([grid, *tiles], 1, [(b"dimg", 1, list(range(2, 50)))]))
        quarter = whole.crop((0, 0, 2016, 1512))
        quarter.save(small)
        to_png(deep, np.asarray(quarter) / 255, deep=True)
        run("heif-enc", "-q", "60", "-b", "10", "-o", out / "deep.heic", deep)
        run("avifenc", "-s", "9", "--min", "15", "--max", "25", "-y", "420", small, out / "photo.avif")
        run("cjxl", "-d", "1", "-e", "4", small, out / "photo.jxl")
    for name, tool in [("grid.heic", "heif-convert"), ("deep.heic", "heif-convert"), ("photo.avif", "avifdec"), ("photo.jxl", "djxl")]:
        reference = decoded(out / name, tool)
        reference.convert("RGB").save(out / f"{name}.png", compress_level=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    if options.photos:
        make_photos(options.photos, options.out)
        return
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_heic(folder)
        make_large(folder)
        make_avif(folder)
        make_jxl(folder)
        make_profiles(folder)


if __name__ == "__main__":
    main()
