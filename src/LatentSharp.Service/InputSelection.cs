namespace LatentSharp.Service;

/// <summary>What is to be worked on, as people name it.</summary>
public sealed record InputSelection
{
    /// <summary>
    /// Files, folders, patterns (<c>photos/**/*.png</c>), lists (<c>@names.txt</c> with one name a line), <c>-</c> for the content of
    /// standard input and <c>@-</c> for names from it.
    /// </summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Whether folders below a named folder count too.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>What <c>-</c> and <c>@-</c> read; null where there is none.</summary>
    public Stream? StandardInput { get; init; }

    /// <summary>One thing by its name.</summary>
    public static InputSelection Of(params string[] names) => new() { Names = names };
}
