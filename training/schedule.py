"""How the learning rate, the weights of the losses and the running mean change during a run: warm-up, plateau, fall, finish."""

import math

# Of tone and cast, how much counts while the rate is FULL_RATE or more; the lower the rate, the more.
EARLY_TONE, FULL_RATE = 0.075, 6e-4
# The finish: a rate so low that tone no longer wanders, with far more weight on it.
FINISH_RATE, FINISH_WEIGHTS, FINISH_AVERAGE = 3e-5, {"tone": 3.0, "cast": 4.0}, 0.99  # times the weights; decay of the running mean


def finish(a):
    """The step at which the finish begins."""
    return round(a.steps * (1 - a.finish))


def cosine(step, start, end):
    """Half a cosine: 1 at start, 0 at end."""
    return 0.5 * (1 + math.cos(math.pi * (step - start) / max(1.0, end - start)))


def falling(step, a):
    """The learning rate but for the warm-up: a plateau, then half a cosine down to where the finish begins, and another to nothing."""
    end, low = finish(a), min(FINISH_RATE, a.rate)
    start = end * (1 - a.decay)
    if step >= end:
        return low * cosine(step, end, a.steps)
    return a.rate if step < start else low + (a.rate - low) * cosine(step, start, end)


def rate(step, a):
    """The learning rate: warm-up, plateau, fall, finish."""
    return min(1.0, (step + 1) / max(1, a.warm_up)) * falling(step, a)


def tone_share(step, a):
    """The share of tone in what is learnt: little while the rate is high, all of it at the end."""
    return EARLY_TONE + (1 - EARLY_TONE) * (1 - min(1.0, falling(step, a) / FULL_RATE))


def weights(step, a):
    """The weights of the losses: those of tone and cast grow while the learning rate falls, and once more for the finish."""
    factors = FINISH_WEIGHTS if step >= finish(a) else dict.fromkeys(FINISH_WEIGHTS, tone_share(step, a))
    return {**a.weights, **{name: a.weights[name] * factor for name, factor in factors.items()}}


def average(step, a):
    """The decay of the running mean of the weights."""
    return a.average if step < finish(a) else FINISH_AVERAGE
