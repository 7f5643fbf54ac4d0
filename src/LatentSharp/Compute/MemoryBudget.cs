using System.Globalization;

namespace LatentSharp.Compute;

/// <summary>
/// How much memory a plan may ask for: what the caller said, or else what the machine, or the container that the process runs in, has.
/// </summary>
/// <param name="Bytes">The most that a plan may take.</param>
/// <param name="IsStated">Whether the caller set the limit, so that a plan beyond it is refused when it is made.</param>
public readonly record struct MemoryBudget(long Bytes, bool IsStated)
{
    /// <summary>What the machine, or the container, has for this process.</summary>
    public static long Machine => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>
    /// The budget that options set. Without one the machine sets it, which leaves a quarter of its memory to everything else.
    /// </summary>
    public static MemoryBudget Of(ComputeOptions options) => options.MemoryBudget is { } stated ? new(stated, IsStated: true)
        : new(Machine / 4 * 3, IsStated: false);

    /// <summary>Refuses work that the machine cannot hold, before any of it is done.</summary>
    /// <param name="bytes">What it needs.</param>
    /// <param name="where">The autoencoder, option or network concerned.</param>
    /// <param name="what">The work, as the beginning of a sentence: <c>a picture of 64x64</c>.</param>
    /// <exception cref="LatentSharpException">More is needed than there is.</exception>
    public static void RequireMachine(long bytes, string where, string what)
    {
        if (bytes > Machine)
            throw new LatentSharpException(ErrorKind.BadInput, where,
                $"{what} needs {Gigabytes(bytes)} of working memory; this machine has {Gigabytes(Machine)}.",
                new Remedy(RemedyKind.PlanPicture, "Use a smaller picture; plan what a size takes."));
    }

    /// <summary>The refusal of a budget that no plan keeps to, with the number that would do.</summary>
    internal LatentSharpException TooSmall(string where, long least) => new(ErrorKind.BadInput, where,
        $"the most frugal plan needs {Megabytes(least)}; the budget is {Megabytes(Bytes)}.",
        $"A budget of {Megabytes(least)} would do, or fewer threads, or a smaller picture.");

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + 999_999) / 1_000_000} MB");

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
