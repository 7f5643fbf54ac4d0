using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Client;

// Jobs, and the autoencoders of the service.
public sealed partial class LatentClient
{
    /// <summary>Measures an autoencoder with pictures.</summary>
    /// <param name="pictures">Picture files.</param>
    /// <param name="autoencoder">Its name; null for the default.</param>
    /// <param name="experiments">Whether experiments with latents are run as well; null for yes.</param>
    /// <param name="cancellationToken">Closes the connection; the job goes on.</param>
    public Task<ServiceJob> ReportAsync(IReadOnlyList<ReadOnlyMemory<byte>> pictures, string? autoencoder = null, bool? experiments = null,
        CancellationToken cancellationToken = default)
        => JobAsync(HttpMethod.Post, new Address("v1/report").With("autoencoder", autoencoder).With("experiments", experiments), Form(Pictures(pictures)),
            cancellationToken);

    /// <summary>Measures several autoencoders with the same pictures.</summary>
    /// <param name="pictures">Picture files.</param>
    /// <param name="autoencoders">Their names, two at least.</param>
    /// <param name="cancellationToken">Closes the connection; the job goes on.</param>
    public Task<ServiceJob> CompareAsync(IReadOnlyList<ReadOnlyMemory<byte>> pictures, IReadOnlyList<string> autoencoders,
        CancellationToken cancellationToken = default)
        => JobAsync(HttpMethod.Post, new Address("v1/compare").With("autoencoders", string.Join(',', autoencoders)), Form(Pictures(pictures)),
            cancellationToken);

    /// <summary>Writes an autoencoder's weights as safetensors.</summary>
    /// <param name="autoencoder">Its name; null for the default.</param>
    /// <param name="layout">The names of its tensors: <c>same</c>, <c>bfl</c>, <c>diffusers</c>, <c>ldm</c>; null to keep them.</param>
    /// <param name="dtype">The type of its elements: <c>same</c>, <c>f32</c>, <c>f16</c>, <c>bf16</c>; null to keep them.</param>
    /// <param name="cancellationToken">Closes the connection; the job goes on.</param>
    public Task<ServiceJob> ConvertAsync(string? autoencoder = null, string? layout = null, string? dtype = null,
        CancellationToken cancellationToken = default)
        => JobAsync(HttpMethod.Post, new Address("v1/convert").With("autoencoder", autoencoder).With("layout", layout).With("dtype", dtype), null,
            cancellationToken);

