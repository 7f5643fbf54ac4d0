using System.Globalization;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Training;

/// <summary>
/// What the model card of the embedded autoencoder says of its file: written by <c>training/card.py</c>, so expected values that come from
/// another program.
/// </summary>
internal static partial class EmbeddedCard
{
    internal static readonly string Text = File.ReadAllText(Repository.Path("assets/models/flux1-mini.md"));

    private static readonly Match identity = Identity().Match(Text);

    internal static string Sha256 => identity.Groups["sha256"].Value;

    internal static long Bytes => long.Parse(identity.Groups["bytes"].ValueSpan, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    internal static string ContentDigest => identity.Groups["content"].Value;

    [GeneratedRegex(@"SHA-256 `(?<sha256>[0-9a-f]{64})` \((?<bytes>[\d,]+) bytes; content digest `(?<content>bf16:[0-9a-f]{64})`\)")]
    private static partial Regex Identity();
}
