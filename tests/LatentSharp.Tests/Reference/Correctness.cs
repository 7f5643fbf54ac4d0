using System.Globalization;

namespace LatentSharp.Tests.Reference;

/// <summary>
/// The page <c>docs/correctness.md</c>: one line for each comparison with a reference. With LATENTSHARP_WRITE_DOCS=1 every comparison writes its line;
/// without it every comparison has to be listed there.
/// </summary>
internal static class Correctness
{
    private const string Head = """
        # Agreement with the references

        Every line is a test that compares the CPU engine, float32, with results of the original implementation evaluated in float64. The error is the largest absolute
        difference divided by the range of the expected values. Regenerate this page with `LATENTSHARP_WRITE_DOCS=1 ./test`; the tests fail when a line is missing.

        | case | reference | tolerance | reached |
        |---|---|---|---|
        """;

    private static readonly Lock gate = new();

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

    private static void List(string name, string reference, double tolerance, double reached)
    {
        string start = $"| {name} | {reference} | {tolerance.ToString("0.0e0", CultureInfo.InvariantCulture)} |";
        lock (gate)
        {
            string[] lines = File.Exists(Page) ? File.ReadAllLines(Page) : [];
            if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") != "1")
            {
                Assert.True(lines.Any(l => l.StartsWith(start, StringComparison.Ordinal)), $"docs/correctness.md does not list: {start} Run the tests with LATENTSHARP_WRITE_DOCS=1.");
                return;
            }
            IEnumerable<string> rows = lines.Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| case |", StringComparison.Ordinal) && !l.StartsWith($"| {name} |", StringComparison.Ordinal));
            string row = $"{start} {reached.ToString("0.0e0", CultureInfo.InvariantCulture)} |";
            Directory.CreateDirectory(Path.GetDirectoryName(Page)!);
            File.WriteAllText(Page, Head + "\n" + string.Join('\n', rows.Append(row).Order(StringComparer.Ordinal)) + "\n");
        }
    }
}
