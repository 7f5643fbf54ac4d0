"""What runs of several processes share: averages of weights, rates, files that are replaced whole."""

import json
import os
import time

import numpy as np
import torch
import torch.multiprocessing


def rate_at(part):
    """The course of the rates: up in a fiftieth, level, and down to nothing over the last two fifths."""
    return min(1, part / 0.02 + 0.02) * min(1, (1 - part) / 0.4)


def replace(path, state):
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


class Together:
    """Averages of the weights of several processes, through memory that they share."""

    def __init__(self, workers, values):
        self.barrier = torch.multiprocessing.get_context("fork").Barrier(workers)
        self.all, self.word = torch.zeros(workers, values).share_memory_(), torch.zeros(1).share_memory_()
        self.began = self.kept = time.time()

    def average(self, worker, parameters):
        self.all[worker] = torch.nn.utils.parameters_to_vector(parameters)
        self.barrier.wait()
        torch.nn.utils.vector_to_parameters(self.all.mean(0), parameters)
        self.barrier.wait()

    def agree(self, worker, minutes):
        """Whether to keep what there is (1), as is done every three minutes, or to stop (2). What the first worker says: clocks differ."""
        if worker == 0:
            now = time.time()
            self.word[0] = 2 if minutes is not None and now - self.began > 60 * minutes else 1 if now - self.kept > 180 else 0
            if self.word[0]:
                self.kept = now
        self.barrier.wait()
        return int(self.word[0])


@torch.no_grad()
def follow(mean, net, step, decay, steps):
    """Has the running mean of the weights follow them over so many steps; it forgets faster at first."""
    decay = min(decay, (1 + step) / (20 + step)) ** steps
    for kept, now in zip(mean.parameters(), net.parameters()):
        kept.lerp_(now, 1 - decay)


class Log:
    """What a run says of itself: means of the steps since the last line, on the terminal and in log.jsonl."""

    def __init__(self, folder, names):
        self.path, self.names = os.path.join(folder, "log.jsonl"), names
        self.began = self.written = time.time()
        self.values = []

    def add(self, values):
        self.values.append([value.item() for value in values])

    def write(self, step):
        now = time.time()
        line = {"step": step, **dict(zip(self.names, np.mean(self.values, 0).round(5).tolist())), "seconds": round((now - self.written) / len(self.values), 3),
                "at": round(now - self.began)}
        self.values, self.written = [], now
        print(json.dumps(line), flush=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def run(work, workers, *arguments):
    """work(worker, *arguments) in so many processes."""
    torch.multiprocessing.start_processes(work, arguments, workers, start_method="fork")
