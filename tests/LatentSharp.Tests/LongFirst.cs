using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Packaging;
using LatentSharp.Tests.Quality;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LatentSharp.Tests.LongFirst))]

namespace LatentSharp.Tests;

/// <summary>The collections that take longest begin, so that none of them is left to run alone at the end.</summary>
public sealed class LongFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest = [CommandsCollection.Name, BuildsCollection.Name, typeof(PlantedDefectTests).FullName!,
        typeof(CleanRoundTripTests).FullName!];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection
        => [.. testCollections.OrderBy(
            c => Array.FindIndex(Longest, n => c.TestCollectionDisplayName.Contains(n, StringComparison.Ordinal)) is >= 0 and int place
            ? place : Longest.Length)
            .ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];
}
