using LatentSharp.Autoencoders.Families;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Diagnosing;

/// <summary>What is wrong.</summary>
/// <param name="Autoencoder">The autoencoder that was given; null for none.</param>
/// <param name="Findings">What was found, gravest first.</param>
/// <param name="CannotTell">What cannot be told from the evidence at hand.</param>
public sealed record DiagnoseResult(UsedAutoencoder? Autoencoder, IReadOnlyList<FindingFacts> Findings, IReadOnlyList<string> CannotTell);

/// <summary>One thing that was found.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Severity"><c>slight</c>, <c>clear</c> or <c>severe</c>.</param>
/// <param name="Confidence">How sure that is, 0 to 1.</param>
/// <param name="Evidence">What was measured.</param>
/// <param name="Origin">Where it comes from: <c>autoencoder</c>, <c>diffusion</c> or <c>unknown</c>.</param>
/// <param name="Next">What to do about it.</param>
public sealed record FindingFacts(string Kind, string Severity, double Confidence, string Evidence, string Origin, string Next);
