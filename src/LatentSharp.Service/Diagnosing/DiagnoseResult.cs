using System.Text.Json.Serialization;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Diagnosing;

/// <summary>What is wrong.</summary>
/// <param name="Autoencoder">The autoencoder that was given; null for none.</param>
/// <param name="Findings">What was found, gravest first.</param>
/// <param name="CannotTell">What cannot be told from the evidence at hand.</param>
/// <param name="Headline">One sentence that says no more than was tested.</param>
public sealed record DiagnoseResult(UsedAutoencoder? Autoencoder, IReadOnlyList<FindingFacts> Findings, IReadOnlyList<string> CannotTell,
    string Headline)
{
    /// <summary>What was assumed about the latent or laid out anew, and what was cut off before pictures were compared.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What a picture alone shows that may be the scene's own as well as a fault.</summary>
    public IReadOnlyList<string> Visible { get; init; } = [];

    /// <summary>What makes the latent file one that says what it is; null where it does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Remedy? Remedy { get; init; }

    /// <summary>The page that was written; null where none was asked for.</summary>
    public string? Html { get; init; }
}

/// <summary>One thing that was found.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Severity"><c>slight</c>, <c>clear</c> or <c>severe</c>.</param>
/// <param name="Confidence">How sure that is, 0 to 1.</param>
/// <param name="Evidence">What was measured.</param>
/// <param name="Origin">Where it comes from: <c>autoencoder</c>, <c>diffusion</c>, <c>file</c> or <c>unknown</c>.</param>
/// <param name="Next">What to do about it.</param>
/// <param name="Figures">The numbers of the evidence.</param>
/// <param name="Places">Where it is, in pixels; empty for the whole picture.</param>
public sealed record FindingFacts(string Kind, string Severity, double Confidence, string Evidence, string Origin, string Next,
    IReadOnlyList<FigureFacts> Figures, IReadOnlyList<PlaceFacts> Places)
{
    /// <summary>What mends it, where a program can; null where <see cref="Next"/> says all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Remedy? Remedy { get; init; }
}

/// <summary>One number of the evidence.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit; empty for ratios.</param>
public sealed record FigureFacts(string Name, double Value, string Unit);

/// <summary>A part of a picture, in pixels.</summary>
/// <param name="X">The left border.</param>
/// <param name="Y">The upper border.</param>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
public sealed record PlaceFacts(int X, int Y, int Width, int Height);
