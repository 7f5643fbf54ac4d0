using LatentSharp.Quality.Reports;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Comparing;

/// <summary>A comparison that was written.</summary>
/// <param name="Autoencoders">What was compared.</param>
/// <param name="Json">The document.</param>
/// <param name="Html">The page.</param>
/// <param name="Comparison">The content of the document.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record CompareResult(IReadOnlyList<UsedAutoencoder> Autoencoders, string Json, string Html, ComparisonReport Comparison,
    IReadOnlyList<UnusedPicture> Unreadable, IReadOnlyList<string> Notes);
