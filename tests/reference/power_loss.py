#!/usr/bin/env python3
"""Takes the power away from a training, RUNS times (200), and resumes what is left.

    cargo build --release && RUNS=200 python3 tests/reference/power_loss.py

A training and a resumed one are recorded, call by call, with `strace`. Then a disk is played that keeps only what
POSIX promises: what was written to a file lasts once that file is flushed, a name in a folder (made, renamed or
removed) once that folder is. The recording is cut at a random call; of everything that is not flushed by then a
random part is kept, in any order: writes are lost, cut short or leave zeros, names appear before their contents or not
at all. Each such disk is resumed. It must open, go on from a checkpoint at least as new as the last one that was
reported as saved, and have the history up to there and the list of held-out pictures as they were.

PURRTRAIT names another binary, SEED repeats the same disks, KEEP=FOLDER keeps those that fail. Needs Linux, strace and
Python 3.8 or newer.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PURRTRAIT = os.path.abspath(os.environ.get("PURRTRAIT", os.path.join(HERE, "../../target/release/purrtrait")))
RUNS = int(os.environ.get("RUNS", "200"))
SEED = int(os.environ.get("SEED", "1"))
KEEP = os.environ.get("KEEP")
CALLS = """openat open creat write writev pwrite64 ftruncate fallocate lseek fsync fdatasync sync syncfs rename renameat
renameat2 unlink unlinkat mkdir mkdirat rmdir link linkat symlink symlinkat close dup dup2 dup3 fcntl copy_file_range
sendfile""".split()
# Small networks, a checkpoint after every step, every kind of file.
TRAIN = """train demo --preset quick-32 --device cpu --g-width 4 --d-width 4 --batch 2 --demo-count 30 --held-out 20
--sample-count 1 --metrics-every 1 --sample-every 3 --checkpoint-every 0.01 --steps 12 --json --out run""".split()


class Node:
    """A file or a folder: as the program sees it, as it is on the disk, and the changes that are not there yet."""

    def __init__(self, content):
        self.now = content
        self.durable = type(content)(content)
        self.pending = []

    @staticmethod
    def load(path):
        """What lies at a path, all of it on the disk."""
        if os.path.isdir(path):
            return Node({name: Node.load(os.path.join(path, name)) for name in os.listdir(path)})
        with open(path, "rb") as file:
            return Node(bytearray(file.read()))

    def change(self, what):
        do(self.now, what)
        self.pending.append(what)

    def flush(self):
        self.durable, self.pending = type(self.now)(self.now), []

    def survive(self, path):
        """Writes to a path what the disk might hold after the power came back."""
        content = type(self.durable)(self.durable)
        share = random.choice([0, 0.3, 0.7, 1])
        if isinstance(content, dict):
            for what in self.pending:
                if random.random() < share:
                    do(content, what)
            os.mkdir(path)
            for name, node in content.items():
                node.survive(os.path.join(path, name))
            return
        in_order = random.random() < 0.5
        for what in self.pending:
            if in_order and random.random() > share:
                # The last write that arrives may arrive in part, cut at any sector.
                if what[0] == "write":
                    do(content, ("write", what[1], what[2][: random.randrange(len(what[2]) + 1) // 512 * 512]))
                break
            if in_order or random.random() < share:
                do(content, what)
            elif what[0] == "write" and random.random() < 0.5:
                # The new length is there, the bytes are not.
                do(content, ("write", what[1], bytes(len(what[2]))))
        with open(path, "wb") as file:
            file.write(content)


def do(content, what):
    """Changes a file's bytes or a folder's names."""
    if what[0] == "names":
        for name, node in what[1].items():
            if node is None:
                content.pop(name, None)
            else:
                content[name] = node
    elif what[0] == "length":
        del content[what[1] :]
        content.extend(bytes(what[1] - len(content)))
    else:
        _, at, data = what
        content.extend(bytes(max(0, at - len(content))))
        content[at : at + len(data)] = data


class Disk:
    """Everything below one folder of the recorded machine."""

    def __init__(self, root, node):
        self.root, self.node, self.open = root, node, {}

    def find(self, path):
        """`(folder, name, node)`; None outside of the disk, the node is None where there is nothing."""
        path = os.path.normpath(path)
        if path == self.root:
            return None, None, self.node
        if not path.startswith(self.root + "/"):
            return None
        folder, name = self.node, None
        parts = path[len(self.root) + 1 :].split("/")
        for part in parts[:-1]:
            folder = folder.now.get(part)
            if folder is None:
                return None
        name = parts[-1]
        return folder, name, folder.now.get(name)

    def apply(self, call):
        """One call that succeeded: its name, its decoded arguments, what it gave back."""
        name, args, result = call
        if name in ("openat", "open", "creat"):
            place, flags = args
            found = self.find(place)
            self.open.pop(result, None)
            if found is None:
                return
            folder, leaf, node = found
            if node is None:
                node = Node(bytearray())
                folder.change(("names", {leaf: node}))
            elif "O_TRUNC" in flags:
                node.change(("length", 0))
            self.open[result] = [node, 0, "O_APPEND" in flags]
        elif name in ("rename", "renameat", "renameat2"):
            before, after = self.find(args[0]), self.find(args[1])
            if before is None and after is None:
                return
            assert before and after and before[0] is after[0], f"a rename from folder to folder: {args}"
            before[0].change(("names", {before[1]: None, after[1]: before[2]}))
        elif name in ("unlink", "unlinkat", "rmdir"):
            if found := self.find(args[0]):
                found[0].change(("names", {found[1]: None}))
        elif name in ("mkdir", "mkdirat"):
            if found := self.find(args[0]):
                found[0].change(("names", {found[1]: Node({})}))
        elif name in ("link", "linkat", "symlink", "symlinkat", "copy_file_range", "sendfile", "sync", "syncfs"):
            assert name not in ("sync", "syncfs") and not any(self.find(a) for a in args), f"not played: {call}"
        elif name == "close":
            self.open.pop(args[0], None)
        elif args[0] in self.open:
            self.of_open(name, args, result)

    def of_open(self, name, args, result):
        handle = self.open[args[0]]
        node = handle[0]
        if name in ("write", "writev"):
            at = len(node.now) if handle[2] else handle[1]
            node.change(("write", at, args[1][:result]))
            handle[1] = at + result
        elif name == "pwrite64":
            node.change(("write", args[2], args[1][:result]))
        elif name == "ftruncate":
            node.change(("length", args[1]))
        elif name == "fallocate":
            assert args[1] == 0, "room of another kind"
            node.change(("length", max(len(node.now), args[2] + args[3])))
        elif name == "lseek":
            handle[1] = result
        elif name in ("fsync", "fdatasync"):
            node.flush()
        elif name in ("dup", "dup2", "dup3") or name == "fcntl" and args[1].startswith("F_DUPFD"):
            self.open[result] = handle


def text(quoted):
    """Bytes of a string as `strace -xx` writes it."""
    return bytes.fromhex(quoted[quoted.index('"') + 1 : quoted.rindex('"')].replace("\\x", ""))


def number(word):
    """`5<path>` or `5`."""
    return int(re.match(r"-?\d+", word)[0], 0)


def place(folder, name):
    """A path, which may be relative to an open folder (`AT_FDCWD<\\x2f...>`)."""
    base = bytes.fromhex(folder[folder.index("<") + 1 : folder.rindex(">")].replace("\\x", "")).decode()
    return os.path.join(base, text(name).decode())


def decoded(name, args, here):
    """Arguments as Python values; those that do not matter are left out."""
    cwd = f"AT_FDCWD<{here.encode().hex()}>"
    if name in ("openat",):
        return [place(args[0], args[1]), args[2]]
    if name in ("open", "creat"):
        return [place(cwd, args[0]), args[1] if name == "open" else "O_TRUNC"]
    if name in ("rename", "link", "symlink"):
        return [place(cwd, args[0]), place(cwd, args[1])]
    if name in ("renameat", "renameat2", "linkat"):
        return [place(args[0], args[1]), place(args[2], args[3])]
    if name in ("unlink", "rmdir", "mkdir"):
        return [place(cwd, args[0])]
    if name in ("unlinkat", "mkdirat"):
        return [place(args[0], args[1])]
    if name == "write":
        return [number(args[0]), text(args[1])]
    if name == "pwrite64":
        return [number(args[0]), text(args[1]), number(args[3])]
    if name == "writev":
        pieces = re.findall(r'iov_base="[^"]*"', ", ".join(args[1:]))
        return [number(args[0]), b"".join(text(piece) for piece in pieces)]
    if name == "fcntl":
        return [number(args[0]), args[1]]
    if name in ("symlinkat", "copy_file_range", "sendfile", "sync", "syncfs"):
        return []
    return [number(arg) if re.match(r"-?\d", arg) else 0 for arg in args]


def record(arguments, folder, log):
    """Runs the program in a folder; gives its calls in the order in which they ended."""
    command = ["strace", "-f", "-y", "-xx", "-s", "100000000", "-e", "trace=" + ",".join(CALLS), "-e", "signal=none"]
    home = {**os.environ, "PURRTRAIT_HOME": os.path.join(os.path.dirname(log), "home")}
    with open(log + ".out", "wb") as out, open(log + ".err", "wb") as errors:
        command += ["-o", log, PURRTRAIT] + arguments
        done = subprocess.run(command, cwd=folder, env=home, stdout=out, stderr=errors)
    if done.returncode:
        sys.exit(f"the recorded training failed ({done.returncode}):\n{open(log + '.err').read()}")
    calls, unfinished = [], {}
    for line in open(log, errors="replace"):
        process, rest = line.rstrip("\n").split(None, 1)
        if rest.endswith("<unfinished ...>"):
            unfinished[process] = rest[: -len("<unfinished ...>")]
            continue
        if match := re.match(r"<\.\.\. \w+ resumed>(.*)", rest):
            rest = unfinished.pop(process) + match[1]
        match = re.match(r"(\w+)\((.*)\)\s+= (\d+)", rest)
        if match and match[1] in CALLS:
            args = match[2].split(", ")
            calls.append((match[1], decoded(match[1], args, folder), int(match[3])))
    return calls


def saves(calls):
    """`(index, step)` of each checkpoint that was reported as saved."""
    found, line = [], b""
    for index, (name, args, result) in enumerate(calls):
        if name == "write" and args[0] == 1:
            *lines, line = (line + args[1][:result]).split(b"\n")
            events = [json.loads(text) for text in lines if text.strip()]
            found += [(index, event["step"]) for event in events if event.get("event") == "saved"]
    return found


def steps_of(path):
    return [json.loads(line)["step"] for line in open(path)]


def check(disk, saved, held):
    """What is wrong with this disk, or None; and the step at which it was resumed."""
    run = os.path.join(disk, "run")
    home = {**os.environ, "PURRTRAIT_HOME": os.path.join(os.path.dirname(disk), "home")}
    command = [PURRTRAIT, "resume", run, "--steps", "1", "--device", "cpu", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=home, timeout=120)
    if done.returncode:
        if saved == 0 and not os.path.exists(os.path.join(run, "run.toml")):
            return None, 0
        return f"resume failed after step {saved} was saved: {done.stderr.strip()}", 0
    events = [json.loads(line) for line in done.stdout.splitlines()]
    first = next((event["first_step"] for event in events if event.get("event") == "started"), None)
    if first is None:
        return "resume does not say where it begins", 0
    if first < saved:
        return f"resumed at step {first}, but step {saved} was saved", first
    metrics = os.path.join(run, "metrics.jsonl")
    steps = steps_of(metrics) if os.path.exists(metrics) else []
    if steps[:first] != list(range(1, first + 1)):
        return f"the history up to step {first} has holes: {steps[:first]}", first
    if saved and json.load(open(os.path.join(run, "held-out.json"))) != held:
        return "other pictures are held out than before", first
    return None, first


def main():
    random.seed(SEED)
    work = tempfile.mkdtemp(prefix="power-loss-")
    try:
        play(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def play(work):
    root = os.path.join(work, "disk")
    os.mkdir(root)
    recordings = [(Node({}), record(TRAIN, root, os.path.join(work, "train.log")), 0)]
    held = json.load(open(os.path.join(root, "run/held-out.json")))
    # As after a kill: the history is longer than the checkpoint and ends in the middle of a line. Resuming cuts it.
    saved = max(step for _, step in saves(recordings[0][1]))
    metrics = os.path.join(root, "run/metrics.jsonl")
    last = open(metrics).read().splitlines()[-1]
    with open(metrics, "a") as file:
        file.write(last.replace(f'"step":{saved}', f'"step":{saved + 1}') + "\n" + last[: len(last) // 2])
    before = Node.load(root)
    resume = ["resume", "run", "--steps", str(saved + 8), "--json"]
    recordings.append((before, record(resume, root, os.path.join(work, "resume.log")), saved))

    failures, lost, kept = [], 0, 0
    for round_ in range(RUNS):
        before, calls, saved = recordings[round_ % 2]
        start = os.path.join(work, "start")
        # Before the first call about the disk there is nothing to lose.
        first = next(i for i, (_, args, _) in enumerate(calls) if str(args[:1]).startswith(f"['{root}"))
        cut = random.randrange(first, len(calls) + 1)
        played = Disk(root, clone(before))
        for call in calls[:cut]:
            played.apply(call)
        saved = max([saved] + [step for index, step in saves(calls) if index < cut])
        after = os.path.join(work, "after")
        shutil.rmtree(after, ignore_errors=True)
        os.mkdir(after)
        played.node.survive(os.path.join(after, "disk"))
        if KEEP:
            shutil.rmtree(start, ignore_errors=True)
            shutil.copytree(os.path.join(after, "disk"), start)
        wrong, resumed = check(os.path.join(after, "disk"), saved, held)
        lost += max(0, saved - resumed)
        kept += resumed > 0
        if wrong:
            failures.append(f"round {round_}, cut at call {cut} of {len(calls)}: {wrong}")
            print("FAILED", failures[-1], flush=True)
            if KEEP:
                shutil.copytree(start, os.path.join(KEEP, f"round-{round_}"), dirs_exist_ok=True)
    print(
        f"{RUNS} disks after a power loss in {len(recordings[0][1])} and {len(recordings[1][1])} calls, {kept} of them "
        f"with a checkpoint: {len(failures)} failures, {lost} steps lost beyond the last checkpoint"
    )
    if failures:
        sys.exit(1)


def clone(node):
    """A disk of its own, everything on it."""
    if isinstance(node.durable, dict):
        return Node({name: clone(child) for name, child in node.durable.items()})
    return Node(bytearray(node.durable))


if __name__ == "__main__":
    main()
