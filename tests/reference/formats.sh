#!/usr/bin/env bash
# The model files against other people's programs: PyTorch, onnxruntime, Chromium. Each must give the program's own
# pictures within 1/255 for 64 latents, for every architecture. What cannot be installed here is skipped, and said so.
#
#     cargo build --release && tests/reference/formats.sh
#
# PURRTRAIT names another binary, PYTHON an interpreter that has the packages (else a virtual environment is made).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PURRTRAIT_HOME=$work/home
failed=0

python=${PYTHON:-}
if [[ -z $python ]]; then
    venv=${VENV:-${TMPDIR:-/tmp}/purrtrait-formats-venv}
    [[ -x $venv/bin/python ]] || python3 -m venv "$venv" || { echo "SKIPPED all: python3 cannot make a virtual environment"; exit 0; }
    python=$venv/bin/python
fi

have() { "$python" -c "import $1" 2>/dev/null; }

# Installs packages if they are missing; fails if that is not possible.
need() { # MODULE PACKAGE [PIP OPTIONS...]
    have "$1" || { "$python" -m pip install --quiet "${@:2}" >"$work/pip.log" 2>&1 && have "$1"; } ||
        { echo "SKIPPED $check: the Python package $2 cannot be installed"; return 1; }
}

need_torch() {
    need torch torch && need torchvision torchvision && need numpy numpy && need PIL pillow && need safetensors safetensors
}

run() {
    echo "=== $check"
    (cd "$here" && "$python" "$check" "$work") || { echo "FAILED $check"; failed=1; }
}

check=safetensors_check.py
if need_torch; then
    run
    check=pth_make.py
    run
    check=onnx_check.py
    if need onnx onnx && need onnxruntime onnxruntime; then run; fi
    # It looks at exports too where the runtime is there.
    check=pth_shapes.py
    run
    check=page_check.py
    if ! command -v chromium chromium-browser google-chrome >/dev/null; then
        echo "SKIPPED $check: there is no Chromium (apt-get install chromium)"
    elif need playwright playwright; then
        run
        check=sharpen_page.py
        run
        check=story_page.py
        run
    fi
fi
exit $failed
