using System.Text.Json;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Quality;

/// <summary>
/// Checks a JSON document against the part of JSON Schema 2020-12 that the project's schemas use; a keyword that it does not know is an
/// error, so that no constraint is silently ignored.
/// </summary>
internal static class JsonSchemaCheck
{
    private static readonly string[] Annotations = ["$schema", "$id", "title", "description"];

    /// <summary>What is wrong with the document, one line each; empty when it is valid.</summary>
    public static List<string> Errors(JsonElement schema, JsonElement value, string at = "$")
    {
        List<string> errors = [];
        foreach (JsonProperty rule in schema.EnumerateObject())
        {
            switch (rule.Name)
            {
                case "type":
                    if (!HasType(value, rule.Value.GetString()!)) errors.Add($"{at}: {value.ValueKind} is no {rule.Value}");
                    break;
                case "const":
                    if (!JsonElement.DeepEquals(rule.Value, value)) errors.Add($"{at}: {value} is not {rule.Value}");
                    break;
                case "enum":
                    if (!rule.Value.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)))
                        errors.Add($"{at}: {value} is none of {rule.Value}");
                    break;
                case "pattern":
                    if (value.ValueKind == JsonValueKind.String && !Regex.IsMatch(value.GetString()!, rule.Value.GetString()!))
                        errors.Add($"{at}: {value} does not match {rule.Value}");
                    break;
                case "required":
                    if (value.ValueKind == JsonValueKind.Object)
                        errors.AddRange(
                            rule.Value.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _))
                            .Select(name => $"{at}: {name} is missing"));
                    break;
                case "properties":
                    if (value.ValueKind == JsonValueKind.Object)
                        foreach (JsonProperty property in rule.Value.EnumerateObject())
                            if (value.TryGetProperty(property.Name, out JsonElement member))
                                errors.AddRange(Errors(property.Value, member, $"{at}.{property.Name}"));
                    break;
                case "additionalProperties":
                    if (value.ValueKind == JsonValueKind.Object)
                        foreach (JsonProperty member in value.EnumerateObject())
                        {
                            if (schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(member.Name, out _))
                                continue;
                            if (rule.Value.ValueKind == JsonValueKind.False) errors.Add($"{at}: {member.Name} is not in the schema");
                            else if (rule.Value.ValueKind == JsonValueKind.Object)
                                errors.AddRange(Errors(rule.Value, member.Value, $"{at}.{member.Name}"));
                        }
                    break;
                case "items":
                    if (value.ValueKind == JsonValueKind.Array)
                    {
                        int i = 0;
                        foreach (JsonElement item in value.EnumerateArray()) errors.AddRange(Errors(rule.Value, item, $"{at}[{i++}]"));
                    }
                    break;
                default:
                    if (!Annotations.Contains(rule.Name)) errors.Add($"the schema uses \"{rule.Name}\", which this check does not know");
                    break;
            }
        }
        return errors;
    }

    private static bool HasType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new ArgumentException($"unknown type {type}", nameof(type)),
    };
}
