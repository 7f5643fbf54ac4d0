using System.Globalization;

namespace LatentSharp.Tests.Reference;

/// <summary>
/// The page <c>docs/correctness.md</c>: one line for each comparison with a reference. With LATENTSHARP_WRITE_DOCS=1 every comparison
/// writes its line; without it every comparison has to be listed there.
/// </summary>
internal static class Correctness
{
    private const string Head = """
        # Agreement with the references

        Every line is a test that compares the CPU engine, float32, with results of the original implementation, evaluated in float64
        unless the line says float32. Lines that begin with int8 are computed with `--precision int8`: products and attention of the
        transformer's blocks in eight bits, everything else in float32 ([which, and why](performance-transformer.md#in-eight-bits)). Lines
        that begin with vulkan are computed by the kernels for graphics cards ([gpu.md](gpu.md)), on the software driver lavapipe; those
        with vulkan fp32-fast by Winograd, those with vulkan fp16 in that mode, and the error of the last is the root of the mean squared
        difference beside that of the expected values.
        Elsewhere the error is the largest absolute difference divided by the range of the expected values. Regenerate
        this page with `LATENTSHARP_WRITE_DOCS=1 ./test`; the tests fail when a line is missing.

        | case | reference | tolerance | reached |
        |---|---|---|---|
        """;

    // Rows of this table have a column less than those of the first; that is how the two are told apart.
    private const string Pixels = """

        ## Pixels against float64

        How far a decoded picture, nominally in [-1, 1], is from a float64 evaluation of the same network on the same latent, whose sums
        are all direct. Allowed are a largest difference of 1e-3 (an eighth of a step of an 8-bit picture) and a PSNR of 85 dB, with a
        peak of 2. "flux 802fb47" is the original implementation in float64; "direct evaluation" is this project's own in the tests
        (`ReferenceExecutor`: loops over every tap and channel in double, nothing shared with the engine). What says 512 x 512 is computed
        with `LATENTSHARP_LONG=1`.

        | decoded | float64 by | largest difference / PSNR |
        |---|---|---|
        """;

    private static readonly Lock Gate = new();

    private static string Page => Repository.Path("docs/correctness.md");

    /// <summary>Checks a comparison and lists it.</summary>
    /// <param name="name">What was computed, unique on the page.</param>
    /// <param name="reference">The implementation and version that produced the expected values.</param>
    /// <param name="expected">The expected values.</param>
    /// <param name="found">The computed values.</param>
    /// <param name="tolerance">The largest error allowed, relative to the range of the expected values.</param>
    public static void Check(string name, string reference, ReadOnlySpan<float> expected, ReadOnlySpan<float> found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        double lowest = double.MaxValue, highest = double.MinValue, largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            lowest = Math.Min(lowest, expected[i]);
            highest = Math.Max(highest, expected[i]);
            double difference = Math.Abs((double)expected[i] - found[i]);
            largest = double.IsNaN(difference) ? double.NaN : Math.Max(largest, difference);
        }
        double reached = largest / (highest - lowest);
        Assert.True(reached <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{name}: {reached:0.0e0} of the range, allowed {tolerance:0.0e0}"));
        List(name, reference, tolerance, reached);
    }

    /// <summary>The same by the root of the mean squared difference, relative to that of the expected values.</summary>
    public static void CheckRms(string name, string reference, ReadOnlySpan<float> expected, ReadOnlySpan<float> found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        double squares = 0, all = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            squares += Math.Pow((double)expected[i] - found[i], 2);
            all += Math.Pow(expected[i], 2);
        }
        double reached = Math.Sqrt(squares / all);
        Assert.True(reached <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{name}: {reached:0.0e0} of the values, allowed {tolerance:0.0e0}"));
        List(name, reference, tolerance, reached);
    }

    /// <summary>Checks a decoded picture against its float64 evaluation, in the units of pixels, and lists it.</summary>
    /// <param name="name">What was decoded, unique on the page.</param>
    /// <param name="reference">Who evaluated in float64.</param>
    /// <param name="expected">The expected pixels, nominally in [-1, 1].</param>
    /// <param name="found">The decoded pixels.</param>
    public static void CheckPixels(string name, string reference, ReadOnlySpan<double> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        double largest = 0, squares = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - found[i]);
            largest = double.IsNaN(difference) ? double.NaN : Math.Max(largest, difference);
            squares += difference * difference;
        }
        double psnr = 10 * Math.Log10(4 / (squares / expected.Length));
        Assert.InRange(largest, 0, 1e-3);
        Assert.InRange(psnr, 85, double.PositiveInfinity);
        List($"| {name} | {reference} |", string.Create(CultureInfo.InvariantCulture, $"{largest:0.0e0} / {psnr:0} dB |"));
    }

    private static void List(string name, string reference, double tolerance, double reached)
        => List($"| {name} | {reference} | {tolerance.ToString("0.0e0", CultureInfo.InvariantCulture)} |",
            reached.ToString("0.0e0", CultureInfo.InvariantCulture) + " |");

    private static void List(string start, string figures)
    {
        lock (Gate)
        {
            string[] lines = File.Exists(Page) ? File.ReadAllLines(Page) : [];
            if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") != "1")
            {
                Assert.True(lines.Any(l => l.StartsWith(start, StringComparison.Ordinal)),
                    $"docs/correctness.md does not list: {start} Run the tests with LATENTSHARP_WRITE_DOCS=1.");
                return;
            }
            string name = start[..(start.IndexOf('|', 1) + 1)];
            string[] rows =
                [.. lines.Where(
                    l => l.StartsWith("| ", StringComparison.Ordinal) && !IsHead(l)
                    && !(l.StartsWith(name, StringComparison.Ordinal) && Columns(l) == Columns(start + figures)))
                    .Append($"{start} {figures}").Order(StringComparer.Ordinal)];
            string page = string.Join('\n',
                (string[])[Head, .. rows.Where(r => Columns(r) == Columns(Head)), Pixels,
                    .. rows.Where(r => Columns(r) == Columns(Pixels))]) + "\n";
            Directory.CreateDirectory(Path.GetDirectoryName(Page)!);
            File.WriteAllText(Page, page);
        }
    }

    /// <summary>The columns of a row, or of the last row of a text.</summary>
    private static int Columns(string text) => text[(text.LastIndexOf('\n') + 1)..].Count(c => c == '|');

    private static bool IsHead(string row) => row.StartsWith("| case |", StringComparison.Ordinal)
        || row.StartsWith("| decoded |", StringComparison.Ordinal);
}
