using System.Text.Json;
using System.Text.Json.Nodes;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign;

/// <summary>Members of a client's JSON object. What is absent or null is null; what is of another kind is refused by name.</summary>
internal static class JsonMembers
{
    /// <summary>A text.</summary>
    internal static string? Text(this JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw QueryValues.Refused(name, $"{name} is a text."),
    };

    /// <summary>A number, also one that is written as a text.</summary>
    internal static double? Number(this JsonObject body, string name)
    {
        if (body[name] is not { } node) return null;
        string text = node is JsonValue value && value.GetValueKind() is JsonValueKind.Number or JsonValueKind.String ? node.ToString() : "";
        return double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw QueryValues.Refused(name, $"{name} is a number.");
    }

    /// <summary>A whole number within limits.</summary>
    internal static int? Integer(this JsonObject body, string name, int least, int most)
    {
        if (body.Number(name) is not { } number) return null;
        return number == Math.Floor(number) && number >= least && number <= most ? (int)number
            : throw QueryValues.Refused(name, $"{name} is a whole number from {least} to {most}; {number} was given.");
    }

    /// <summary>A seed; null for any, which clients write as -1.</summary>
    internal static ulong? Seed(this JsonObject body, string name)
    {
        if (body.Number(name) is not { } number || number == -1) return null;
        return number >= 0 && number < ulong.MaxValue && number == Math.Floor(number) ? (ulong)number
            : throw QueryValues.Refused(name, $"{name} is a whole number from 0, or -1 for any.");
    }

    /// <summary>True or false.</summary>
    internal static bool? Flag(this JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
        JsonValue value when value.GetValueKind() is JsonValueKind.Number => value.ToString() != "0",
        _ => throw QueryValues.Refused(name, $"{name} is true or false."),
    };
}
