#!/usr/bin/env bash
# Installs the .deb in a fresh Debian, as somebody would: trains there without a window and without a graphics card, opens the
# window under Xvfb, and removes it again.
#
#     packaging/build && sudo tests/reference/deb.sh target/packages/purrtrait_*.deb [SUITE]
#
# Needs root, debootstrap and a network. SUITE is bookworm unless another is named.
set -euo pipefail

if (($# < 1)); then sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; fi
if ! command -v debootstrap >/dev/null || ((EUID != 0)); then echo "SKIPPED: this needs root and debootstrap"; exit 0; fi
deb=$(realpath "$1") suite=${2:-bookworm}
root=$(mktemp -d)
cleanup() {
    for point in dev/shm dev proc sys; do mountpoint -q "$root/$point" && umount "$root/$point"; done
    rm -rf --one-file-system "$root"
}
trap cleanup EXIT
failed=0

passed() { echo "passed: $*"; }
fails() { echo "FAILED: $*"; failed=1; }
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

debootstrap --variant=minbase "$suite" "$root" >"$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }
rm "$root.log"
mount -t proc proc "$root/proc"
mount --bind /sys "$root/sys"
mount --bind /dev "$root/dev"
mkdir -p "$root/dev/shm"
cp "$deb" "$root/purrtrait.deb"
inside apt-get -qq update
before=$(inside find / -xdev -type f -path '*purrtrait*' ! -name purrtrait.deb | sort)

# Without what a window needs: a server, or a container.
inside apt-get install -y -qq --no-install-recommends /purrtrait.deb >/dev/null 2>&1 || fails "it is not installed"
version=$(inside purrtrait --version) && passed "it starts: $version" || fails "it does not start"
inside purrtrait train demo --demo-count 64 --preset quick-32 --g-width 8 --d-width 8 --batch 8 --steps 20 --device cpu \
    --out /root/run >/root/deb-train.log 2>&1 && passed "it trains without a window" || { tail -5 /root/deb-train.log; fails "it does not train"; }
rm -f /root/deb-train.log
inside purrtrait generate /root/run --count 4 --device cpu --out /root/cats >/dev/null 2>&1
[[ $(ls "$root/root/cats" | wc -l) == 4 ]] && passed "it generates" || fails "it does not generate"

# With all that it recommends, as apt does it unless told otherwise.
inside apt-get install -y -qq xvfb x11-utils desktop-file-utils appstream >/dev/null 2>&1
inside apt-get install -y -qq --reinstall /purrtrait.deb >/dev/null 2>&1
inside sh -c 'apt-get install -y -qq $(dpkg-query -W -f "\${Recommends}" purrtrait | sed "s/([^)]*)//g; s/,/ /g")' >/dev/null 2>&1 ||
    fails "what it recommends cannot be installed"
inside desktop-file-validate /usr/share/applications/purrtrait.desktop && passed "the menu entry is valid" || fails "the menu entry"
# The id has no domain in front, since the project has none: a store will ask for one.
inside appstreamcli validate --no-net --override=cid-desktopapp-is-not-rdns=info \
    /usr/share/metainfo/purrtrait.metainfo.xml >"$root/root/metainfo.log" 2>&1 &&
    passed "the description for software centres is valid" || {
    cat "$root/root/metainfo.log"
    fails "the description for software centres"
}
inside sh -c 'Xvfb :77 -screen 0 1280x800x24 >/dev/null 2>&1 & server=$!
    sleep 2
    DISPLAY=:77 XDG_RUNTIME_DIR=/tmp purrtrait >/root/window.log 2>&1 & window=$!
    for i in $(seq 60); do
        sleep 1
        DISPLAY=:77 xwininfo -root -tree 2>/dev/null | grep -q "\"Purrtrait" && found=yes && break
    done
    sleep 5
    kill -0 $window && alive=yes
    kill $window $server; wait
    [ "$found$alive" = yesyes ]' && passed "the window opens under Xvfb" || { tail -5 "$root/root/window.log"; fails "the window"; }

inside apt-get purge -y -qq purrtrait >/dev/null 2>&1 || fails "it is not removed"
left=$(inside find /usr /etc /var/lib -xdev -path '*purrtrait*' ! -path '/var/lib/dpkg/*' | sort)
[[ -z $left ]] && passed "nothing is left of it" || fails "this is left of it: $left"
[[ -e $root/root/run/run.toml && -z $before ]] && passed "what was made with it stays" || fails "what was made with it is gone"

echo "package: $(du -h --apparent-size "$deb" | cut -f1)"
if ((failed)); then echo "failed"; exit 1; fi
echo "passed"
