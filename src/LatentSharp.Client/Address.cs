using System.Globalization;

namespace LatentSharp.Client;

/// <summary>A path of the service with its query; relative, so that a service below a path of a proxy is reached as well.</summary>
internal readonly record struct Address(string Path, string Query = "")
{
    /// <summary>A part of the path more.</summary>
    internal Address Below(string part) => this with { Path = $"{Path}/{Uri.EscapeDataString(part)}" };

    /// <summary>A value more, where there is one.</summary>
    internal Address With<T>(string name, T? value) => value is null ? this
        : this with { Query = $"{Query}{(Query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(Text(value))}" };

    /// <inheritdoc/>
    public override string ToString() => Path + Query;

    private static string Text<T>(T value) => value switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value!.ToString()!,
    };
}
