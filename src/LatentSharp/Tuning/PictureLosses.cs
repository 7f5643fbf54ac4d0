using System.Globalization;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Tuning;

/// <summary>
/// How far a picture is from the one that is wanted, for training. Both have values from 0 to 1; every loss is one value, and 0 for equal
/// pictures. Sums and multiples of them are losses too: <c>(x, y) =&gt; PictureLosses.L1(x, y) + 0.5f * PictureLosses.Ssim(x, y)</c>.
/// </summary>
public static class PictureLosses
{
    private const string LpipsName = "lpips";

    private static readonly Dictionary<string, Func<LossNode, LossNode, LossNode>> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["l1"] = L1, ["mse"] = MeanSquare, ["charbonnier"] = Charbonnier, ["ssim"] = Ssim, ["pyramid"] = Pyramid, ["colour"] = Colour,
    };

    /// <summary>The names that <see cref="Named"/> knows, without <c>lpips</c>, which takes files.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The mean of |x - y|.</summary>
    public static LossNode L1(LossNode x, LossNode y) => Of(Losses.L1, x, y);

    /// <summary>The mean of (x - y)^2: what PSNR measures.</summary>
    public static LossNode MeanSquare(LossNode x, LossNode y) => Of(Losses.MeanSquare, x, y);

    /// <summary>The mean of sqrt((x - y)^2 + 0.001^2).</summary>
    public static LossNode Charbonnier(LossNode x, LossNode y) => Of((a, b) => Losses.Charbonnier(a, b), x, y);

    /// <summary>1 - SSIM with windows of 11x11, which the pictures have to hold.</summary>
    public static LossNode Ssim(LossNode x, LossNode y) => Of((a, b) => Losses.Ssim(a, b, 1), x, y);

    /// <summary>
    /// The mean absolute difference of three bands of a Laplacian pyramid, each counted half as much as the finer one: edges and texture.
    /// </summary>
    public static LossNode Pyramid(LossNode x, LossNode y) => Of(Losses.Pyramid, x, y);

    /// <summary>
    /// The mean colour difference, in hundreds of units that are about those of CIEDE2000 where it is small. Differences well below half a
    /// unit count squared.
    /// </summary>
    public static LossNode Colour(LossNode x, LossNode y) => Of(ColourLoss.Of, x, y);

    /// <summary>A loss from its name, or a weighted sum: <c>l1</c>, <c>l1+0.5*ssim</c>, <c>charbonnier+colour</c>.</summary>
    /// <param name="text">The words.</param>
    /// <param name="lpips">What <c>lpips</c> stands for; null where its files are not at hand.</param>
    /// <exception cref="LatentSharpException">A name or a weight is none, or <c>lpips</c> is asked for without its files.</exception>
    public static Func<LossNode, LossNode, LossNode> Named(string text, Lpips? lpips = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        (Func<LossNode, LossNode, LossNode> Loss, float Weight)[] terms = [.. text.Split('+').Select(t => Term(t.Trim(), text, lpips))];
        return (x, y) => terms.Select(t => t.Weight == 1 ? t.Loss(x, y) : t.Weight * t.Loss(x, y))
            .Aggregate((sum, term) => sum + term);
    }

    private static (Func<LossNode, LossNode, LossNode> Loss, float Weight) Term(string term, string text, Lpips? lpips)
    {
        string[] parts = term.Split('*', StringSplitOptions.TrimEntries);
        float weight = 1;
        bool isTerm = parts.Length == 1 || parts.Length == 2
            && float.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out weight)
            && weight is > 0 and < float.PositiveInfinity;
        if (!isTerm)
            throw new LatentSharpException(ErrorKind.Usage, text, $"'{term}' is no weight and loss, as in 0.5*ssim.");
        if (ByName.TryGetValue(parts[^1], out Func<LossNode, LossNode, LossNode>? loss)) return (loss, weight);
        if (parts[^1].Equals(LpipsName, StringComparison.OrdinalIgnoreCase))
            return lpips is not null ? (lpips.Of, weight) : throw new LatentSharpException(ErrorKind.NotFound, text,
                "lpips compares what a published network sees, and its files were not given.",
                new Remedy(RemedyKind.GiveOption, Lpips.Fetch + " Give both", LpipsName));
        string near = Likeness.Nearest(parts[^1], [.. ByName.Keys, LpipsName]).FirstOrDefault() is { } meant ? $" Did you mean {meant}?" : "";
        throw new LatentSharpException(ErrorKind.Usage, text, $"there is no loss '{parts[^1]}'.{near}",
            $"Losses are {string.Join(", ", ByName.Keys)}, with its files lpips, and sums such as l1+0.5*ssim.");
    }

    private static LossNode Of(Func<Node, Node, Node> loss, LossNode x, LossNode y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return new LossNode(loss(x.Node, y.Node));
    }
}
