namespace LatentSharp.Bench.Compare;

/// <summary>The checkout that the benchmark belongs to.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>LatentSharp.slnx</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>The folder of committed results.</summary>
    public static string Benchmarks => Path.Combine(Root, "benchmarks");

    /// <summary>README.md.</summary>
    public static string Readme => Path.Combine(Root, "README.md");

    /// <summary>Writes the table in README.md anew from the committed results.</summary>
    /// <returns>The exit code.</returns>
    public static int WriteTable()
    {
        string readme = File.ReadAllText(Readme);
        File.WriteAllText(Readme, ReadmeTable.Replace(readme, ReadmeTable.Render(ResultFiles.ReadAll(Benchmarks))));
        return 0;
    }

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "LatentSharp.slnx"))) return folder.FullName;
        throw new BenchException("this program is not in a checkout of the repository");
    }
}
