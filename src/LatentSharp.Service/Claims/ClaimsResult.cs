using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Claims;

/// <summary>What became of common claims.</summary>
/// <param name="Autoencoders">The autoencoders.</param>
/// <param name="Table">The file with the figures.</param>
/// <param name="Sheet">The picture that shows what became of the first picture.</param>
/// <param name="Text">The figures as a table in Markdown, and below it what they say.</param>
/// <param name="Pictures">How many pictures were used.</param>
/// <param name="Unreadable">Pictures that could not be used.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record ClaimsResult(IReadOnlyList<UsedAutoencoder> Autoencoders, string Table, string Sheet, string Text, int Pictures,
    IReadOnlyList<UnusedPicture> Unreadable, IReadOnlyList<string> Notes);
