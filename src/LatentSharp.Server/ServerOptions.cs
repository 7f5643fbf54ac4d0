using LatentSharp.Compute;
using LatentSharp.Server.Access;

namespace LatentSharp.Server;

/// <summary>What an operator decides about the service. Every value has a default that is safe on a machine of one's own.</summary>
public sealed record ServerOptions
{
    /// <summary>Where it listens when nothing is said: this machine only.</summary>
    public const string DefaultUrl = "http://127.0.0.1:7860";

    /// <summary>The folder of the library of autoencoders; null for the one of the environment.</summary>
    public string? Home { get; init; }

    /// <summary>What computes; null for the processor.</summary>
    public Device? Device { get; init; }

    /// <summary>The numbers that networks are computed with, as far as the device has them.</summary>
    public Precision Precision { get; init; }

    /// <summary>Threads of one computation; 0 for all cores.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// The most bytes that all computations may take together by their plans; null for three quarters of what the machine, or the
    /// container, has.
    /// </summary>
    public long? Memory { get; init; }

    /// <summary>Computations at the same time. Each uses all threads, so more than one rarely pays on a processor.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>Requests that may wait for their turn; the next one is answered with 429.</summary>
    public int QueueLength { get; init; } = 64;

    /// <summary>The longest that a request may take from its turn to its end.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The largest body of a request in bytes.</summary>
    public long MaximumBody { get; init; } = 512L << 20;

    /// <summary>The most bytes of all bodies together that are held at once, those of requests and of answers.</summary>
    public long MaximumBodies { get; init; } = 1L << 30;

    /// <summary>The most pixels of a picture that is read or made.</summary>
    public long MaximumPixels { get; init; } = 1L << 26;

    /// <summary>Whether prepared weights stay in memory between requests of one size.</summary>
    public bool KeepWeights { get; init; } = true;

    /// <summary>Names besides those of this machine under which the service may be addressed; <c>*</c> for any.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Origins of other web pages that may call it, such as <c>https://studio.example</c>.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>The keys of which one is needed; none for a service that everyone who reaches it may use.</summary>
    public IReadOnlyList<AccessKey> Keys { get; init; } = [];

    /// <summary>
    /// The model that makes pictures from prompts: a name that <c>latent models</c> shows, a file or a folder; null for the one
    /// that the program brings along.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>The path below which a proxy shows the service, such as <c>/latent</c>; empty for none.</summary>
    public string BasePath { get; init; } = "";

    /// <summary>Whether an address that other machines reach is served without keys.</summary>
    public bool NoAuthentication { get; init; }

    /// <summary>The bytes that plans may take together.</summary>
    internal long MemoryBudget => Memory ?? Compute.MemoryBudget.Of(ComputeOptions.Default).Bytes;

    /// <summary>How networks are run.</summary>
    internal ComputeOptions Computing => new()
    {
        Device = Device, Precision = Precision, Threads = Threads, MemoryBudget = Memory, KeepWeights = KeepWeights,
    };
}
