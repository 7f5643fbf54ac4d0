"""Tests of what is said about wrong options and files: python3 -m unittest discover -s training."""

import contextlib
import io
import os
import re
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import model  # noqa: E402
import safetensors_file  # noqa: E402
import train  # noqa: E402

MINI = os.path.join(os.path.dirname(HERE), "assets", "models", "flux1-mini.safetensors")


class Files(unittest.TestCase):
    def test_a_wrong_file_is_named_with_what_was_expected(self):
        tensors, _ = safetensors_file.read(MINI)
        name = "encoder.conv_in.weight"  # [32, 3, 3, 3] at the width of 32; [128, 3, 3, 3] in FLUX.1's own file (design.md)
        wrong = {
            "244 tensors of AutoencoderKL are expected, 243 are there; " + name + " is missing": {key: value for key, value in tensors.items() if key != name},
            "244 tensors of AutoencoderKL are expected, 245 are there; more is one too many": {**tensors, "more": tensors[name]},
            name + " is [128, 3, 3, 3], [32, 3, 3, 3] is expected": {**tensors, name: tensors[name].repeat(4, 1, 1, 1)},
        }
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "wrong.safetensors")
            for said, content in wrong.items():
                safetensors_file.write(path, content, {})
                with self.assertRaisesRegex(safetensors_file.WrongFile, re.escape(path) + ".*" + re.escape(said)):
                    model.load(model.AutoencoderKL(), path)
            with open(MINI, "rb") as file:
                whole = file.read()
            for content in (b"", b"junk", b"not a weight file at all", whole[:10_000], whole[:-2], b"\x02" + bytes(7) + b"[]", b"\x08" + bytes(7) + b'{"a": 1}'):
                with open(path, "wb") as file:
                    file.write(content)
                with self.assertRaisesRegex(safetensors_file.WrongFile, re.escape(path) + ".*safetensors"):
                    model.load(model.AutoencoderKL(), path)


class Options(unittest.TestCase):
    def test_a_mistake_is_named_with_what_was_expected(self):
        for wrong, expected in (
            (["--weights", "colours=3"], "--weights colours=3: the losses are detail, tone, colour,"),
            (["--weights", "colour"], "--weights colour: a number is expected after colour="),
            (["--largest", "100"], "--largest 100: a multiple of 8"),
            (["--start", "nowhere.safetensors"], "--start nowhere.safetensors: there is no such file; it takes the weights to start from"),
            (["--teacher", "nowhere.safetensors"], "--teacher nowhere.safetensors: there is no such file; it takes TAEF1's encoder"),
        ):
            said = io.StringIO()
            with mock.patch.object(sys, "argv", ["train.py", "--teacher", MINI, *wrong]), contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as end:
                train.arguments()
            self.assertEqual(2, end.exception.code)
            self.assertIn(expected, said.getvalue())


if __name__ == "__main__":
    unittest.main()
