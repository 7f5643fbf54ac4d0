using System.Globalization;

namespace LatentSharp.Server.Http;

/// <summary>Values of a query, read strictly and in the invariant culture; what cannot be read is refused by name.</summary>
internal sealed class QueryValues(IQueryCollection query)
{
    /// <summary>A text; null when it is absent or empty. Given twice it is refused.</summary>
    internal string? Text(string name)
    {
        if (query[name] is not { Count: > 0 } given) return null;
        if (given.Count > 1) throw Refused(name, $"{name} was given {given.Count} times.", "Give it once.");
        return string.IsNullOrEmpty(given[0]) ? null : given[0];
    }

    /// <summary>All values of a name, in their order.</summary>
    internal IReadOnlyList<string> All(string name) => [.. query[name].Select(v => v ?? "")];

    /// <summary>True or false; null when it is absent.</summary>
    internal bool? Flag(string name) => Text(name) is not { } text ? null
        : bool.TryParse(text, out bool flag) ? flag
        : text is "1" ? true : text is "0" ? false
        : throw Refused(name, $"{name} is True or False; \"{Shown(text)}\" was given.");

    /// <summary>A whole number; null when it is absent.</summary>
    internal int? Integer(string name, int least = 1, int most = int.MaxValue) => Text(name) is not { } text ? null
        : Whole(text) is { } number && number >= least && number <= most ? (int)number
        : throw Refused(name, most == int.MaxValue ? $"{name} is a whole number from {least}; \"{Shown(text)}\" was given."
            : $"{name} is a whole number from {least} to {most}; \"{Shown(text)}\" was given.");

    /// <summary>A finite number with a decimal point; null when it is absent.</summary>
    internal double? Number(string name) => Text(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && float.IsFinite((float)number)
            ? number
        : throw Refused(name, $"{name} is a finite number with a decimal point; \"{Shown(text)}\" was given.");

    /// <summary>A seed; null when it is absent.</summary>
    internal ulong? Seed(string name) => Text(name) is not { } text ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
        : throw Refused(name, $"{name} is a whole number from 0 to {ulong.MaxValue}; \"{Shown(text)}\" was given.");

    /// <summary>One of several words, in lower case; the standard when it is absent.</summary>
    internal string Choice(string name, string standard, params ReadOnlySpan<string> words)
    {
        string given = Text(name)?.ToLowerInvariant() ?? standard;
        foreach (string word in words)
            if (word == given) return given;
        throw Refused(name, $"{name} is one of {string.Join(", ", words.ToArray())}; \"{Shown(given)}\" was given.");
    }

    /// <summary>The refusal of a value.</summary>
    internal static RefusedRequest Refused(string name, string what, string? next = null)
        => new(StatusCodes.Status400BadRequest, what, next, name);

    /// <summary>A decimal number without sign, or with a minus; null for anything else.</summary>
    internal static long? Whole(string text)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>What was given, cut to what a message can hold.</summary>
    internal static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
