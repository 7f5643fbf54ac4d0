using System.Text;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class WeightFilesTests
{
    [Theory]
    [InlineData("golden/valid/dtypes-all.safetensors", "safetensors")]
    [InlineData("golden/valid/dtypes.ckpt", "torch zip")]
    [InlineData("golden/valid/dtypes-legacy.ckpt", "torch legacy")]
    [InlineData("golden/gguf/quants.gguf", "gguf")]
    public void The_content_decides_not_the_extension(string file, string format)
    {
        Shared.Require(file);
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "a.bin", "b.safetensors", "c.ckpt", "d" })
        {
            File.Copy(Shared.Path(file), folder.File(name));
            using WeightFile opened = WeightFiles.Open(folder.File(name));
            Assert.Equal(format, opened.Format);
        }
    }

    [Fact]
    public void Every_hostile_file_is_refused_with_an_error_meant_for_people()
    {
        Shared.Require();
        foreach (string folder in new[] { "hostile", "gguf/hostile" })
            foreach (var entry in WeightManifest.Files(folder))
            {
                string path = Shared.Path($"golden/{folder}/{entry.GetProperty("file").GetString()}");
                try
                {
                    WeightFiles.Open(path).Dispose();
                    Assert.Equal("either", entry.GetProperty("expect").GetString());
                }
                catch (LatentSharpException error)
                {
                    Assert.StartsWith(path, error.Message);
                }
            }
    }

    [Fact]
    public void Something_else_is_no_weight_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("notes.txt", "These are notes, not weights."u8.ToArray());
        Assert.Contains("no weight file", Assert.Throws<LatentSharpException>(() => WeightFiles.Open(path)).Message);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => WeightFiles.Open(folder.File("missing"))).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("vae")]
    public void A_diffusers_folder_opens_with_its_configuration(string inner)
    {
        using var folder = new TemporaryFolder();
        string vae = Directory.CreateDirectory(folder.File(inner)).FullName;
        File.WriteAllText(System.IO.Path.Combine(vae, "config.json"), "{\"_class_name\":\"AutoencoderKL\"}");
        SafetensorsWriter.Write(System.IO.Path.Combine(vae, "diffusion_pytorch_model.safetensors"),
            [SafetensorsEntry.Of("w", new float[] { 1, 2 }, 2)], new Dictionary<string, string> { ["format"] = "pt" });
        foreach (string path in new[] { folder.Path, System.IO.Path.Combine(vae, "diffusion_pytorch_model.safetensors") })
        {
            using WeightFile file = WeightFiles.Open(path);
            Assert.Equal("{\"_class_name\":\"AutoencoderKL\"}", file.Metadata["config.json"]);
            Assert.Equal("pt", file.Metadata["format"]);
            Assert.Equal([1, 2], file.Read(file.Tensors["w"]));
        }
    }

    [Fact]
    public void A_folder_without_configuration_names_what_is_in_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ae.safetensors", [1]);
        string message = Assert.Throws<LatentSharpException>(() => WeightFiles.Open(folder.Path)).Message;
        Assert.Contains("ae.safetensors", message);
    }

    [Fact]
    public void Shards_are_one_set_of_weights()
    {
        using var folder = new TemporaryFolder();
        string index = Sharded(folder, "\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"");
        using WeightFile file = WeightFiles.Open(index);
        Assert.Equal("sharded safetensors", file.Format);
        Assert.Equal(["one.safetensors", "two.safetensors"], ((ShardedSafetensors)file).Shards);
        Assert.Equal([1, 2, 3], file.Read(file.Tensors["b"]));
        Assert.Equal(new Shape(3), file.Tensors["b"].Shape);
        Assert.EndsWith("two.safetensors", file.Locate(file.Tensors["b"])!.Path);
    }

    [Theory]
    [InlineData("\"a\":\"three.safetensors\"", "not beside it")]
    [InlineData("\"a\":\"../one.safetensors\"", "shards lie in the folder")]
    [InlineData("\"a\":\"/etc/passwd\"", "shards lie in the folder")]
    [InlineData("\"b\":\"one.safetensors\"", "it does not")]
    [InlineData("\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"", "twice")]
    [InlineData("\"a\":1", "has to be a string")]
    [InlineData("\"a\":", "not well-formed JSON")]
    public void A_broken_index_is_refused(string map, string rule)
    {
        using var folder = new TemporaryFolder();
        string index = Sharded(folder, map);
        Assert.Contains(rule, Assert.Throws<LatentSharpException>(() => WeightFiles.Open(index)).Message);
    }

    private static string Sharded(TemporaryFolder folder, string map)
    {
        SafetensorsWriter.Write(folder.File("one.safetensors"), [SafetensorsEntry.Of("a", new float[] { 5 }, 1)]);
        SafetensorsWriter.Write(folder.File("two.safetensors"), [SafetensorsEntry.Of("b", new float[] { 1, 2, 3 }, 3)]);
        return folder.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes($"{{\"metadata\":{{\"total_size\":16}},\"weight_map\":{{{map}}}}}"));
    }

    [Theory]
    [InlineData(ElementType.F32)]
    [InlineData(ElementType.BF16)]
    public void A_file_that_is_shortened_while_in_use_is_an_error_that_names_it(ElementType type)
    {
        using var folder = new TemporaryFolder();
        var source = new MemoryWeights();
        source.Add("a", new float[1 << 20], 1 << 20);
        string path = folder.Write("a.safetensors", []);
        SafetensorsWriter.Write(path, [SafetensorsEntry.Convert(source, source.Tensors["a"], "a", new Shape(1 << 20), type)]);
        using WeightFile file = WeightFiles.Open(path);
        using (var other = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)) other.SetLength(1000);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => file.Read(file.Tensors["a"]));
        Assert.Equal((ErrorKind.BadInput, path), (error.Kind, error.Where));
        Assert.Contains("now ends at 1,000", error.Message, StringComparison.Ordinal);
    }
}
