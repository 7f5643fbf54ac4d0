using System.Globalization;
using System.Net;
using System.Reflection;

namespace LatentSharp.Quality.Reports.Html;

/// <summary>Small pieces of HTML text.</summary>
internal static class Markup
{
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Interpolated text with a point as decimal separator; the values are not escaped.</summary>
    public static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number with as many digits as are worth reading.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size switch { 0 => "0", >= 100 => "0", >= 10 => "0.0", >= 0.1 => "0.00", >= 0.001 => "0.0000", _ => "0.0e0" };
        return value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212');
    }

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
}
