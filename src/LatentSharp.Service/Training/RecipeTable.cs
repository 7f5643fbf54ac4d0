using System.Text.Json;

namespace LatentSharp.Service.Training;

/// <summary>An object of a recipe: values are taken by their key, and what nobody took has no meaning.</summary>
internal sealed class RecipeTable
{
    private readonly string file, place;
    private readonly JsonElement element;
    private readonly List<string> known = [];

    /// <param name="file">The recipe, for messages.</param>
    /// <param name="place">Where the object stands in it, with a dot at the end; empty for the recipe itself.</param>
    /// <param name="element">The object.</param>
    public RecipeTable(string file, string place, JsonElement element)
    {
        (this.file, this.place, this.element) = (file, place, element);
        if (element.ValueKind != JsonValueKind.Object)
            throw new LatentSharpException(ErrorKind.BadInput, file,
                $"{(place.Length == 0 ? "a recipe" : place.TrimEnd('.'))} is an object of keys and values; found {Found(element)}.",
                "Write it in braces, as in {\"channels\": 32}.");
    }

    /// <summary>An object, or null.</summary>
    public RecipeTable? Table(string key) => Take(key) is { } value ? new RecipeTable(file, $"{place}{key}.", value) : null;

    /// <summary>A text, or null.</summary>
    public string? Text(string key) => Take(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : throw Expected(key, "a text", value);

    /// <summary>A whole number within bounds, or null.</summary>
    public int? Whole(string key, int least, int most) => Take(key) is { } value ? Whole(key, value, least, most) : null;

    /// <summary>A list of whole numbers, or null.</summary>
    public int[]? Wholes(string key) => Take(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => Whole(key, v, int.MinValue, int.MaxValue))]
        : throw Expected(key, "a list of whole numbers", value);

    /// <summary>A finite number, or null.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="above">Whether it has to be above 0; otherwise 0 will do.</param>
    public double? Number(string key, bool above)
    {
        if (Take(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            && (above ? number > 0 : number >= 0) ? number : throw Expected(key, above ? "a number above 0" : "0 or a number above", value);
    }

    /// <summary>One of several words.</summary>
    public T Choice<T>(string key, IReadOnlyDictionary<string, T> words, T otherwise)
    {
        if (Text(key) is not { } word) return otherwise;
        if (words.TryGetValue(word, out T? chosen)) return chosen;
        throw Wrong(key, $"there is no \"{word}\"{Meant(word, words.Keys)}", $"It is one of {string.Join(", ", words.Keys)}.");
    }

    /// <summary>Refuses keys that have no meaning.</summary>
    public void End()
    {
        foreach (JsonProperty property in element.EnumerateObject())
            if (!known.Contains(property.Name))
                throw Wrong(property.Name, $"there is no such key{Meant(property.Name, known)}",
                    $"Keys {(place.Length == 0 ? "of a recipe" : $"of {place.TrimEnd('.')}")} are {string.Join(", ", known)}.");
    }

    /// <summary>What is wrong with the value of a key.</summary>
    public LatentSharpException Wrong(string key, string what, string next) => new(ErrorKind.BadInput, $"{file}, {place}{key}", what + ".", next);

    private static string Meant(string word, IEnumerable<string> words)
        => Likeness.Nearest(word, words).FirstOrDefault() is { } meant ? $"; did you mean {meant}?" : "";

    private static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };

    private int Whole(string key, JsonElement value, int least, int most)
    {
        string expected = least == int.MinValue ? "a whole number" : $"a whole number from {least} to {most}";
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most ? number
            : throw Expected(key, expected, value);
    }

    private LatentSharpException Expected(string key, string what, JsonElement value)
        => Wrong(key, $"{what} is expected; found {Found(value)}", "Change it, or leave it out.");

    private JsonElement? Take(string key)
    {
        known.Add(key);
        return element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
