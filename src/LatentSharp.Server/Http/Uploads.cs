using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LatentSharp.Server.Http;

/// <summary>A file that a client sent.</summary>
/// <param name="Field">What it is for.</param>
/// <param name="Name">What the client calls it, without folders.</param>
/// <param name="Path">Where it lies for the time of the request.</param>
internal sealed record UploadedFile(string Field, string Name, string Path);

/// <summary>
/// What a client sent to a use case, in any of three forms: the file itself as the body, a form of several files and values
/// (<c>multipart/form-data</c>), or a JSON object with files in base64. Values may stand in the query as well.
/// </summary>
internal sealed class Uploads : IDisposable
{
    private const int MostParts = 64, LongestValue = 8192;

    private readonly RequestFolder folder = new();
    private readonly List<UploadedFile> files = [];
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    private Uploads()
    {
    }

    /// <summary>The files in their order.</summary>
    internal IReadOnlyList<UploadedFile> Files => files;

    /// <summary>The folder of the request, for what is made of them.</summary>
    internal RequestFolder Folder => folder;

    /// <summary>The one file of a field; null when there is none.</summary>
    internal UploadedFile? File(string field)
        => files.FindAll(f => f.Field == field) is var found && found.Count <= 1 ? found.FirstOrDefault()
            : throw QueryValues.Refused(field, $"{found.Count} files were sent for {field}.", "Send one.");

    /// <summary>The one file of a field that has to be there.</summary>
    internal UploadedFile Required(string field) => File(field) ?? throw Missing(field);

    /// <summary>The refusal of a request without a file that has to be there.</summary>
    internal static RefusedRequest Missing(string field) => QueryValues.Refused(field, $"There is no {field}.",
        $"Send it as the body, as the part \"{field}\" of a form, or in base64 as a member of a JSON object.");

    /// <summary>A value of the form, else of the query; null when it is absent.</summary>
    internal string? Value(string name) => values.TryGetValue(name, out string? text) && text.Length > 0 ? text : null;

    /// <summary>Reads a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">The most bytes of its body.</param>
    /// <param name="single">What the body is for where it is one file.</param>
    /// <param name="fileFields">Other members that are files.</param>
    internal static async Task<Uploads> ReadAsync(HttpContext context, long most, string single, params string[] fileFields)
    {
        RequestBody.Require(context.Request, most);
        var uploads = new Uploads();
        try
        {
            foreach ((string name, StringValues given) in context.Request.Query)
                uploads.values[name] = given.Count == 1 ? given[0] ?? "" : throw QueryValues.Refused(name, $"{name} was given {given.Count} times.");
            if (FormOf(context.Request) is { } form) await uploads.ReadFormAsync(context, form, most, [single, .. fileFields]);
            else if (context.Request.HasJsonContentType()) await uploads.ReadJsonAsync(context, most, [single, .. fileFields]);
            else await uploads.ReadBodyAsync(context, most, single);
            return uploads;
        }
        catch
        {
            uploads.Dispose();
            throw;
        }
    }

    /// <summary>Whether the body is the file itself.</summary>
    /// <exception cref="RefusedRequest">It is of a type that says otherwise and is none that is taken.</exception>
    internal static bool IsFile(HttpRequest request) => FormOf(request) is null && !request.HasJsonContentType();

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();

    private static MediaTypeHeaderValue? FormOf(HttpRequest request)
    {
        _ = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type);
        if (type?.MediaType.Value is "text/plain" or "application/x-www-form-urlencoded")
            throw new RefusedRequest(StatusCodes.Status415UnsupportedMediaType, $"{type.MediaType} is not taken.",
                "Send the file as application/octet-stream or under its own type, a multipart form, or JSON.", "Content-Type");
        return type?.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true ? type : null;
    }

    private async Task ReadBodyAsync(HttpContext context, long most, string field)
    {
        string name = RequestFolder.Plain(Value("name") ?? field), place = folder.Place(name);
        long written = await CopyAsync(context.Request.Body, place, most, context.RequestAborted);
        if (written > 0) files.Add(new UploadedFile(field, name, place));
    }

    private async Task ReadFormAsync(HttpContext context, MediaTypeHeaderValue type, long most, string[] fileFields)
    {
        string? boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary) || boundary.Length > 128)
            throw QueryValues.Refused("Content-Type", "The form names no boundary.", "Send multipart/form-data; boundary=...");
        var reader = new MultipartReader(boundary, context.Request.Body);
        long left = most;
        for (int part = 0; await NextAsync(reader, context.RequestAborted) is { } section; part++)
        {
            if (part == MostParts) throw QueryValues.Refused("body", $"The form has more than {MostParts} parts.", "Send fewer at once.");
            if (section.GetContentDispositionHeader() is not { } disposition || HeaderUtilities.RemoveQuotes(disposition.Name).Value
                is not { Length: > 0 } field)
                throw QueryValues.Refused("body", "A part of the form has no name.", "Name each part.");
            field = field.TrimEnd('[', ']');
            string? file = disposition.FileNameStar.Value ?? HeaderUtilities.RemoveQuotes(disposition.FileName).Value;
            if (file is null && !fileFields.Contains(field))
            {
                values[field] = await TextAsync(section.Body, field, context.RequestAborted);
                continue;
            }
            string name = RequestFolder.Plain(file ?? field), place = folder.Place(name);
            left -= await CopyAsync(section.Body, place, left, context.RequestAborted);
            files.Add(new UploadedFile(field, name, place));
        }
    }

    private async Task ReadJsonAsync(HttpContext context, long most, string[] fileFields)
    {
        foreach ((string name, JsonNode? member) in await JsonBody.ReadAsync(context, most))
        {
            if (member is null) continue;
            if (!fileFields.Contains(name))
            {
                values[name] = member is JsonValue ? member.ToString()
                    : throw QueryValues.Refused(name, $"{name} is a value, not an object or a list.");
                continue;
            }
            foreach (JsonNode? item in member is JsonArray list ? list.ToArray() : [member])
            {
                string place = folder.Place(name);
                await System.IO.File.WriteAllBytesAsync(place, Base64Text.Bytes(item?.ToString() ?? "", name), context.RequestAborted);
                files.Add(new UploadedFile(name, name, place));
            }
        }
    }

    private static Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellationToken)
        => WellFormedAsync(() => new ValueTask<MultipartSection?>(reader.ReadNextSectionAsync(cancellationToken)));

    // A boundary is read where a part ends as well as where one begins.
    private static async Task<T> WellFormedAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw QueryValues.Refused("body", "The form is malformed, or ends before its last boundary.", "Send it again.");
        }
    }

    private static async Task<string> TextAsync(Stream body, string field, CancellationToken cancellationToken)
    {
        var bytes = new byte[LongestValue + 1];
        int length = await WellFormedAsync(() => body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken));
        return length <= LongestValue ? System.Text.Encoding.UTF8.GetString(bytes, 0, length)
            : throw QueryValues.Refused(field, $"{field} is longer than {LongestValue} bytes.");
    }

    private static async Task<long> CopyAsync(Stream from, string place, long most, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(place, FileMode.CreateNew);
        var buffer = new byte[1 << 16];
        long written = 0;
        while (await WellFormedAsync(() => from.ReadAsync(buffer, cancellationToken)) is > 0 and int read)
        {
            if ((written += read) > most) throw RequestBody.TooLarge(most);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        return written;
    }
}
