namespace LatentSharp.Weights.Files;

/// <summary>
/// What reading a header may make in memory: 24 MB and twice the size of the file, counted by what objects and texts take. Together with
/// the bytes that are read at once (never more than the file has) it keeps to the bound that the documentation states, whatever a file
/// announces.
/// </summary>
internal sealed class ReadingBudget(long fileLength)
{
    private const long Free = 24 << 20;

    private readonly long total = Free + 2 * Math.Max(0, fileLength);

    /// <summary>Bytes counted so far.</summary>
    public long Used { get; private set; }

    /// <summary>The most that will be counted.</summary>
    public long Total => total;

    /// <summary>Counts an object of so many bytes.</summary>
    /// <returns>False when the budget is used up.</returns>
    public bool Take(long bytes) => (Used += bytes) <= total;

    /// <summary>Counts an entry of a table with texts of so many characters in all.</summary>
    public bool TakeEntry(long characters) => Take(128 + 2 * characters);

    /// <summary>The rule that is broken, in words.</summary>
    public string Rule(string what)
        => $"its {what} would take more than {total / 1_000_000:N0} MB of memory, out of proportion to a file of {fileLength:N0} bytes";
}
