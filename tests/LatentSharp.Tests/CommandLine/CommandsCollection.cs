namespace LatentSharp.Tests.CommandLine;

/// <summary>Tests that run commands: one after the other, since <see cref="CommandHere"/> would have them wait for each other.</summary>
[CollectionDefinition(Name)]
public sealed class CommandsCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "commands";
}
