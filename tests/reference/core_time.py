"""How long a step keeps a core busy: what trainings of equal time are planned with, also on a machine that does other things."""

import os
import shutil


def busy():
    """Seconds that ended children of this process kept cores busy."""
    times = os.times()
    return times.children_user + times.children_system


def seconds_of_a_step(train, folder):
    """From two short trainings by `train(folder, steps)`, whose difference leaves the start out. Removes the folder."""
    # The first training on pictures prepares them, which would count for the shorter of the two.
    train(folder, 1)
    spent = []
    for steps in (16, 80):
        shutil.rmtree(folder, ignore_errors=True)
        began = busy()
        train(folder, steps)
        spent.append(busy() - began)
    shutil.rmtree(folder)
    return (spent[1] - spent[0]) / 64
