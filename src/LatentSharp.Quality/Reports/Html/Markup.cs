using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using static LatentSharp.Quality.Metrics.Figures;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>Small pieces of HTML text.</summary>
internal static partial class Markup
{
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Sentences, in which words between backticks are what is typed.</summary>
    public static string Prose(string text) => Typed().Replace(Text(text), "<code>$1</code>");

    /// <summary>A picture to drag across, with its error map behind a button.</summary>
    /// <param name="name">The picture, for those who cannot see it.</param>
    /// <param name="after">What the right side is called.</param>
    /// <param name="addresses">Original, result, error map.</param>
    /// <param name="caption">HTML.</param>
    public static string Shot(string name, string after, (string Original, string Result, string Error) addresses, string caption) => $"""
        <figure class="shot"><div class="compare">
        <img src="{addresses.Original}" alt="{Text(name)}, original" loading="lazy">
        <img class="over" src="{addresses.Result}" alt="{Text(name)}, {Text(after)}" loading="lazy">
        <img class="error" src="{addresses.Error}" alt="{Text(name)}, error map" loading="lazy">
        <span class="bar"></span><i class="l">original</i><i class="r">{Text(after)}</i>
        <input type="range" min="0" max="100" value="50" step="0.1" aria-label="compare {Text(name)}, {Text(after)}">
        </div>
        <figcaption>{caption}<button type="button" aria-pressed="false">error map</button></figcaption></figure>

        """;

    public static string Bytes(long bytes) => bytes >= 1 << 20 ? F($"{bytes / 1048576.0:0} MiB") : F($"{bytes / 1024.0:0} KiB");

    /// <summary>A file that was compiled in beside this class.</summary>
    public static string Resource(string name)
    {
        Assembly assembly = typeof(Markup).Assembly;
        using Stream stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the resource {name} was not compiled in");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    public static string Page(string title, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(title)}</title>
        <style>
        {Resource("report.css")}</style>
        </head>
        <body>
        {body}
        <script>
        {Resource("report.js")}</script>
        </body>
        </html>

        """;

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Typed();
}
