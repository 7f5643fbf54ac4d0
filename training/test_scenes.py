"""Scenes: the same for the same numbers, in the words of the world, and readable by a judge that does not know how they were drawn."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np

from scenes import captions, drawing, judge, prompts, scene as world


def wanted(scene):
    things = [{"kind": t.kind, "colour": t.colour, "size": t.size, "place": t.place} for t in scene.things]
    return {"things": things, "background": scene.background, "time": scene.time}


class Scenes(unittest.TestCase):
    def test_a_number_is_always_the_same_scene(self):
        for index in range(20):
            one, other = (world.draw_lots(5, index) for _ in range(2))
            self.assertEqual(one, other)
            self.assertTrue((drawing.picture(one) == drawing.picture(other)).all())
        self.assertNotEqual(world.draw_lots(5, 0), world.draw_lots(6, 0))

    def test_no_two_things_stand_in_one_field(self):
        for index in range(300):
            fields = [(t.place, t.in_sky) for t in world.draw_lots(7, index).things]
            self.assertEqual(len(fields), len(set(fields)))

    def test_captions_have_words_of_the_world_only_and_are_many(self):
        known, said = set(captions.words()), set()
        for index in range(4000):
            for text in captions.captions_of(world.draw_lots(8, index), 8, index, 4):
                said.add(text)
                self.assertLessEqual(set(text.replace(",", " ,").split()), known)
        self.assertGreater(len(said), 10_000)

    def test_pairs_held_back_are_in_prompts_and_nowhere_else(self):
        self.assertTrue(all(world.is_held_back(world.draw_lots(9, i, held_back=True).things) for i in range(100)))
        self.assertFalse(any(world.is_held_back(world.draw_lots(9, i).things) for i in range(1000)))
        texts = [text for text, _ in prompts.prompts(50)]
        self.assertEqual(texts, [text for text, _ in prompts.prompts(50)])
        self.assertEqual(len(set(texts)), 50)

    def test_a_complete_caption_says_everything(self):
        for index in range(200):
            scene = world.draw_lots(10, index)
            text = captions.caption(scene, np.random.default_rng(index), complete=True)
            for thing in scene.things:
                self.assertIn(f"{thing.colour} {thing.kind}", text)
            self.assertIn(captions.IN[scene.background], text)
            self.assertIn(captions.WHEN[scene.time], text)


class Judging(unittest.TestCase):
    def test_scenes_are_read_as_they_were_drawn(self):
        total, shapes = {}, judge.outlines()
        for index in range(24):
            scene = world.draw_lots(11, index)
            for name, (right, asked) in judge.compare(drawing.picture(scene), wanted(scene), shapes).items():
                kept = total.setdefault(name, [0, 0])
                kept[0] += right
                kept[1] += asked
        for name in judge.ATTRIBUTES:
            self.assertGreaterEqual(total[name][0] / total[name][1], 0.95, name)
        self.assertEqual(total["extra"][0], 0)

    def test_an_empty_scene_has_nothing_in_it(self):
        for background in world.BACKGROUNDS:
            for time in world.TIMES:
                self.assertEqual(judge.read(np.asarray(drawing.picture(world.Scene(background, time)))), ([], background, time))

    def test_what_is_wrong_is_counted_as_wrong(self):
        scene = world.Scene("meadow", "day", (world.Thing("house", "red", "middling", "left"), world.Thing("sun", "yellow", "middling", "middle")))
        asked = wanted(scene)
        asked["things"][0].update(colour="blue")
        asked["things"][1].update(kind="star", place="right")
        asked["time"] = "night"
        counts = judge.compare(drawing.picture(scene), asked)
        self.assertEqual({name: tuple(counts[name]) for name in counts},
                         {"kind": (1, 2), "colour": (1, 2), "size": (2, 2), "place": (1, 2), "background": (1, 1), "time": (0, 1), "extra": (0, 2)})


if __name__ == "__main__":
    unittest.main()
