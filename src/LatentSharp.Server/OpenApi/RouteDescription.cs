using System.Text.Json.Serialization.Metadata;

namespace LatentSharp.Server.OpenApi;

/// <summary>What a route is for, for the OpenAPI document and clients made from it.</summary>
/// <param name="Id">The operation's name in a client.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record RouteDescription(string Id, string Summary)
{
    /// <summary>Values in the query.</summary>
    public IReadOnlyList<RouteParameter> Query { get; init; } = [];

    /// <summary>Files that are sent, by the names that they have in a form and in JSON; the first one may be the body.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Members of a JSON object that is sent.</summary>
    public IReadOnlyList<RouteParameter> Members { get; init; } = [];

    /// <summary>The status of an answer that is a result.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>The types that a result may have.</summary>
    public IReadOnlyList<string> Types { get; init; } = [Http.Answers.Json];

    /// <summary>What a JSON result looks like; null where it is described in words only.</summary>
    public JsonTypeInfo? Result { get; init; }

    /// <summary>Statuses of problems besides those that every route may answer with.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];
}

/// <summary>A value that a route takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Meaning">What it means.</param>
internal sealed record RouteParameter(string Name, ValueKind Kind, string Meaning)
{
    /// <summary>Whether it has to be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The words it may be; none for any.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];
}

/// <summary>Kinds of values.</summary>
internal enum ValueKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>Whole numbers, one after the other under one name.</summary>
    Wholes,
}
