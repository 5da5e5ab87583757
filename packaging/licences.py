"""The licences of all libraries that a build of the program contains, as one text on standard output. Needs cargo and the
libraries' sources, which a build has downloaded.

    python3 packaging/licences.py [--features FEATURES] > THIRD-PARTY-LICENCES.txt
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

NAMES = re.compile(r"^(licen[cs]e|copying|notice|copyright|unlicense)", re.IGNORECASE)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--features", default="", help="those of the build")
options = parser.parse_args()


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout


def libraries():
    """Packages that the program is made of on this system, without those of build scripts and tests."""
    features = f"--features={options.features}"
    tree = output("cargo", "tree", "--locked", "--edges=normal", "--prefix=none", "--format={p}", features)
    # Such as `serde v1.0.228`, perhaps with more behind it; the first is the program itself.
    used = {tuple(line.split()[:2]) for line in tree.splitlines()[1:] if line}
    host = next(line.split()[1] for line in output("rustc", "-vV").splitlines() if line.startswith("host:"))
    found = json.loads(output("cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={host}", features))
    packages = [p for p in found["packages"] if p["source"] and (p["name"], f"v{p['version']}") in used]
    missing = used - {(p["name"], f"v{p['version']}") for p in found["packages"]}
    if missing:
        sys.exit(f"cargo does not describe {missing}")
    return sorted(packages, key=lambda p: (p["name"], p["version"]))


def texts(package):
    folder = Path(package["manifest_path"]).parent
    files = sorted(p for p in folder.iterdir() if p.is_file() and NAMES.match(p.name))
    return [p.read_text(encoding="utf-8", errors="replace").strip() for p in files]


# Libraries that share a text share its place.
places, listed = {}, libraries()
for package in listed:
    for text in texts(package) or ["(The library's package holds no text of its licence.)"]:
        places.setdefault(text, []).append(f"{package['name']} {package['version']} ({package['license']})")
sys.stdout.reconfigure(encoding="utf-8")
print(f"Purrtrait contains {len(listed)} libraries under the licences below.")
for text, packages in places.items():
    print("\n" + "=" * 100, *packages, "", text, sep="\n")
