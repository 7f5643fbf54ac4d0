"""Scenes in words, and the words of the world."""

import numpy as np

from scenes import scene as world

IN = {"sea": "by the sea", "meadow": "in a meadow", "desert": "in the desert", "snow": "in the snow"}
WHEN = {"day": "by day", "sunset": "at sunset", "night": "at night"}
WHERE = {"left": "on the left", "middle": "in the middle", "right": "on the right"}
JOINTS = ("a", "an", "the", "and", "with", "under", "above", ",", "on", "in", "by", "at")

# How often something that could be said is left open.
SILENT_PLACE, SILENT_BACKGROUND, SILENT_TIME = 0.12, 0.15, 0.15


def words():
    """Every word that a caption may have, in a fixed order."""
    found = list(JOINTS)
    phrases = [*world.COLOURS, *world.KINDS, "small", "big", *IN.values(), *WHEN.values(), *WHERE.values()]
    for word in " ".join(phrases).split():
        if word not in found:
            found.append(word)
    return found


def name(thing):
    size = "" if thing.size == "middling" else thing.size + " "
    return f"{'an' if not size and thing.colour[0] in 'aeiou' else 'a'} {size}{thing.colour} {thing.kind}"


def caption(scene, lots, complete=False):
    """
    A caption, by lots from a generator of NumPy: which thing is named first, what is left open, where the time stands. complete: nothing is left open.
    """
    things = [scene.things[i] for i in lots.permutation(len(scene.things))]
    said = {}
    parts = []
    for thing in things:
        if thing.place in said:
            continue
        said[thing.place] = True
        other = next((t for t in things if t is not thing and t.place == thing.place), None)
        phrase = name(thing)
        if other is not None:
            phrase += f" {'above' if thing.in_sky else 'under'} {name(other)}"
        if complete or lots.random() >= SILENT_PLACE:
            phrase += " " + WHERE[thing.place]
        parts.append(phrase)
    text = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    if complete or lots.random() >= SILENT_BACKGROUND:
        text += " " + IN[scene.background]
    if complete or lots.random() >= SILENT_TIME:
        text = f"{text} {WHEN[scene.time]}" if lots.random() < 0.75 else f"{WHEN[scene.time]}, {text}"
    return text


def captions_of(scene, seed, index, count=1):
    """Several captions of scene number index of a seed, always the same ones."""
    lots = np.random.default_rng([seed, index, 1])
    return [caption(scene, lots) for _ in range(count)]