    /// <summary>Makes pictures from a prompt, where the service has a model.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="cancellationToken">Closes the connection; the job goes on.</param>
    public Task<ServiceJob> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return JobAsync(HttpMethod.Post, new Address("v1/generate"), Json(JsonSerializer.SerializeToNode(request, ClientJson.Default.GenerateRequest)!),
            cancellationToken);
    }

    /// <summary>What became of jobs, the newest first.</summary>
    /// <param name="cancellationToken">Closes the connection.</param>
    public async Task<IReadOnlyList<ServiceJob>> JobsAsync(CancellationToken cancellationToken = default)
        => [.. ((await ObjectAsync(HttpMethod.Get, new Address("v1/jobs"), null, cancellationToken).ConfigureAwait(false))["jobs"] as JsonArray ?? [])
            .Select(j => j!.Deserialize(ClientJson.Default.ServiceJob)!)];

    /// <summary>What became of a job.</summary>
    /// <param name="id">Which.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<ServiceJob> JobAsync(string id, CancellationToken cancellationToken = default)
        => JobAsync(HttpMethod.Get, new Address("v1/jobs").Below(id), null, cancellationToken);

    /// <summary>What happens to a job, as it happens, until it is over.</summary>
    /// <param name="id">Which.</param>
    /// <param name="after">The last event that was seen; null for all that are kept.</param>
    /// <param name="cancellationToken">Closes the connection; the job goes on.</param>
    public async IAsyncEnumerable<ServiceEvent> JobEventsAsync(string id, long? after = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, new Address("v1/jobs").Below(id).Below("events"), null, "text/event-stream",
            HttpCompletionOption.ResponseHeadersRead, cancellationToken, after?.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .ConfigureAwait(false);
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await foreach (System.Net.ServerSentEvents.SseItem<string> item in System.Net.ServerSentEvents.SseParser.Create(stream)
            .EnumerateAsync(cancellationToken).ConfigureAwait(false))
            yield return new ServiceEvent(long.TryParse(item.EventId, out long number) ? number : 0, item.EventType,
                JsonNode.Parse(item.Data) as JsonObject ?? []);
    }

    /// <summary>Waits until a job is over.</summary>
    /// <param name="job">Which.</param>
    /// <param name="progress">Told how far it is, from 0 to 1.</param>
    /// <param name="cancellationToken">Ends the waiting; the job goes on.</param>
    /// <exception cref="LatentServiceException">It failed, or was cancelled.</exception>
    public async Task<ServiceJob> WaitAsync(ServiceJob job, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        await foreach (ServiceEvent happened in JobEventsAsync(job.Id, null, cancellationToken).ConfigureAwait(false))
            if (happened.Kind == "progress" && (double?)happened.Data["fraction"] is { } fraction) progress?.Report(fraction);
        ServiceJob over = await JobAsync(job.Id, cancellationToken).ConfigureAwait(false);
        return over.Status == "done" ? over : throw LatentServiceException.Of(over);
    }

    /// <summary>A file of a job's result.</summary>
    /// <param name="id">Which job.</param>
    /// <param name="name">One of <see cref="ServiceJob.Files"/>.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<byte[]> JobFileAsync(string id, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return BytesAsync(HttpMethod.Get, name.Split('/').Aggregate(new Address("v1/jobs").Below(id).Below("files"), (a, part) => a.Below(part)), null, null,
            cancellationToken);
    }

    /// <summary>Ends a job.</summary>
    /// <param name="id">Which.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<ServiceJob> CancelJobAsync(string id, CancellationToken cancellationToken = default)
        => JobAsync(HttpMethod.Post, new Address("v1/jobs").Below(id).Below("cancel"), null, cancellationToken);

    /// <summary>Ends a job; forgets one that is over.</summary>
    /// <param name="id">Which.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task DeleteJobAsync(string id, CancellationToken cancellationToken = default)
        => BytesAsync(HttpMethod.Delete, new Address("v1/jobs").Below(id), null, null, cancellationToken);

    /// <summary>The autoencoders of the service.</summary>
    /// <param name="cancellationToken">Closes the connection.</param>
    public async Task<IReadOnlyList<ServiceAutoencoder>> AutoencodersAsync(CancellationToken cancellationToken = default)
        => [.. ((await ObjectAsync(HttpMethod.Get, new Address("v1/autoencoders"), null, cancellationToken).ConfigureAwait(false))["autoencoders"] as JsonArray
            ?? []).Select(a => a!.Deserialize(ClientJson.Default.ServiceAutoencoder)!)];

    /// <summary>What an autoencoder is.</summary>
    /// <param name="name">Which.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<JsonObject> AutoencoderAsync(string name, CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Get, new Address("v1/autoencoders").Below(name), null, cancellationToken);

    /// <summary>Registers a file of a registered folder.</summary>
    /// <param name="file">Its name below the folder.</param>
    /// <param name="name">The name it gets; null for its own.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<JsonObject> AddAutoencoderAsync(string file, string? name = null, CancellationToken cancellationToken = default)
    {
        var body = new JsonObject { ["file"] = file };
        if (name is not null) body["name"] = name;
        return ObjectAsync(HttpMethod.Post, new Address("v1/autoencoders"), Json(body), cancellationToken);
    }

    /// <summary>Chooses the default.</summary>
    /// <param name="name">Which.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<JsonObject> ChooseAutoencoderAsync(string name, CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Put, new Address("v1/autoencoders/default"), Json(new JsonObject { ["name"] = name }), cancellationToken);

    /// <summary>Forgets a registered name; no file is touched.</summary>
    /// <param name="name">Which.</param>
    /// <param name="cancellationToken">Closes the connection.</param>
    public Task<JsonObject> RemoveAutoencoderAsync(string name, CancellationToken cancellationToken = default)
        => ObjectAsync(HttpMethod.Delete, new Address("v1/autoencoders").Below(name), null, cancellationToken);

    private async Task<ServiceJob> JobAsync(HttpMethod method, Address address, HttpContent? body, CancellationToken cancellationToken)
        => (await ObjectAsync(method, address, body, cancellationToken).ConfigureAwait(false)).Deserialize(ClientJson.Default.ServiceJob)!;

    private static IEnumerable<(string Name, ReadOnlyMemory<byte>? File)> Pictures(IReadOnlyList<ReadOnlyMemory<byte>> pictures)
        => pictures.Select(p => ("pictures", (ReadOnlyMemory<byte>?)p));

    private static StringContent Json(JsonNode body) => new(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
}
