"""The sharpening network of a short run, its last layer drawn anew, in three programs: ours, PyTorch (sharpen.py) and an
exported page in headless Chromium give the same sharpened pictures within 1/255, for networks of each factor. Prints the
page's time.

    python tests/reference/sharpen_page.py WORK_FOLDER
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import safetensors_file
from formats_common import program, purrtrait
from PIL import Image
from playwright.sync_api import sync_playwright
from sharpen import Network, lanczos

SHARPEN = """async (rows) => {
  const pictures = [];
  const began = performance.now();
  for (const row of rows) pictures.push(Array.from(await window.purrtrait.sharpen(row)));
  return { pictures, each: (performance.now() - began) / rows.length };
}"""
COUNT = 2


def with_strong_details(path):
    """Draws the last layer's weights: after a few steps they are still next to zero, and would show nothing."""
    tensors, metadata = safetensors_file.read(path)
    shape = tensors["tail.weight"].shape
    tensors["tail.weight"] = numpy.random.default_rng(5).normal(0, 0.03, shape).astype(numpy.float32)
    safetensors_file.write(path, tensors, metadata)


def await_side(page, side):
    """Until the picture on show has this side."""
    for _ in range(600):
        if page.evaluate("document.getElementById('picture').width") == side:
            return
        page.wait_for_timeout(100)
    sys.exit(f"the picture never had {side} px")


work = Path(sys.argv[1])
chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Drawn cats have pixels enough for 8 times 32 px, for 4 times 128 and for twice 256.
SIZES = {32: 8, 128: 4, 256: 2}
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    for size, factor in SIZES.items():
        folder = work / f"sharpen-{size}"
        run = folder / "run"
        folder.mkdir(parents=True, exist_ok=True)
        command = [program(), "train", "demo", "--preset", "quick-32", "--size", str(size), "--demo-count", "40"]
        command += "--g-width 4 --d-width 4 --latent-size 8 --batch 4 --steps 3 --device cpu --measure-every 0".split()
        subprocess.run([*command, "--out", str(run)], check=True, capture_output=True)
        report = purrtrait("sharpen", run, "--steps", 8, "--device", "cpu")
        assert report["to"] == size * factor, report
        with_strong_details(run / "sharpen.safetensors")
        z = numpy.random.default_rng(3).standard_normal((COUNT, 8)).astype(numpy.float32)
        (folder / "latents.json").write_text(json.dumps([[float(v) for v in row] for row in z]))
        common = ["generate", run, "--latents", folder / "latents.json", "--device", "cpu", "--out"]
        small, large = purrtrait(*common, folder / "small"), purrtrait(*common, folder / "large", "--sharpen")
        small, large = ([numpy.asarray(Image.open(file)) for file in made["files"]] for made in (small, large))
        network = Network(run / "sharpen.safetensors")
        plain = max(numpy.abs(large[i].astype(int) - lanczos(small[i], factor)).max() for i in range(COUNT))
        assert plain > 8, "the network does nothing, so the comparison shows nothing"
        theirs = [network.enlarge(picture) for picture in small]
        purrtrait("export", run, "--format", "html", "--out", folder / "page.html")
        page = browser.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((folder / "page.html").resolve().as_uri())
        seen = page.evaluate(SHARPEN, [(picture.astype(float) / 127.5 - 1).ravel().tolist() for picture in small])
        pictures = [numpy.asarray(values).reshape(large[0].shape) for values in seen["pictures"]]
        worst = [max(numpy.abs(a.astype(int) - b).max() for a, b in zip(large, other)) for other in (theirs, pictures)]
        print(
            f"{size} px to {size * factor} px: largest difference {worst[0]}/255 from PyTorch, {worst[1]}/255 from the "
            f"page, {seen['each']:.0f} ms for a picture there; from Lanczos {plain}/255",
            flush=True,
        )
        assert max(worst) <= 1 and not errors, (worst, errors)
        # The box turns it on: the picture on show becomes larger.
        if not page.is_checked("#sharpen"):
            page.check("#sharpen")
        await_side(page, size * factor)
        page.uncheck("#sharpen")
        await_side(page, size)
        page.close()
    browser.close()
