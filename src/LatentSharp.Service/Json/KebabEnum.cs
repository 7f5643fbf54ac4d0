using System.Text.Json;
using System.Text.Json.Serialization;

namespace LatentSharp.Service.Json;

/// <summary>Writes the values of an enumeration as words in lower case, joined by hyphens: <c>bad-input</c>.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class KebabEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
