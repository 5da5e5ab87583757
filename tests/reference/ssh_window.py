"""Speaks with `purrtrait engine --stdio` as the window does: resumes a run, changes its learning rate, stops it.

    ssh_window.py PURRTRAIT RUN

Reads words from standard input: `rate X` sets the generator's learning rate, `stop` stops the run and ends. Prints the
names of the events that come. Python 3.11, nothing else.
"""

import struct
import subprocess
import sys
import threading
import tomllib


def head(major, number):
    for size, (limit, code) in enumerate([(24, ""), (1 << 8, ">B"), (1 << 16, ">H"), (1 << 32, ">I"), (1 << 64, ">Q")]):
        if number < limit:
            short = number if not code else 23 + size
            return bytes([major << 5 | short]) + (struct.pack(code, number) if code else b"")
    raise ValueError(number)


def cbor(value):
    """RFC 8949, as far as settings need it."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def message(value):
    body = cbor(value)
    return struct.pack("<I", len(body)) + body


def name_of(body):
    """The name of an event: of its only key, or of the text that it is."""
    at = 0
    # Each level of the message is a map of one entry, or a text.
    while body[at] == 0xA1:
        at += 1
        text = body[at + 1 : at + 1 + (body[at] & 31)].decode()
        at += 1 + len(text)
        if text != "Event":
            return text
    return "?"


def listen(pipe):
    pipe.read(8)
    greeting = pipe.read(struct.unpack("<I", pipe.read(4))[0])
    print("greeted", len(greeting), flush=True)
    while length := pipe.read(4):
        print(name_of(pipe.read(struct.unpack("<I", length)[0])), flush=True)


def main():
    program, run = sys.argv[1:]
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    engine = subprocess.Popen([program, "engine", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    listener = threading.Thread(target=listen, args=[engine.stdout])
    listener.start()

    def ask(value):
        engine.stdin.write(message(value))
        engine.stdin.flush()

    protocol = int(sys.stdin.readline())
    engine.stdin.write(b"PURRPIPE" + message({"protocol": protocol, "program": version}))
    options = ["max_steps", "max_epochs", "device", "pictures", "exclude"]
    ask({"Resume": {"run": run, "options": {**dict.fromkeys(options), "other_pictures": False, "usage": []}}})
    with open(f"{run}/run.toml", "rb") as file:
        tunables = tomllib.load(file)["tunables"]
    for line in sys.stdin:
        match line.split():
            case ["rate", rate]:
                ask({"SetTunables": {**tunables, "lr-g": float(rate)}})
            case ["stop"]:
                ask("Stop")
                break
    # At the end of its input the engine saves and ends.
    engine.stdin.close()
    listener.join()
    sys.exit(engine.wait())


main()
