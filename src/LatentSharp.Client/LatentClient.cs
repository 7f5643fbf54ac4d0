using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Client;

/// <summary>
/// A client of the service that <c>latent serve</c> starts. Its methods are the operations of the service's OpenAPI document
/// (<c>/openapi/v1.json</c>), by their names there. Every method throws <see cref="LatentServiceException"/> for an answer that is a problem.
/// </summary>
/// <param name="http">Where the service is (<see cref="HttpClient.BaseAddress"/>), with its key as the authorization where it has keys; the
/// caller keeps it.</param>
public sealed partial class LatentClient(HttpClient http)
{
    private const string AnyFile = "application/octet-stream";

    /// <summary>A picture becomes a latent.</summary>
    /// <param name="picture">A picture file.</param>
    /// <param name="options">Which autoencoder, and how; null for the default and the posterior's mean.</param>
    /// <param name="cancellationToken">Closes the connection, which ends the computation.</param>
    /// <returns>A latent file (safetensors).</returns>
    public Task<byte[]> EncodeAsync(ReadOnlyMemory<byte> picture, EncodeRequest? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new EncodeRequest();
        return BytesAsync(HttpMethod.Post, new Address("v1/encode").With("autoencoder", options.Autoencoder).With("seed", options.Seed)
            .With("posterior", options.Posterior).With("dtype", options.Dtype).With("name", options.Name), Body(picture),
            "application/vnd.safetensors", cancellationToken);
    }

    /// <summary>A latent becomes a picture.</summary>
    /// <param name="latent">A latent file.</param>
    /// <param name="options">Which autoencoder, and what is made; null for the default and PNG.</param>
    /// <param name="cancellationToken">Closes the connection, which ends the computation.</param>
    /// <returns>A picture file.</returns>
    public Task<byte[]> DecodeAsync(ReadOnlyMemory<byte> latent, DecodeRequest? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new DecodeRequest();
        return BytesAsync(HttpMethod.Post, new Address("v1/decode").With("autoencoder", options.Autoencoder).With("format", options.Format)
            .With("bits", options.Bits).With("quality", options.Quality).With("ignore_space", options.IgnoreSpace).With("name", options.Name),
            Body(latent), null, cancellationToken);
    }

