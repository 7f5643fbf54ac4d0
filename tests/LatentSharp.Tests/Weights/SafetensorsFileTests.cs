using System.Text;
using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class SafetensorsFileTests
{
    // What a refusal must say, beside the path: words of the rule that ../shared/golden/hostile/manifest.json says the file breaks.
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["st-empty"] = "0 bytes",
        ["st-seven-bytes"] = "8-byte header length",
        ["st-zero-length-header"] = "header length is 0",
        ["st-header-longer-than-file"] = "exceeds the",
        ["st-header-claims-over-100mb"] = "at most 100,000,000",
        ["st-header-len-u64-max"] = "at most 100,000,000",
        ["st-header-len-sign-bit"] = "at most 100,000,000",
        ["st-header-not-utf8"] = "not valid UTF-8",
        ["st-header-bom"] = "begin with {",
        ["st-header-leading-space"] = "begin with {",
        ["st-header-is-array"] = "begin with {",
        ["st-header-truncated-json"] = "not well-formed JSON",
        ["st-header-garbage-after-json"] = "only spaces may follow",
        ["st-nested-json-100k"] = "has to be an object|not well-formed JSON|array of unsigned|unsigned integers|unknown field",
        ["st-duplicate-keys"] = "same name",
        ["st-negative-offset"] = "unsigned integers",
        ["st-reversed-offsets"] = "reversed",
        ["st-overlapping-offsets"] = "overlaps",
        ["st-offset-beyond-file"] = "past the end",
        ["st-hole-between-tensors"] = "hole",
        ["st-leading-hole"] = "hole",
        ["st-trailing-bytes"] = "trailing bytes",
        ["st-truncated-data"] = "past the end",
        ["st-shape-product-overflow"] = "overflows 64 bits",
        ["st-shape-times-size-overflow"] = "overflows 64 bits",
        ["st-negative-dim"] = "unsigned integers",
        ["st-float-dim"] = "unsigned integers",
        ["st-unknown-dtype"] = "unknown dtype",
        ["st-dtype-size-mismatch"] = "its data_offsets span",
        ["st-metadata-not-string"] = "have to be strings",
        ["st-missing-offsets"] = "lacks data_offsets",
        ["st-three-offsets"] = "two numbers",
        ["st-offset-1e400"] = "unsigned integers",
    };

    public static TheoryData<string> Valid => WeightManifest.Names("valid", IsSafetensors);

    public static TheoryData<string> Hostile => WeightManifest.Names("hostile", IsSafetensors);

    [Theory]
    [MemberData(nameof(Valid))]
    public void Reads_a_valid_file_exactly_as_the_manifest_says(string name)
    {
        Shared.Require($"golden/valid/{name}");
        JsonElement entry = WeightManifest.Entry("valid", name);
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path($"golden/valid/{name}"));
        WeightManifest.AssertTensors(entry.GetProperty("tensors"), file);
        Assert.Equal(entry.GetProperty("metadata").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!),
            file.Metadata.ToDictionary());
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Refuses_a_hostile_file_naming_the_rule(string name)
    {
        Shared.Require($"golden/hostile/{name}");
        string path = Shared.Path($"golden/hostile/{name}");
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<LatentSharpException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains(name, error.Message);
        string[] words = Rules[System.IO.Path.GetFileNameWithoutExtension(name)].Split('|');
        Assert.True(words.Any(error.Message.Contains), error.Message);
    }

    [Fact]
    public void A_web_page_is_called_a_web_page()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("ae.safetensors", Encoding.UTF8.GetBytes("\n<!DOCTYPE html><html><body>Please log in</body></html>"));
        Assert.Contains("web page", Assert.Throws<LatentSharpException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Fact]
    public void A_git_lfs_pointer_is_called_so()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("ae.safetensors",
            """
            version https://git-lfs.github.com/spec/v1
            oid sha256:afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38
            size 335304388

            """u8.ToArray());
        string message = Assert.Throws<LatentSharpException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains("Git LFS pointer to a file of 335,304,388 bytes", message);
        Assert.Contains("git lfs pull", message);
    }

    [Fact]
    public void Names_from_a_file_cannot_write_to_the_terminal()
    {
        using var folder = new TemporaryFolder();
        byte[] header = Encoding.UTF8.GetBytes("{\"a\\u001b[2J\\nforged: line\\u202Eb\":{\"dtype\":\"F99\",\"shape\":[],\"data_offsets\":[0,0]}}");
        string path = folder.Write("a.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header]);
        string message = Assert.Throws<LatentSharpException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains(@"'a\u001B[2J\u000Aforged: line\u202Eb'", message);
        Assert.DoesNotContain(message, c => char.IsControl(c));
        Assert.Equal(["ab", @"x\u001B.*: 2 tensors"], TensorNames.Summarize(["x\e.a", "x\e.b", "ab"]));
    }

    [Fact]
    public void A_folder_and_a_missing_file_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("folder", Assert.Throws<LatentSharpException>(() => SafetensorsFile.Open(folder.Path)).Message);
        var missing = Assert.Throws<LatentSharpException>(() => SafetensorsFile.Open(folder.File("none.safetensors")));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
    }

    [Fact]
    public void Several_threads_read_one_file()
    {
        Shared.Require();
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("models/tiny/taef1_decoder.safetensors"));
        Dictionary<string, float[]> expected = file.Tensors.Values.ToDictionary(t => t.Name, file.Read);
        Parallel.For(0, 4 * expected.Count, i =>
        {
            TensorInfo tensor = file.Tensors.Values.ElementAt(i % expected.Count);
            Assert.Equal(expected[tensor.Name], file.Read(tensor));
        });
    }

    [Fact]
    public void Reads_any_part_of_a_tensor_and_nothing_outside_it()
    {
        Shared.Require();
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("golden/valid/dtypes-all.safetensors"));
        foreach (TensorInfo info in file.Tensors.Values)
        {
            float[] all = file.Read(info);
            for (int first = 0; first < Math.Min(all.Length, 40); first++)
            {
                var part = new float[Math.Min(17, all.Length - first)];
                file.Read(info, first, part);
                Assert.Equal(all.AsSpan(first, part.Length).ToArray(), part);
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(info, 1, new float[all.Length]));
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(info, -1, new float[1]));
            Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes(info, info.ByteLength, new byte[1]));
            StoredRange range = file.Locate(info)!;
            var bytes = new byte[info.ByteLength];
            file.ReadBytes(info, 0, bytes);
            Assert.Equal(File.ReadAllBytes(range.Path).AsSpan((int)range.Offset, (int)range.Length).ToArray(), bytes);
        }
    }

    private static bool IsSafetensors(JsonElement entry)
        => entry.GetProperty("file").GetString()!.EndsWith(".safetensors", StringComparison.Ordinal);
}
