"""The whole journey with a real pointer and a real keyboard in a real window: own photos by a typed path, the recommended
recipe, training, a favourite, "Find my cat", "Put my cat in", a film, closing, opening again, everything there.

    sudo apt install xvfb openbox xdotool imagemagick ffmpeg at-spi2-core gir1.2-atspi-2.0 python3-gi dbus-x11
    tests/reference/hands.py PHOTOS CAT.jpg OUT [--keyboard] [--program target/release/purrtrait] [--patience 1]

Runs with the system's python3. Controls are found by the names that a screen reader reads, so the journey is one that somebody
can make who does not see the window; what has no name cannot be found, and fails. With --keyboard nothing is clicked: each
control is reached by Tab, and pressed by Space. Screenshots of each step are written into OUT, and what each took. The window
has its own display, its own bus and its own home folder, OUT/home. --patience lengthens all waits on a busy machine.

With a pointer, the pad is dragged for five seconds while the run trains, and an independent eye counts the pictures: ffmpeg,
which takes 60 pictures a second of a part of the screen. Fewer than 20 different ones a second fail; without a graphics card it
is the drawing of the window that limits them.
"""

import argparse
import math
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("photos", type=Path)
parser.add_argument("cat", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--keyboard", action="store_true")
parser.add_argument("--program", type=Path, default=Path("target/release/purrtrait"))
parser.add_argument("--patience", type=float, default=1)
parser.add_argument("--size", default="1280x800")
parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
options = parser.parse_args()
OUT = options.out.resolve()


def outside():
    """Starts this script once more on a bus and a display of its own."""
    OUT.mkdir(parents=True, exist_ok=True)
    home = OUT / "home"
    home.mkdir(exist_ok=True)
    here = {**os.environ, "XDG_RUNTIME_DIR": str(home), "HOME": str(home), "PURRTRAIT_HOME": str(home / "purrtrait")}
    command = ["xvfb-run", "-a", "-s", f"-screen 0 {options.size}x24", "dbus-run-session", "--", sys.executable, __file__]
    sys.exit(subprocess.run([*command, *sys.argv[1:], "--inside"], env=here).returncode)


class Window:
    """The program, seen through the tree that screen readers get."""

    def __init__(self):
        self.process = subprocess.Popen([options.program.resolve()], stderr=open(OUT / "window.log", "a"))
        self.name = options.program.name

    def controls(self):
        """`(node, role, name)` of everything in the window, in reading order."""
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            program = desktop.get_child_at_index(i)
            if program is not None and program.get_process_id() == self.process.pid:
                yield from self.below(program)

    def below(self, node):
        yield node, node.get_role_name(), node.get_name() or ""
        for i in range(node.get_child_count()):
            child = node.get_child_at_index(i)
            if child is not None:
                yield from self.below(child)

    def find(self, name, enabled=False):
        """The first control whose name is this, or begins with it where it ends in `...`; with `enabled` one to be pressed."""
        try:
            for node, role, own in self.controls():
                fits = own.startswith(name[:-3]) if name.endswith("...") else own == name
                if fits and (not enabled or role != "label" and node.get_state_set().contains(Atspi.StateType.ENABLED)):
                    return node, role, own
        except gi.repository.GLib.Error:
            # It changed meanwhile.
            pass
        return None

    def wait(self, name, seconds=30, enabled=False):
        began = time.time()
        while time.time() - began < seconds * options.patience:
            if self.process.poll() is not None:
                fail(f"the program ended ({self.process.returncode}) before {name!r} was there")
            if found := self.find(name, enabled):
                return found
            time.sleep(0.2)
        names = [own for _, _, own in self.controls() if own]
        return fail(f"{name!r} is not there after {seconds * options.patience:.0f} s; there are {names}")

    def press(self, name, seconds=30):
        self.wait(name, seconds, enabled=True)
        if options.keyboard:
            self.reach(name)
            return keys("space")
        x, y = self.rest(name)
        run("xdotool", "mousemove", x, y)
        time.sleep(0.3)
        run("xdotool", "mousedown", 1)
        time.sleep(0.2)
        run("xdotool", "mouseup", 1)

    def rest(self, name):
        """The middle of the control once it no longer moves: a dialog finds its size in its first frames."""
        before = None
        while True:
            node, _, _ = self.wait(name, 10, enabled=True)
            box = node.get_extents(Atspi.CoordType.SCREEN)
            place = (box.x + box.width // 2, box.y + box.height // 2)
            if place == before:
                return place
            before = place
            time.sleep(0.4 * options.patience)

    def reach(self, name):
        """Presses Tab until this control has the focus."""
        passed = []
        for _ in range(250):
            began = time.time()
            focused = None
            while focused is None and time.time() - began < 5 * options.patience:
                focused = self.focused()
            if focused and (focused == name or (name.endswith("...") and focused.startswith(name[:-3]))):
                return
            passed.append(focused)
            keys("Tab")
            # The next frame.
            while self.focused() == focused and time.time() - began < 5 * options.patience:
                time.sleep(0.05)
        fail(f"{name!r} is not reached by Tab; passed were {passed}")

    def focused(self):
        try:
            for node, role, own in self.controls():
                if role != "frame" and node.get_state_set().contains(Atspi.StateType.FOCUSED):
                    return own
        except gi.repository.GLib.Error:
            pass
        return None

    def type(self, name, text):
        """Writes into a field, in place of what is there."""
        self.wait(name)
        if options.keyboard:
            self.reach(name)
        else:
            # The first click into a window may only raise it, as with some window managers.
            for _ in range(3):
                self.press(name)
                began = time.time()
                while self.focused() != name and time.time() - began < 4 * options.patience:
                    time.sleep(0.1)
                if self.focused() == name:
                    break
            else:
                fail(f"{name!r} does not get the focus")
        keys("ctrl+a")
        run("xdotool", "type", "--delay", 15, str(text))
        time.sleep(0.5 * options.patience)

    def dragged(self, seconds):
        """Drags the explorer's pad in circles. Returns how many different pictures a second were seen meanwhile."""
        picture, _, _ = self.wait("Current picture", 10)
        box = picture.get_extents(Atspi.CoordType.SCREEN)
        # The middle of it: nothing else is ever drawn there.
        side = min(box.width, box.height) // 3 // 2 * 2
        corner = f"{box.x + (box.width - side) // 2},{box.y + (box.height - side) // 2}"
        pad = next(node for node, role, own in self.controls() if role == "canvas" and own.startswith("Pad: "))
        pad = pad.get_extents(Atspi.CoordType.SCREEN)
        x, y = pad.x + pad.width // 2, pad.y + pad.height // 2
        run("xdotool", "mousemove", x, y, "mousedown", 1)
        eye = ["ffmpeg", "-v", "error", "-f", "x11grab", "-draw_mouse", "0", "-framerate", "60", "-video_size", f"{side}x{side}"]
        eye += ["-i", f"{os.environ['DISPLAY']}+{corner}", "-t", str(seconds), "-f", "framemd5", "-"]
        eye = subprocess.Popen(eye, stdout=subprocess.PIPE, text=True)
        # One process moves the pointer, 60 times a second.
        moves = []
        for i in range(60 * (seconds + 1)):
            angle = i / 20
            moves.append(f"mousemove {x + 60 * math.cos(angle):.0f} {y + 60 * math.sin(angle):.0f} sleep 0.016")
        hand = subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, text=True)
        hand.communicate("\n".join(moves))
        run("xdotool", "mouseup", 1)
        seen = [line.rsplit(",", 1)[1] for line in eye.communicate()[0].splitlines() if not line.startswith("#")]
        changes = sum(1 for before, now in zip(seen, seen[1:]) if now != before)
        return changes / seconds

    def shot(self, name):
        time.sleep(1.0 * options.patience)
        run("import", "-window", "root", OUT / f"{name}.png")
        print(f"{time.time() - BEGAN:6.1f} s  {name}", flush=True)

    def close(self):
        keys("alt+F4")


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def keys(combination):
    run("xdotool", "key", combination)
    time.sleep(0.1)


def fail(text):
    run("import", "-window", "root", OUT / "failed.png")
    sys.exit(f"FAILED: {text} (see failed.png)")


def journey():
    count = len([path for path in options.photos.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png")])
    window = Window()
    window.wait("Folder of pictures", 60)
    window.shot("1-start")
    window.type("Folder of pictures", options.photos.resolve())
    window.press("Open")
    window.wait("Start training", 300, enabled=True)
    window.shot("2-pictures-and-recipe")
    window.press("Start training")
    window.wait("‖ Pause", 120)
    window.wait("Sample pictures of step...", 300)
    window.shot("3-training")

    window.press("Go to: Explore")
    window.wait("Keep", 60, enabled=True)
    for _ in range(2):
        window.press("Random")
        window.press("Keep")
        window.wait("Kept", 20)
    window.shot("4-favourites")
    if not options.keyboard:
        rate = window.dragged(5)
        print(f"{time.time() - BEGAN:6.1f} s  {rate:.0f} pictures a second while the pad is dragged and the run trains", flush=True)
        if rate < 20:
            fail(f"only {rate:.1f} different pictures a second while dragging")
    window.press("Find my cat…")
    window.type("Your picture", options.cat.resolve())
    window.press("Open")
    window.press("Find", 60)
    window.press("Put my cat in", 300)
    window.wait("Your cat is in...", 600)
    window.shot("5-my-cat")
    put_in = OUT / "home" / f"{options.cat.stem}.safetensors"
    if not put_in.is_file():
        fail(f"{put_in} is not there")
    window.press("Play with it")

    window.press("Film…")
    window.press("Path: Walk")
    window.type("Film file", OUT / "cats.mp4")
    window.press("Make film")
    began = time.time()
    while not (OUT / "cats.mp4").exists():
        if time.time() - began > 300 * options.patience:
            fail("there is no film")
        time.sleep(0.5)
    window.shot("6-film")
    keys("Escape")

    window.close()
    began = time.time()
    while window.process.poll() is None:
        if window.find("Save and close"):
            window.press("Save and close")
        if time.time() - began > 60 * options.patience:
            fail("the window does not close")
        time.sleep(0.5)
    print(f"{time.time() - BEGAN:6.1f} s  closed, exit code {window.process.returncode}")

    window = Window()
    window.wait("Resume a run", 60)
    window.shot("7-again")
    run_name = options.photos.resolve().name
    listed = [own for _, _, own in window.controls() if run_name in own]
    if not listed:
        fail("the run is not listed")
    window.press("Go to: Explore")
    window.wait("Pad: Favourites", 60)
    window.press("Pad: Favourites")
    window.wait("All favourites (2)…", 60, enabled=True)
    window.shot("8-favourites-again")
    # The cat that was put in is a generator of its own, with the cat among its favourites.
    window.press("Generator")
    window.press("Open a file or folder…")
    window.type("Path of the generator", put_in)
    window.press("Open")
    window.wait("All favourites (1)…", 60, enabled=True)
    window.shot("9-my-cat-again")
    frames = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
    frames = int(subprocess.run([*frames, OUT / "cats.mp4"], capture_output=True, text=True, check=True).stdout.strip(",\n"))
    if frames < 2:
        fail(f"the film has {frames} frames")
    window.close()
    window.process.wait(60 * options.patience)
    print(f"{count} photos, {'keyboard alone' if options.keyboard else 'pointer and keyboard'}: passed")


if not options.inside:
    outside()
warnings.simplefilter("ignore")
import gi  # noqa: E402

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

BEGAN = time.time()
subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL)
subprocess.Popen(["/usr/libexec/at-spi-bus-launcher", "--launch-immediately"], stderr=subprocess.DEVNULL)
time.sleep(2)
run("gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus", "--method",
    "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", "IsEnabled", "<true>")
journey()
