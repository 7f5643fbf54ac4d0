using System.CommandLine;
using LatentSharp.Server;
using LatentSharp.Server.Access;
using LatentSharp.Service.Generating;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent serve</c></summary>
internal sealed class ServeCommand : LatentCommand
{
    private readonly Option<string> urls = new("--urls")
    {
        Description = "Where to listen, several separated by semicolons. Other machines reach only what is not 127.0.0.1 or localhost.",
        HelpName = "URL", DefaultValueFactory = _ => ServerOptions.DefaultUrl,
    };
    private readonly Option<bool> noAuth = new("--no-auth") { Description = "Let other machines use the service without a key." };
    private readonly Option<string[]> hosts = new("--host")
    {
        Description = "A name under which the service may be addressed, besides those of this machine; * for any.", HelpName = "NAME",
    };
    private readonly Option<string[]> origins = new("--origin")
    {
        Description = "A web page of another site that may call the service, such as https://studio.example.", HelpName = "ORIGIN",
    };
    private readonly Option<long?> memory = SharedOptions.Memory(), maxBody = SharedOptions.Size("--max-body", "The largest body of one request."),
        maxBodies = SharedOptions.Size("--max-bodies", "The most that all bodies in flight may have together.");
    private readonly Option<int> parallel = SharedOptions.WholeNumber(
        new("--parallel") { Description = "Computations at the same time.", HelpName = "N", DefaultValueFactory = _ => new ServerOptions().Parallel }, 1024),
        deadline = SharedOptions.WholeNumber(new("--deadline")
        {
            Description = "Seconds that one computation may take.", HelpName = "SECONDS",
            DefaultValueFactory = _ => (int)new ServerOptions().Deadline.TotalSeconds,
        }, 1_000_000),
        maxPixels = SharedOptions.WholeNumber(new("--max-pixels")
        {
            Description = "The most pixels of a picture.", HelpName = "N", DefaultValueFactory = _ => (int)new ServerOptions().MaximumPixels,
        }, int.MaxValue);
    private readonly Option<string?> config = new("--config")
    {
        Description = "A file with these options: {\"Serve\": {\"Memory\": \"4GB\"}}; LATENTSHARP_SERVE_MEMORY in the environment counts before it.",
        HelpName = "FILE",
    };
    private readonly Option<int> queue = SharedOptions.WholeNumber(
        new("--queue") { Description = "Requests that may wait for their turn.", HelpName = "N", DefaultValueFactory = _ => new ServerOptions().QueueLength },
            100_000);

    private readonly Option<string?> model = new("--model")
    {
        Description = "The model that makes pictures from prompts: a file, a folder, or a name in registered folders (`latent models`); "
            + "by default the one in this program.",
        HelpName = "NAME|FOLDER|FILE",
    };
    private readonly Option<string> precision = SharedOptions.Precision();
    private readonly Option<string> basePath = new("--base-path")
    {
        Description = "The path below which a proxy shows the service, such as /latent.", HelpName = "PATH", DefaultValueFactory = _ => "",
    };

    internal ServeCommand() : base("serve", "Serve all of it over HTTP, with a web page and the protocols that other programs speak.",
        "latent serve", "latent serve --urls http://127.0.0.1:8080", "latent serve --urls http://0.0.0.0:7860 --no-auth --host studio.lan")
    {
        Symbol[] all = [urls, noAuth, hosts, origins, memory, queue, parallel, deadline,
            maxBody, maxBodies, maxPixels, precision, model, basePath, config];
        foreach (Symbol symbol in all) this.Add(symbol);
    }

    /// <summary>The options that a file or the environment sets, as they would stand on the command line.</summary>
    /// <exception cref="LatentSharpException">Something there is no option, or the file cannot be read.</exception>
    internal IReadOnlyList<string> Configured(ParseResult given)
        => ServeConfiguration.Arguments(given, [.. Options.Where(o => o != config), SharedOptions.Threads, SharedOptions.Device],
            given.GetValue(config));

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
        => RunAsync(arguments, output, cancellationToken).GetAwaiter().GetResult();

    private async Task RunAsync(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string? home = ((Surroundings)arguments.InvocationConfiguration).Home;
        var options = new ServerOptions
        {
            Home = home,
            Keys = AccessKeys.Read(Library(arguments).Home),
            Model = arguments.GetValue(model),
            BasePath = arguments.GetValue(basePath)!,
            Device = SharedOptions.DeviceOf(arguments),
            Precision = PrecisionWords.Of(arguments.GetValue(precision)!),
            Threads = arguments.GetValue(SharedOptions.Threads),
            Memory = arguments.GetValue(memory),
            QueueLength = arguments.GetValue(queue),
            Parallel = arguments.GetValue(parallel),
            Deadline = TimeSpan.FromSeconds(arguments.GetValue(deadline)),
            MaximumBody = arguments.GetValue(maxBody) ?? new ServerOptions().MaximumBody,
            MaximumBodies = arguments.GetValue(maxBodies) ?? new ServerOptions().MaximumBodies,
            MaximumPixels = arguments.GetValue(maxPixels),
            Hosts = arguments.GetValue(hosts) ?? [],
            Origins = arguments.GetValue(origins) ?? [],
            NoAuthentication = arguments.GetValue(noAuth),
        };
        await using LatentServer server = LatentServer.Create(options,
            arguments.GetValue(urls)!.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        await server.StartAsync(cancellationToken);
        foreach (string address in server.Addresses) output.Line($"serving on {address}   (Ctrl-C ends it)");
        output.Object(new ServingDocument([.. server.Addresses]), CommandJson.Readable.ServingDocument);
        arguments.InvocationConfiguration.Output.Flush();
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.StopAsync();
    }
}
