using System.Diagnostics;
using System.Text.Json;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class TorchFileTests
{
    // What the hostile checkpoints would create if their pickles were run (shared/golden/hostile/README.md).
    private const string Marker = "/tmp/PWNED";

    // Words that the refusal of a hostile file has to contain: the rule that manifest.json says it breaks.
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["malicious-reduce-os-system"] = "posix.system|os.system",
        ["malicious-legacy-reduce"] = "posix.system|os.system",
        ["malicious-eval"] = "builtins.eval",
        ["malicious-stack-global"] = "posix.system",
        ["malicious-inst"] = "os.system",
        ["malicious-obj"] = "os.system",
        ["malicious-newobj-ex"] = "subprocess.Popen",
        ["malicious-build-setstate"] = "torch.nn.modules.module.Module",
        ["malicious-inside-tensor-args"] = "os.system",
        ["pickle-unknown-opcode"] = "instruction 0xFF",
        ["pickle-protocol-99"] = "protocol 99",
        ["pickle-deep-nesting-200k"] = "compressed|nests containers",
        ["pickle-huge-unicode-length"] = "announces 4,611,686,018,427,387,904 bytes",
        ["pickle-stack-underflow"] = "empty stack",
        ["pickle-get-unset-memo"] = "never stored",
        ["pickle-no-stop"] = "STOP",
        ["pickle-empty"] = "empty",
        ["storage-missing"] = "not in the file",
        ["storage-too-short"] = "claims 1,000,000,000 elements",
        ["tensor-offset-outside"] = "reaches to element",
        ["tensor-stride-outside"] = "reaches to element",
        ["tensor-negative-offset"] = "may not be negative",
        ["storage-key-traversal"] = "not in the file",
        ["zip-no-end-record"] = "no end record",
        ["zip-directory-outside"] = "outside the file",
        ["zip-duplicate-data-pkl"] = "two entries",
        ["legacy-wrong-magic"] = "magic number",
        ["legacy-truncated-storage"] = "cut off|claims",
        ["legacy-huge-numel"] = "claims 1,152,921,504,606,846,976 elements",
    };

    public static TheoryData<string> Valid => WeightManifest.Names("valid", IsCheckpoint);

    public static TheoryData<string> Hostile => WeightManifest.Names("hostile", IsCheckpoint);

    [Theory]
    [MemberData(nameof(Valid))]
    public void Reads_a_valid_checkpoint_exactly_as_the_manifest_says(string name)
    {
        Shared.Require($"golden/valid/{name}");
        using TorchFile file = TorchFile.Open(Shared.Path($"golden/valid/{name}"));
        // The manifest gives whole paths, the file has them without the wrapper.
        WeightManifest.AssertTensors(WeightManifest.Entry("valid", name).GetProperty("tensors"), file, path =>
        {
            Assert.StartsWith(file.Wrapper, path);
            return file.Wrapper.Length == 0 ? path : path[(file.Wrapper.Length + 1)..];
        });
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            float[] all = file.Read(tensor);
            for (int first = 0; first < all.Length; first++)
            {
                var part = new float[Math.Min(5, all.Length - first)];
                file.Read(tensor, first, part);
                Assert.Equal(all.AsSpan(first, part.Length).ToArray(), part);
                var bytes = new byte[1];
                file.ReadBytes(tensor, first, bytes);
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(tensor, 1, new float[all.Length]));
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_checkpoint_behaves_as_the_manifest_says_and_runs_nothing(string name)
    {
        Shared.Require($"golden/hostile/{name}");
        Assert.False(File.Exists(Marker), $"{Marker} exists before the test");
        bool mayLoad = WeightManifest.Entry("hostile", name).GetProperty("expect").GetString() == "either";
        long before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        try
        {
            using TorchFile file = TorchFile.Open(Shared.Path($"golden/hostile/{name}"));
            Assert.True(mayLoad, $"{name} was accepted");
            foreach (TensorInfo tensor in file.Tensors.Values) file.Read(tensor);
        }
        catch (LatentSharpException error)
        {
            Assert.Equal(ErrorKind.BadInput, error.Kind);
            Assert.Contains(name, error.Message);
            if (Rules.TryGetValue(System.IO.Path.GetFileNameWithoutExtension(name), out string? words))
                Assert.True(words.Split('|').Any(error.Message.Contains), error.Message);
            else Assert.True(mayLoad, $"no rule is listed for {name}: {error.Message}");
        }
        Assert.False(File.Exists(Marker), $"{name} ran code");
        // The project's bound is 100 MB for each of these files; the time is bounded generously, as a guard against a hang.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void A_class_used_only_as_a_key_is_kept_as_a_word()
    {
        Shared.Require();
        using TorchFile file = TorchFile.Open(Shared.Path("golden/valid/lightning-callbacks.ckpt"));
        Assert.Equal(["pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint"], file.InertNames);
        Assert.Equal(("state_dict", 1), (file.Wrapper, file.OtherTensorGroups));
    }

    // What pickle.dumps(..., 2) writes for numpy.float64(1.5) and for a torch.device beside the weights of a Lightning checkpoint.
    [Fact]
    public void Numbers_of_numpy_and_devices_beside_the_weights_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        byte[] numpy = [.. "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n"u8, .. "X\x02\0\0\0f8"u8, 0x89, 0x88, 0x87, (byte)'R',
            .. "(K\x03X\x01\0\0\0<NNNJ"u8, 255, 255, 255, 255, (byte)'J', 255, 255, 255, 255, (byte)'K', 0, (byte)'t', (byte)'b',
            .. "c_codecs\nencode\n"u8, .. "X\x01\0\0\0a"u8, .. "X\x06\0\0\0latin1"u8, 0x86, (byte)'R', 0x86, (byte)'R'];
        byte[] device = [.. "ctorch\ndevice\n"u8, .. "X\x03\0\0\0cpu"u8, 0x85, (byte)'R'];
        string path = folder.Write("a.ckpt",
            CheckpointSamples.TorchZip(CheckpointSamples.StateDictionary(("best", numpy), ("device", device))));
        using TorchFile file = TorchFile.Open(path);
        Assert.Equal(["t", "w"], file.Tensors.Keys.Order());
    }

    // What pickle.dumps(..., 2) writes for argparse.Namespace(lr=1) and, of a class that is a dictionary, for AttributeDict(lr=1).
    [Theory]
    [InlineData("argparse", "Namespace", true)]
    [InlineData("omegaconf.dictconfig", "DictConfig", true)]
    [InlineData("pytorch_lightning.utilities.parsing", "AttributeDict", false)]
    [InlineData("lightning.fabric.utilities.data", "AttributeDict", false)]
    public void Records_of_hyper_parameters_beside_the_weights_are_passed_over(string module, string name, bool state)
    {
        using var folder = new TemporaryFolder();
        byte[] entry = [.. "X\x02\0\0\0lr"u8, .. "K\x01s"u8];
        byte[] record = [.. System.Text.Encoding.ASCII.GetBytes($"c{module}\n{name}\n"), (byte)')', 0x81,
            .. state ? [(byte)'}', .. entry, (byte)'b'] : entry];
        using TorchFile file = TorchFile.Open(folder.Write("a.ckpt",
            CheckpointSamples.TorchZip(CheckpointSamples.StateDictionary(("hyper_parameters", record)))));
        Assert.Equal(["t", "w"], file.Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("os", "getcwd")]
    [InlineData("numpy.lib", "load")]
    [InlineData("torch", "load")]
    [InlineData("torch.hub", "load")]
    [InlineData("collections", "namedtuple")]
    [InlineData("my.package", "Config")]
    public void Any_other_call_is_refused_by_name(string module, string name)
    {
        using var folder = new TemporaryFolder();
        byte[] call = [.. System.Text.Encoding.ASCII.GetBytes($"c{module}\n{name}\n"), (byte)')', (byte)'R'];
        string path = folder.Write("a.ckpt", CheckpointSamples.TorchZip(CheckpointSamples.StateDictionary(("extra", call))));
        var error = Assert.Throws<LatentSharpException>(() => TorchFile.Open(path));
        Assert.Contains($"{module}.{name}", error.Message);
        Assert.Contains("othing was run", error.Message);
    }

    [Fact]
    public void A_long_key_above_many_tensors_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] key = [(byte)'X', 0, 0, 16, 0, .. Enumerable.Repeat((byte)'k', 1 << 20)];
        // {key: {"w": tensor}}, with the tensor of the sample.
        byte[] inner = CheckpointSamples.StateDictionary();
        byte[] pickle = [0x80, 2, (byte)'}', .. key, .. inner.AsSpan(2, inner.Length - 3), (byte)'s', (byte)'.'];
        string path = folder.Write("a.ckpt", CheckpointSamples.TorchZip(pickle));
        Assert.Contains("4,096 characters", Assert.Throws<LatentSharpException>(() => TorchFile.Open(path)).Message);
    }

    // Same weights, two containers, fp32 and fp16 (shared/golden/README.md, sd-vae: values exact in fp16 and fp32).
    [Theory]
    [InlineData("golden/sd-vae/sd-ch32.ckpt", "torch zip")]
    [InlineData("golden/sd-vae/sd-ch32-legacy.ckpt", "torch legacy")]
    public void The_SD_checkpoints_hold_the_same_autoencoder_as_the_safetensors_file(string path, string format)
    {
        Shared.Require();
        using TorchFile file = TorchFile.Open(Shared.Path(path));
        using SafetensorsFile reference = SafetensorsFile.Open(Shared.Path("golden/sd-vae/sd-ch32.safetensors"));
        Assert.Equal(format, file.Format);
        CanonicalWeights found = CanonicalWeights.From(file), expected = CanonicalWeights.From(reference);
        Assert.Equal(expected.Tensors.Keys.Order(), found.Tensors.Keys.Order());
        foreach (TensorInfo tensor in expected.Tensors.Values) Assert.Equal(expected.Read(tensor), found.Read(found.Tensors[tensor.Name]));
    }

    [Fact]
    public void The_published_TAEF2_pair_opens_as_one_autoencoder()
    {
        Shared.Require();
        using TorchFile encoder = TorchFile.Open(Shared.Path("models/tiny/taef2_encoder.pth")),
            decoder = TorchFile.Open(Shared.Path("models/tiny/taef2_decoder.pth"));
        // 1,338,528 and 1,338,499 parameters (shared/models/tiny/README.md).
        Assert.Equal(1338528, encoder.Tensors.Values.Sum(t => t.Shape.ElementCount));
        Assert.Equal(1338499, decoder.Tensors.Values.Sum(t => t.Shape.ElementCount));
        CanonicalWeights pair = CanonicalWeights.From(encoder, decoder);
        Assert.Equal((AutoencoderKind.Tiny, 158), (pair.Kind, pair.Tensors.Count));
        Assert.NotNull(pair.Locate(pair.Tensors["encoder.0.weight"]));
    }

    private static bool IsCheckpoint(JsonElement entry)
        => entry.GetProperty("file").GetString()!.EndsWith(".ckpt", StringComparison.Ordinal);
}
