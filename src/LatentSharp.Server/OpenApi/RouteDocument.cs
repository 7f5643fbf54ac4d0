using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using LatentSharp.Server.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace LatentSharp.Server.OpenApi;

/// <summary>Routes that are described, as operations of the OpenAPI document.</summary>
internal static class RouteDocument
{
    /// <summary>The document's name, which stands in its address.</summary>
    internal const string Name = "v1";

    /// <summary>Where it is.</summary>
    internal const string Pattern = "/openapi/v1.json";

    private const string File = "application/octet-stream", Form = "multipart/form-data";

    // What any route may answer: a bad request, a missing key, one without the scope, too much at once, and shutting down.
    private static readonly int[] Everywhere = [400, 401, 403, 429, 503];

    /// <summary>Describes a route, which puts it into the document.</summary>
    internal static IEndpointConventionBuilder Described(this IEndpointConventionBuilder route, RouteDescription description)
    {
        route.Add(endpoint =>
        {
            endpoint.Metadata.Add(description);
            // What the document lists are routes with a method behind them.
            endpoint.Metadata.Add(endpoint.RequestDelegate!.Method);
        });
        return route;
    }

    /// <summary>How the document is made.</summary>
    internal static void Configure(OpenApiOptions options)
    {
        // HEAD is answered wherever GET is; clients need no method of their own for it.
        options.ShouldInclude = route => route.HttpMethod != HttpMethods.Head;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "LatentSharp", Version = Name,
                Description = "Autoencoders of latent diffusion over HTTP: encode, decode, look, check, compare, convert.",
                License = new OpenApiLicense { Name = "Apache-2.0" },
            };
            // Addresses are those of the document.
            document.Servers = [];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteDescription>().FirstOrDefault() is { } description)
                Fill(operation, description, context.Description.RelativePath ?? "");
            return Task.CompletedTask;
        });
    }

    private static void Fill(OpenApiOperation operation, RouteDescription description, string path)
    {
        (operation.OperationId, operation.Summary, operation.Tags) = (description.Id, description.Summary, null);
        operation.Parameters =
        [
            .. path.Split('/').Where(p => p.StartsWith('{')).Select(p => (IOpenApiParameter)new OpenApiParameter
            {
                Name = p.Trim('{', '}', '*'), In = ParameterLocation.Path, Required = true, Schema = Schema(ValueKind.Text),
            }),
            .. description.Query.Select(q => new OpenApiParameter
            {
                Name = q.Name, In = ParameterLocation.Query, Description = q.Meaning, Required = q.IsRequired, Schema = Schema(q),
            }),
        ];
        operation.RequestBody = Body(description);
        var result = new OpenApiResponse { Description = ReasonPhrases.GetReasonPhrase(description.Status) };
        if (description.Types.Count > 0)
            result.Content = description.Types.ToDictionary(t => t, t => new OpenApiMediaType
            {
                Schema = t != Answers.Json ? Binary() : Schema(description.Result?.GetJsonSchemaAsNode()),
            });
        operation.Responses = new OpenApiResponses { [$"{description.Status}"] = result };
        foreach (int status in Everywhere.Concat(description.Problems).Order())
            operation.Responses[$"{status}"] = new OpenApiResponse
            {
                Description = ReasonPhrases.GetReasonPhrase(status),
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new OpenApiMediaType
                    {
                        Schema = Schema(ServerJson.Default.ProblemDocument.GetJsonSchemaAsNode()),
                    },
                },
            };
    }

    // A file is sent as it is, as a part of a form beside values, or in base64 in an object beside them.
    private static OpenApiRequestBody? Body(RouteDescription description)
    {
        var content = new Dictionary<string, OpenApiMediaType>();
        if (description.Files.Count > 0)
        {
            content[File] = new OpenApiMediaType { Schema = Binary() };
            content[Form] = new OpenApiMediaType { Schema = Object(description, Binary) };
        }
        if (description.Files.Count > 0 || description.Members.Count > 0)
            content[Answers.Json] = new OpenApiMediaType
            {
                Schema = Object(description, () => new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" }),
            };
        return content.Count == 0 ? null : new OpenApiRequestBody { Content = content, Required = true };
    }

    private static OpenApiSchema Object(RouteDescription description, Func<OpenApiSchema> file)
    {
        var members = description.Files.ToDictionary(f => f, _ => (IOpenApiSchema)file());
        foreach (RouteParameter member in description.Members) members[member.Name] = Schema(member);
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object, Properties = members,
            Required = description.Members.Where(m => m.IsRequired).Select(m => m.Name).ToHashSet(),
        };
    }

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static OpenApiSchema Schema(RouteParameter parameter)
    {
        OpenApiSchema schema = Schema(parameter.Kind);
        schema.Description = parameter.Meaning;
        if (parameter.Words.Count > 0) schema.Enum = [.. parameter.Words.Select(w => (JsonNode)w)];
        return schema;
    }

    private static OpenApiSchema Schema(ValueKind kind) => kind switch
    {
        ValueKind.Whole => new OpenApiSchema { Type = JsonSchemaType.Integer },
        ValueKind.Number => new OpenApiSchema { Type = JsonSchemaType.Number },
        ValueKind.Flag => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        ValueKind.Wholes => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Schema(ValueKind.Whole) },
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };

    // What the serializer says about its own types, in the words of the document.
    private static OpenApiSchema Schema(JsonNode? node)
    {
        if (node is not JsonObject described) return new OpenApiSchema();
        var schema = new OpenApiSchema { Type = TypeOf(described["type"]) };
        if (described["properties"] is JsonObject members)
            schema.Properties = members.ToDictionary(m => m.Key, m => (IOpenApiSchema)Schema(m.Value));
        if (described["required"] is JsonArray required) schema.Required = required.Select(r => (string)r!).ToHashSet();
        if (described["items"] is { } items) schema.Items = Schema(items);
        if (described["additionalProperties"] is JsonObject others) schema.AdditionalProperties = Schema(others);
        if (described["enum"] is JsonArray words) schema.Enum = [.. words.Where(w => w is not null).Select(w => w!.DeepClone())];
        return schema;
    }

    private static JsonSchemaType? TypeOf(JsonNode? type) => type switch
    {
        JsonArray several => several.Aggregate((JsonSchemaType)0, (all, one) => all | TypeOf(one) ?? 0),
        JsonValue one => (string?)one switch
        {
            "object" => JsonSchemaType.Object,
            "array" => JsonSchemaType.Array,
            "string" => JsonSchemaType.String,
            "integer" => JsonSchemaType.Integer,
            "number" => JsonSchemaType.Number,
            "boolean" => JsonSchemaType.Boolean,
            "null" => JsonSchemaType.Null,
            _ => null,
        },
        _ => null,
    };
}