    /// <summary>Raw elements become a picture.</summary>
    /// <param name="elements">Elements of the type, in little-endian order.</param>
    /// <param name="shape">The shape: [N, C, H, W], [C, H, W], or packed as FLUX's pipelines have it.</param>
    /// <param name="dtype">The type: <c>float32</c>, <c>float16</c> or <c>bfloat16</c>.</param>
    /// <param name="options">Which autoencoder, and what is made; null for the default and PNG.</param>
    /// <param name="size">The picture's width and height where the shape does not tell them.</param>
    /// <param name="cancellationToken">Closes the connection, which ends the computation.</param>
    public Task<byte[]> DecodeAsync(ReadOnlyMemory<byte> elements, IReadOnlyList<int> shape, string dtype, DecodeRequest? options = null,
        (int Width, int Height)? size = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shape);
        options ??= new DecodeRequest();
        Address address = new Address("v1/decode").With("autoencoder", options.Autoencoder).With("format", options.Format).With("bits", options.Bits)
            .With("quality", options.Quality).With("dtype", dtype).With("width", size?.Width).With("height", size?.Height);
        foreach (int side in shape) address = address.With("shape", side);
        return BytesAsync(HttpMethod.Post, address, Body(elements, "tensor/binary"), null, cancellationToken);
    }

    /// <summary>There and back: figures, and pictures that show what it did.</summary>
    /// <param name="picture">A picture file.</param>
    /// <param name="autoencoder">Its name; null for the default.</param>
    /// <param name="include">Pictures to send along as data addresses: <c>reconstruction</c>, <c>side_by_side</c>, <c>error_map</c>,
    /// <c>worst_detail</c>, <c>latent_channels</c>.</param>
    /// <param name="name">What the file is called.</param>
    /// <param name="cancellationToken">Closes the connection, which ends the computation.</param>
    public Task<JsonObject> RoundtripAsync(ReadOnlyMemory<byte> picture, string? autoencoder = null, IReadOnlyList<string>? include = null,
        string? name = null, CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Post, new Address("v1/roundtrip").With("autoencoder", autoencoder)
            .With("include", include is null ? null : string.Join(',', include)).With("name", name), Body(picture), cancellationToken);

    /// <summary>Says what a file is.</summary>
    /// <param name="file">Any file of this field.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="tensors">Whether its tensors are listed.</param>
    /// <param name="digest">Whether large files are hashed too.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<JsonObject> InspectAsync(ReadOnlyMemory<byte> file, string? name = null, bool? tensors = null, bool? digest = null,
        CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Post, new Address("v1/inspect").With("name", name).With("tensors", tensors).With("digest", digest), Body(file),
            cancellationToken);

    /// <summary>Whether two of an autoencoder, latents and a model belong together.</summary>
    /// <param name="latents">A latent file; null for none.</param>
    /// <param name="autoencoder">Its name; null for none.</param>
    /// <param name="model">The name of a diffusion model; null for none.</param>
    /// <param name="probe">Whether the autoencoder is tried; null for yes.</param>
    /// <param name="cancellationToken">Closes the connection, which ends the computation.</param>
    public Task<JsonObject> CheckAsync(ReadOnlyMemory<byte>? latents, string? autoencoder = null, string? model = null, bool? probe = null,
        CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Post, new Address("v1/check").With("autoencoder", autoencoder).With("model", model).With("probe", probe),
            Form([("latents", latents)]), cancellationToken);

    /// <summary>What is wrong with a picture or a latent.</summary>
    /// <param name="picture">The picture file that looks wrong; null for none.</param>
    /// <param name="latent">The latent file that it was decoded from; null for none.</param>
    /// <param name="reference">What it should look like; null where that is not known.</param>
    /// <param name="autoencoder">The autoencoder that decoded it; null where that is not known.</param>
    /// <param name="model">The diffusion model that made it; null where that is not known.</param>
    /// <param name="cancellationToken">Closes the connection, which ends the computation.</param>
    public Task<JsonObject> DiagnoseAsync(ReadOnlyMemory<byte>? picture, ReadOnlyMemory<byte>? latent = null,
        ReadOnlyMemory<byte>? reference = null,
        string? autoencoder = null, string? model = null, CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Post, new Address("v1/diagnose").With("autoencoder", autoencoder).With("model", model),
            Form([("picture", picture), ("latent", latent), ("reference", reference)]), cancellationToken);

    /// <summary>What a size takes, without doing it.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="autoencoder">Its name; null for the default.</param>
    /// <param name="steps">Whether each step is listed.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<JsonObject> PlanAsync(int width, int height, string? autoencoder = null, bool? steps = null,
        CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Get, new Address("v1/plan").With("width", width).With("height", height).With("autoencoder", autoencoder)
            .With("steps", steps), null, cancellationToken);

    private async Task<JsonObject> ObjectAsync(HttpMethod method, Address address, HttpContent? body, CancellationToken cancellationToken)
        => JsonNode.Parse(await BytesAsync(method, address, body, "application/json", cancellationToken).ConfigureAwait(false)) as JsonObject
            ?? throw new JsonException("the service answered with JSON that is no object");

    private async Task<byte[]> BytesAsync(HttpMethod method, Address address, HttpContent? body, string? accept,
        CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(method, address, body, accept, HttpCompletionOption.ResponseContentRead,
            cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Address address, HttpContent? body, string? accept,
        HttpCompletionOption completion, CancellationToken cancellationToken, string? lastEvent = null)
    {
        using var request = new HttpRequestMessage(method, address.ToString()) { Content = body };
        if (accept is not null) request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        if (lastEvent is not null) request.Headers.Add("Last-Event-ID", lastEvent);
        HttpResponseMessage response = await http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await LatentServiceException.OfAsync(response, cancellationToken).ConfigureAwait(false);
    }

    private static ReadOnlyMemoryContent Body(ReadOnlyMemory<byte> file, string type = AnyFile)
        => new(file) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private static MultipartFormDataContent Form(IEnumerable<(string Name, ReadOnlyMemory<byte>? File)> files)
    {
        var form = new MultipartFormDataContent();
        foreach ((string name, ReadOnlyMemory<byte>? file) in files)
            if (file is { } given) form.Add(Body(given), name, name);
        // A form without parts is none; an empty value says nothing.
        if (!form.Any()) form.Add(new StringContent(""), "nothing");
        return form;
    }
}
