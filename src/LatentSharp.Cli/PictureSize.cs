using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace LatentSharp.Cli;

/// <summary>A size as it is written on the command line: <c>1024x768</c>, width first.</summary>
internal readonly record struct PictureSize(int Width, int Height)
{
    private const int Maximum = 1 << 16;

    /// <summary>The option <c>--size</c>.</summary>
    internal static Option<PictureSize> Option(PictureSize standard) => new("--size")
    {
        Description = "Width and height in pixels.",
        HelpName = "WxH",
        DefaultValueFactory = _ => standard,
        CustomParser = Parse,
    };

    /// <summary>The option <c>--size</c> where nothing stands for it.</summary>
    internal static Option<PictureSize?> Optional(string description) => new("--size")
    {
        Description = description, HelpName = "WxH",
        CustomParser = result => Parse(result),
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");

    internal static PictureSize Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] parts = text.Split('x', 'X');
        if (parts.Length == 2 && Side(parts[0], out int width) && Side(parts[1], out int height)) return new PictureSize(width, height);
        result.AddError($"--size {text}: a size is written as 1024x768, each side from 1 to {Maximum}.");
        return default;
    }

    private static bool Side(string text, out int pixels) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out pixels)
        && pixels is >= 1 and <= Maximum;
}
