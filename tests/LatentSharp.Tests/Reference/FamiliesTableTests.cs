using System.Globalization;
using System.Text;

namespace LatentSharp.Tests.Reference;

/// <summary>
/// docs/families.md: docs/correctness.md told by family. LATENTSHARP_WRITE_DOCS=1 rewrites it from the lines that are there.
/// </summary>
public sealed class FamiliesTableTests
{
    private static readonly (string Family, string Files, string[] Models)[] Families =
    [
        ("FLUX.1", "BFL, diffusers; float32, bfloat16, float16; also the full-size network",
            ["flux-ch32-bf16", "flux-ch32-diffusers", "flux-ch32s", "flux-ch32s-bf16", "flux-ch32s-fp16", "flux-full"]),
        ("Stable Diffusion 1.x, 2.x, XL", "LDM, diffusers with old attention names; safetensors, torch zip and legacy",
            ["sd-ch32", "sd-ch32-diffusers-old-attn"]),
        ("FLUX.2", "BFL, diffusers, small decoder", ["flux2-ch32", "flux2-ch32-diffusers", "flux2-small-decoder"]),
        ("TAESD", "original, as a pair of files, real weights", ["taesd"]),
        ("TAESDXL", "original, as a pair of files, real weights", ["taesdxl"]),
        ("TAESD3", "original, as a pair of files, real weights", ["taesd3"]),
        ("TAEF1", "original, as a pair of files, real weights", ["taef1"]),
        ("TAEF2", "original torch files, as a pair, real weights", ["taef2"]),
        ("DC-AE (Sana; in/mix style)", "diffusers with config.json", ["sana-f32", "dc-shuffle-f8"]),
        ("Wan 2.1, Qwen-Image (one picture)", "original, diffusers", ["wan21-d6", "wan21-d6-diffusers", "qwen-d3", "qwen-d3-diffusers"]),
        ("Wan 2.2 TI2V-5B (one picture)", "original, diffusers", ["wan22-d4", "wan22-d4-diffusers"]),
        ("Qwen-Image-2.1 (with opacity)", "ComfyUI, diffusers", ["qwen21-d3", "qwen21-d3-diffusers"]),
    ];

    [Fact]
    public void ThePageSaysWhatTheComparisonsSay()
    {
        string page = Repository.Path("docs/families.md"), made = Make(File.ReadAllLines(Repository.Path("docs/correctness.md")));
        if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1") File.WriteAllText(page, made);
        Assert.True(File.Exists(page) && File.ReadAllText(page) == made,
            "docs/families.md does not say what docs/correctness.md says; run the tests with LATENTSHARP_WRITE_DOCS=1, twice");
    }

    private static string Make(string[] lines)
    {
        var text = new StringBuilder("""
            # Families

            Which autoencoders have been compared with their original implementation, and the largest error over all comparisons of a
            family, relative to the range of the expected values ([correctness.md](correctness.md) lists them one by one). "FLUX.1"
            includes pictures of amplitude 1e-3, which magnify rounding. Stable Diffusion 3 has the network of FLUX.1 with other
            constants, the x4 upscaler that of Stable Diffusion with one level less.

            CogView4, HunyuanImage 2.1, TAESana and TAEHV (`taew2_1`, `taew2_2`, the tiny decoders for Wan) are built from the names and
            shapes of their published files and from the originals' code; no results of the originals with published weights were at hand.
            Of the video autoencoders one picture is what is encoded and decoded, which needs a part of their weights only; latents of
            several frames are refused.

            | family | files compared | reference | comparisons | largest error |
            |---|---|---|---|---|

            """);
        foreach ((string family, string files, string[] models) in Families)
        {
            string[][] rows = [.. lines.Select(l => l.Split('|', StringSplitOptions.TrimEntries))
                .Where(c => c.Length == 6 && models.Contains(c[1].Split(' ')[0], StringComparer.Ordinal))];
            if (rows.Length == 0) continue;
            double largest = rows.Max(c => double.Parse(c[4], CultureInfo.InvariantCulture));
            text.Append(CultureInfo.InvariantCulture,
                $"| {family} | {files} | {string.Join("; ", rows.Select(c => c[2]).Distinct())} | {rows.Length} | {largest:0.0e0} |\n");
        }
        return text.ToString().ReplaceLineEndings("\n");
    }
}
