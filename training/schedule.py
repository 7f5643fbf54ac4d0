"""How the learning rate, the weights of the losses and the running mean change during a run: warm-up, plateau, fall, finish."""

import math

EARLY_TONE = 0.075  # share of the weights of tone and cast while the learning rate is full
# The finish: a rate so low that tone no longer wanders, with far more weight on it.
FINISH_RATE, FINISH_WEIGHTS, FINISH_AVERAGE = 0.05, {"tone": 3.0, "cast": 4.0}, 0.99  # times the rate; times the weights; decay of the running mean


def finish(a):
    """The step at which the finish begins."""
    return round(a.steps * (1 - a.finish))


def cosine(step, start, end):
    """Half a cosine: 1 at start, 0 at end."""
    return 0.5 * (1 + math.cos(math.pi * (step - start) / max(1.0, end - start)))


def fall(step, a):
    """1 on the plateau, then half a cosine down to a fiftieth where the finish begins."""
    end = finish(a)
    start = end * (1 - a.decay)
    return 1.0 if step < start else 0.02 + 0.98 * cosine(min(step, end), start, end)


def rate(step, a):
    """The learning rate: warm-up, plateau, fall, finish."""
    if step >= finish(a):
        return a.rate * FINISH_RATE * cosine(step, finish(a), a.steps)
    return a.rate * min(1.0, (step + 1) / max(1, a.warm_up)) * fall(step, a)


def weights(step, a):
    """The weights of the losses: those of tone and cast grow while the learning rate falls, and once more for the finish."""
    if step >= finish(a):
        return {**a.weights, **{name: a.weights[name] * factor for name, factor in FINISH_WEIGHTS.items()}}
    share = EARLY_TONE + (1 - EARLY_TONE) * (1 - fall(step, a))
    return {**a.weights, **{name: a.weights[name] * share for name in ("tone", "cast")}}


def average(step, a):
    """The decay of the running mean of the weights."""
    return a.average if step < finish(a) else FINISH_AVERAGE
