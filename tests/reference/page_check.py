"""Exported HTML pages in headless Chromium, opened from disk, give the program's own pictures within 1/255; dragging on
the pad changes the picture; nothing is asked of a network. Prints the time of a picture.

    python tests/reference/page_check.py WORK_FOLDER
"""

import shutil
import sys
from pathlib import Path

import numpy
from formats_common import ARCHITECTURES, compare, latents, make_model, own_pictures, purrtrait
from playwright.sync_api import sync_playwright

RENDER = """async (rows) => {
  const pictures = [];
  for (const z of rows) pictures.push(Array.from(await window.purrtrait.render(z)));
  return pictures;
}"""
MEDIAN = """async (rows) => {
  const times = [];
  for (const z of rows) times.push(await window.purrtrait.time(z));
  return times.sort((a, b) => a - b)[times.length >> 1];
}"""

work = Path(sys.argv[1])
chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    for name in ARCHITECTURES:
        folder = work / name
        _, model = make_model(name, folder)
        z = latents(name)
        own = own_pictures(model, z, folder)
        out = folder / "exported.html"
        out.unlink(missing_ok=True)
        purrtrait("export", model, "--format", "html", "--out", out)
        page = browser.new_page(viewport={"width": 1000, "height": 720}, color_scheme="dark")
        asked, errors = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(out.resolve().as_uri())
        side = own.shape[1]
        values = []
        for part in numpy.split(z, 16):
            values += page.evaluate(RENDER, part.tolist())
        values = numpy.asarray(values).reshape(len(z), side, side, 3).transpose(0, 3, 1, 2)
        compare(name, own, values)
        # The map behind the pad is filled before the clock starts.
        page.wait_for_timeout(2000)
        print(f"{'':20} {page.evaluate(MEDIAN, z[:15].tolist()):.1f} ms for a picture", flush=True)
        picture = "document.getElementById('picture').toDataURL()"
        before = page.evaluate(picture)
        box = page.locator("#pad").bounding_box()
        page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.2 * box["height"], steps=8)
        page.mouse.up()
        page.wait_for_timeout(1500)
        dragged = page.evaluate(picture)
        assert dragged != before, "dragging did not change the picture"
        page.locator("#pad").press("ArrowRight")
        page.wait_for_timeout(1500)
        assert page.evaluate(picture) != dragged, "an arrow key did not change the picture"
        page.screenshot(path=str(folder / "page.png"))
        elsewhere = [url for url in asked if not url.startswith(("file:", "blob:", "data:"))]
        assert not elsewhere and not errors, (elsewhere, errors)
        page.close()
    browser.close()
print(f"page: {len(ARCHITECTURES)} architectures agree")
