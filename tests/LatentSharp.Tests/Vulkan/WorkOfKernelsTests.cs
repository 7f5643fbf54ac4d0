using System.Globalization;
using System.Text;
using LatentSharp.Bench.Weights;
using LatentSharp.Graph;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Service.Generating;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Planning;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// The operations and bytes of every kernel for pictures of 1024 x 1024 with FLUX.1's autoencoder, counted in the plans, beside what named
/// cards give by public figures. LATENTSHARP_WRITE_DOCS=1 writes the page; without it the page has to be as counted.
/// </summary>
public sealed class WorkOfKernelsTests
{
    private const string Page = "docs/gpu-estimates.md", Head = """
        # The work of the kernels, and what cards could do

        Estimates: no card has computed this ([gpu.md](gpu.md)). The first table is counted in the plans for pictures of 1024 x 1024 with
        FLUX.1's autoencoder: operations of products (a multiply-add is two; Winograd's transformations count as if they were multiply-adds;
        functions and normalisations, a hundredth of all, are not counted) and the bytes of everything that a kernel is shown, once for
        each time it is started. The second divides by the cards' peaks, kernel by kernel, and takes the larger of the two quotients:
        no run of these kernels can be faster, and a real one is slower.
        Attention, for one, reads keys and values again for every eight queries, from the cards' caches at best. Peaks are the vendors', for
        float32 and memory. fp16 has the same operations, since its sums are float32. `WorkOfKernelsTests` counts; it writes this page with
        `LATENTSHARP_WRITE_DOCS=1`.


        """;

    // Tera-operations a second in float32 and gigabytes a second, as the vendors state them.
    private static readonly (string Name, double Operations, double Bytes)[] Cards =
    [
        ("GeForce RTX 3060", 12.7e12, 360e9), ("GeForce RTX 4090", 82.6e12, 1008e9), ("H100 SXM", 67e12, 3350e9),
        ("Radeon RX 7900 XTX", 61.4e12, 960e9), ("Arc A770", 19.7e12, 560e9), ("Radeon 780M", 8.3e12, 90e9),
    ];

    private sealed record Row(string Kernel, int Times, double Operations, double Bytes);

    [Fact]
    public void The_page_is_as_counted()
    {
        var source = BenchFiles.Weights(BenchModel.Flux1);
        (string Name, Row[] Rows)[] works = [.. new[] { Precision.Float32, Precision.Float32Fast, Precision.Float16 }.SelectMany(p => new[]
        {
            ($"encode, {Word(p)}", Count(AutoencoderKL.Encoder(source, 1024, 1024), p)),
            ($"decode, {Word(p)}", Count(AutoencoderKL.Decoder(source, 128, 128), p)),
        })];
        var page = new StringBuilder(Head);
        page.Append("| work | kernel | starts | G operations | GB |\n|---|---|---|---|---|\n");
        foreach ((string name, Row[] rows) in works)
            foreach (Row row in rows)
                page.Append(CultureInfo.InvariantCulture,
                    $"| {name} | `{row.Kernel}` | {row.Times} | {(row.Operations > 0 ? $"{row.Operations / 1e9:#,0}" : "-")} | {row.Bytes / 1e9:0.00} |\n");
        page.Append(CultureInfo.InvariantCulture, $"\n| floor in ms | {string.Join(" | ", works.Select(w => w.Name))} |\n|---|---|---|---|---|---|---|\n");
        foreach ((string name, double operations, double bytes) in Cards)
            page.Append(CultureInfo.InvariantCulture, $"| {name} | {string.Join(" | ", works.Select(w => Floor(w.Rows, operations, bytes)))} |\n");
        string path = Repository.Path(Page);
        if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1") File.WriteAllText(path, page.ToString());
        Assert.Equal(page.ToString().ReplaceLineEndings("\n"), File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static string Word(Precision precision) => PrecisionWords.Of(precision);

    private static string Floor(Row[] rows, double operations, double bytes)
        => (1000 * rows.Sum(r => Math.Max(r.Operations / operations, r.Bytes / bytes))).ToString("#,0", CultureInfo.InvariantCulture);

    // On a card that shows 4 GB at once.
    private static Row[] Count(NetworkGraph graph, Precision precision)
    {
        string[] products = ["product", "grouped", "attention", "linear_attention", "winograd_weights", "winograd_input", "winograd_product",
            "winograd_output"];
        NetworkGraph known = graph.Expand(VulkanOperations.Knows, "the device vulkan");
        var lowering = new Lowering(known, new CardLimits { BufferRange = uint.MaxValue }, precision);
        return [.. lowering.Commands.OfType<Dispatch>().GroupBy(d => d.Kernel.Shader).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Row(g.Key, g.Count(), products.Contains(g.Key) ? g.Sum(d => 2.0 * d.Work) : 0,
                g.SelectMany(d => d.Uses).Sum(u => (double)u.Length)))];
    }
}
