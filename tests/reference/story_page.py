"""The story of a short run in headless Chromium, opened from disk: the slider changes the picture, the keyboard the cat, a
drag over the map of latents both, a name
that looks like markup stays a name, and nothing is asked of a network.

    python tests/reference/story_page.py WORK_FOLDER
"""

import shutil
import subprocess
import sys
from pathlib import Path

from formats_common import program, purrtrait
from playwright.sync_api import sync_playwright

PIXELS = "() => document.getElementById('picture').toDataURL()"
MOVE = """(to) => {
  const slider = document.getElementById('time');
  slider.value = to;
  slider.dispatchEvent(new Event('input'));
}"""
NAME = "</script><img src=x onerror=document.title='caught'>"

work = Path(sys.argv[1]) / "story"
work.mkdir(parents=True, exist_ok=True)
run, out = work / "run", work / "story.html"
if not run.exists():
    settings = "--preset quick-32 --demo-count 64 --batch 8 --steps 40 --sample-every 10 --measure-every 0 --device cpu"
    subprocess.run([program(), "train", "demo", *settings.split(), "--out", run], check=True, capture_output=True)
purrtrait("runs", "describe", run, "--name", NAME)
out.unlink(missing_ok=True)
purrtrait("story", run, "--out", out)
chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(out.resolve().as_uri())
    page.wait_for_function("() => document.getElementById('picture').getContext('2d').getImageData(240, 240, 1, 1).data[3] > 0")
    assert page.text_content("h1") == NAME and page.title() == f"{NAME} · Purrtrait", page.title()
    last = page.evaluate(PIXELS)
    page.evaluate(MOVE, 0)
    first = page.evaluate(PIXELS)
    page.focus("#pad")
    page.keyboard.press("ArrowRight")
    other = page.evaluate(PIXELS)
    assert len({first, last, other}) == 3, "time and cat change the picture"
    assert page.get_attribute("#pad", "aria-valuetext") == "cat 2 of 36"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the edge of a phone"
    page.click("#of-map")
    middle = page.evaluate(PIXELS)
    assert page.get_attribute("#pad", "aria-valuetext") == "cat 85 of 169"
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"], steps=4)
    page.mouse.up()
    assert page.evaluate(PIXELS) != middle, "a drag over the map changes the picture"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "the map hangs over the edge of a phone"
    page.click("#of-samples")
    assert page.get_attribute("#pad", "aria-valuetext") == "cat 2 of 36", "the samples are where they were left"
    page.evaluate(MOVE, 0)
    page.click("#play")
    page.wait_for_function("() => Number(document.getElementById('time').value) > 0")
    requests = [url for url in asked if not url.startswith(("file:", "data:"))]
    assert not errors and not requests, (errors, requests)
    browser.close()
print("story page: time, cats, map, keyboard and name; no network")
