using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning;

/// <summary>The loss that a training was asked for.</summary>
internal static class TuningLoss
{
    private const string Lpips = "lpips";

    /// <summary>A loss from its words.</summary>
    /// <param name="text">See <see cref="PictureLosses.Named"/>.</param>
    /// <param name="lpips">The files of <see cref="Tuning.Lpips"/>, where they were given.</param>
    /// <exception cref="LatentSharpException">It is none, or what it takes is missing.</exception>
    public static Func<LossNode, LossNode, LossNode> Of(string text, IReadOnlyList<string> lpips)
    {
        bool isAsked = text.Contains(Lpips, StringComparison.OrdinalIgnoreCase);
        if (lpips.Count > 0 && !isAsked)
            throw new LatentSharpException(ErrorKind.Usage, Lpips, $"its files were given, and the loss {text} does not ask for it.",
                "Add it to the loss, as in charbonnier+0.1*lpips.");
        if (lpips.Count > 0 && FirstOf(text) == Lpips)
            throw new LatentSharpException(ErrorKind.Usage, text, "the first term tells what better means on the pictures held back, which lpips does not.",
                "Put another term before it, as in charbonnier+0.1*lpips.");
        return PictureLosses.Named(text, lpips.Count == 0 ? null : Tuning.Lpips.Open(lpips));
    }

    /// <summary>The name of the first term, in small letters: it tells what better means.</summary>
    public static string FirstOf(string text) => text.Split('+')[0].Split('*')[^1].Trim().ToLowerInvariant();
}
