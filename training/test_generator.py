"""The generator: its vocabularies, its files, and a training that goes on where it stopped."""

import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

import torch

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)

import safetensors_file  # noqa: E402
from generator import network, transformer, vocabulary  # noqa: E402
from scenes import captions, scene as world  # noqa: E402

torch.set_num_threads(1)


class Vocabularies(unittest.TestCase):
    def test_every_word_comes_back_from_its_tokens(self):
        clip, t5 = vocabulary.ClipTokens(), vocabulary.T5Tokens()
        for word in captions.words():
            self.assertEqual("".join(clip.tokens[i] for i in clip.word(word)), word + vocabulary.END)
            piece = word if word == "," else vocabulary.SPACE + word
            self.assertEqual([t5.pieces[i][0] for i in t5.word(piece)], [piece])

    def test_a_strange_word_is_unknown_and_leaves_the_others_alone(self):
        t5 = vocabulary.T5Tokens()
        plain, strange = t5.prompt("a red boat"), t5.prompt("A red qqq boat.")
        self.assertEqual([i for i in strange if i not in (vocabulary.UNKNOWN, t5.ids[vocabulary.SPACE])][:4], plain[:4])
        self.assertIn(vocabulary.UNKNOWN, strange)

    def test_captions_have_room(self):
        t5 = vocabulary.T5Tokens()
        for index in range(500):
            for text in captions.captions_of(world.draw_lots(3, index), 3, index):
                ids = t5.prompt(text)
                self.assertEqual((len(ids), ids.count(vocabulary.TEXT_END), ids.count(vocabulary.UNKNOWN)), (vocabulary.TEXT_LENGTH, 1, 0))


class Files(unittest.TestCase):
    def test_what_was_written_is_read_back_and_draws_the_same(self):
        torch.manual_seed(3)
        sizes = {"hidden": 128, "mlp": 96, "double": 2, "single": 3, "t5": 64, "t5_heads": 2, "t5_mlp": 48, "t5_blocks": 1, "clip": 64, "clip_mlp": 80, "clip_layers": 2}
        net = network.Generator(sizes).eval()
        with torch.no_grad():
            for p in net.parameters():
                p.copy_((p + 0.02 * torch.randn_like(p)).bfloat16())
        with tempfile.TemporaryDirectory() as folder:
            network.write(net, folder, {"format": "pt"})
            found = network.read(folder)
        self.assertEqual(found.sizes, net.sizes)
        self.assertFalse(found.training)
        self.assertTrue(torch.equal(network.sample(net, ["a red boat"], steps=2, side=4), network.sample(found, ["a red boat"], steps=2, side=4)))

    def test_packing_can_be_undone(self):
        latents = torch.randn(2, 16, 6, 8)
        self.assertTrue(torch.equal(transformer.unpack(transformer.pack(latents), 6, 8), latents))

    def test_the_names_are_those_of_the_published_files(self):
        net = network.Generator()
        names = set(net.transformer.state_dict())
        for name in ("img_in.weight", "time_in.in_layer.weight", "guidance_in.out_layer.bias", "double_blocks.0.img_attn.norm.query_norm.scale",
                     "double_blocks.0.txt_mod.lin.weight", "double_blocks.0.img_mlp.2.bias", "single_blocks.3.linear2.weight",
                     "single_blocks.0.norm.key_norm.scale", "final_layer.adaLN_modulation.1.weight", "final_layer.linear.bias"):
            self.assertIn(name, names)
        self.assertIn("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", net.t5.state_dict())
        self.assertIn("text_model.encoder.layers.0.self_attn.q_proj.bias", net.clip.state_dict())
        with tempfile.TemporaryDirectory() as folder:
            network.write(net, folder, {})
            size = sum(os.path.getsize(f) for f in glob.glob(os.path.join(folder, "**"), recursive=True) if os.path.isfile(f))
            self.assertLess(size, 24_000_000)


class Training(unittest.TestCase):
    def test_a_training_that_was_stopped_goes_on_with_the_same_numbers(self):
        with tempfile.TemporaryDirectory() as folder:
            latents = os.path.join(folder, "latents")
            os.makedirs(latents)
            chance = torch.Generator().manual_seed(1)
            for i in range(12):
                safetensors_file.write(os.path.join(latents, f"{i:06}.latent.safetensors"), {"latent": torch.randn(1, 16, 32, 32, generator=chance)}, {})

            def run(name, *more):
                output = os.path.join(folder, name)
                common = ["--latents", latents, "--output", output, "--steps", "4", "--tokens", "256", "--apart", "2"]
                done = subprocess.run([sys.executable, os.path.join(FOLDER, "generator", "train.py"), *common, *more], capture_output=True, text=True,
                                      env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
                self.assertEqual(done.returncode, 0, done.stderr)
                return output

            whole = run("whole")
            parts = run("parts", "--minutes", "0")
            self.assertEqual(torch.load(os.path.join(parts, "checkpoint.pt"))["step"], 2)
            run("parts", "--resume")
            first, second = (torch.load(os.path.join(f, "checkpoint.pt")) for f in (whole, parts))
            self.assertEqual(first["step"], 4)
            for name, tensor in first["net"].items():
                self.assertTrue(torch.equal(tensor, second["net"][name]), name)
            with open(os.path.join(whole, "result", "transformer", "config.json"), encoding="utf-8") as file:
                self.assertEqual(json.load(file)["sample_size"], 32)


if __name__ == "__main__":
    unittest.main()
