namespace LatentSharp.Tests.Packaging;

/// <summary>Tests that build or pack the checkout: one after the other, because they share its output folders.</summary>
[CollectionDefinition(Name)]
public sealed class BuildsCollection : ICollectionFixture<Packages>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "builds";
}
