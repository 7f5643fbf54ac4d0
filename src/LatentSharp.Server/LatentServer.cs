using System.Diagnostics.Metrics;
using LatentSharp.Server.Access;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Foreign.A1111;
using LatentSharp.Server.Foreign.OpenAi;
using LatentSharp.Server.Foreign.StableDiffusionCpp;
using LatentSharp.Server.Generating;
using LatentSharp.Server.Hosting;
using LatentSharp.Server.Http;
using LatentSharp.Server.Jobs;
using LatentSharp.Server.Native;
using LatentSharp.Server.OpenApi;
using LatentSharp.Server.Operations;
using LatentSharp.Server.Page;
using LatentSharp.Server.RemoteVae;
using LatentSharp.Service.Devices;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LatentSharp.Server;

/// <summary>The service: its own API, the protocols of others, and the page, on the addresses that it was given.</summary>
public sealed class LatentServer : IAsyncDisposable
{
    /// <summary>How long work that is under way may go on once the service is told to end.</summary>
    internal static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(30);

    private readonly WebApplication app;
    private readonly IDisposable[] owned;
    private readonly ComputeQueue queue;
    private readonly JobStore jobs;

    private LatentServer(WebApplication app, ComputeQueue queue, JobStore jobs, IDisposable[] owned)
        => (this.app, this.queue, this.jobs, this.owned) = (app, queue, jobs, owned);

    /// <summary>The addresses it listens on, with the ports that were really taken; once it has started.</summary>
    public IReadOnlyCollection<string> Addresses => [.. app.Urls];

    /// <summary>What it answers: methods and the patterns of paths.</summary>
    internal IReadOnlyList<(string Method, string Pattern)> Answered =>
    [
        .. from source in ((IEndpointRouteBuilder)app).DataSources
           from endpoint in source.Endpoints.OfType<RouteEndpoint>()
           from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
           select (method, endpoint.RoutePattern.RawText!)
    ];

    /// <summary>Makes a service, which does not listen yet.</summary>
    /// <param name="options">What the operator decided.</param>
    /// <param name="urls">Where to listen, such as <c>http://127.0.0.1:7860</c>; port 0 takes a free one.</param>
    /// <exception cref="LatentSharpException">
    /// An address is none, other machines reach it and nothing protects it, or the device does not compute in that precision.
    /// </exception>
    public static LatentServer Create(ServerOptions options, params IReadOnlyList<string> urls)
    {
        ArgumentNullException.ThrowIfNull(options);
        ListeningAddresses.Require(urls, options);
        RequirePrecision.Of(options.Computing);
        var settings = new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;       // every route has a limit of its own, kept before and while a body is read
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTime);
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.AddOpenApi(RouteDocument.Name, RouteDocument.Configure);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("LatentSharp", LogLevel.Information);
        WebApplication app = builder.Build();
        foreach (string url in urls) app.Urls.Add(url);

        var autoencoders = new OpenAutoencoders(options);
        IMeterFactory meters = app.Services.GetRequiredService<IMeterFactory>();
        var meter = new ComputeMeter(meters);
        var queue = new ComputeQueue(options, TimeProvider.System, meter);
        var metrics = new PrometheusMetrics(meters);
        var bodies = new BodyAllowance(options.MaximumBodies);
        meter.Watch(queue, bodies);
        var planned = new PlannedPictures(options);
        var bench = new Workbench(autoencoders, planned, new PlannedUses(autoencoders, planned), queue, bodies, options);
        var jobs = new JobStore(queue, TimeProvider.System, app.Services.GetRequiredService<ILogger<JobStore>>());
        Map(app, bench, jobs, metrics);
        FreedMemory.GoesBack();
        var resting = new RestingHeap(queue, TimeProvider.System);
        return new LatentServer(app, queue, jobs, [OtlpTelemetry.Start(), resting, autoencoders, metrics, meter]);
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="LatentSharpException">An address is taken, or may not be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, string.Join(", ", app.Urls), $"the service cannot listen here: {e.Message}",
                "Choose another port, or end the program that has this one.", e);
        }
    }

    /// <summary>Takes nothing new, finishes what is under way, jobs too, and ends; jobs that wait are cancelled.</summary>
    public async Task StopAsync()
    {
        queue.Drain();
        // Who follows a job sees its end, and can fetch its result, before connections are closed.
        await jobs.FinishAsync(ShutdownTime);
        await app.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        jobs.Dispose();
        foreach (IDisposable one in owned) one.Dispose();
    }

    private static void Map(WebApplication app, Workbench bench, JobStore jobs, PrometheusMetrics metrics)
    {
        if (bench.Options.BasePath.Length > 0) app.UsePathBase(bench.Options.BasePath);
        app.UseMiddleware<RequestTrace>();
        app.UseMiddleware<ErrorAnswers>(bench.Autoencoders);
        app.UseMiddleware<BodyLimit>(bench.Bodies);
        app.UseMiddleware<HostCheck>(bench.Options);
        app.UseMiddleware<CrossSiteCheck>(bench.Options);
        app.UseRouting();
        app.Use(ApiPage.AllowAsync);
        app.UseMiddleware<AccessCheck>(bench.Options.Keys);
        var maker = new PictureMaker(bench);
        HealthEndpoints.Map(app, bench);
        app.Get("/metrics", context =>
        {
            context.Response.ContentType = PrometheusMetrics.MediaType;
            return context.Response.WriteAsync(metrics.Text(), context.RequestAborted);
        });
        PageFiles.Map(app);
        ApiPage.Map(app);
        app.Post("/v1/encode", context => EncodeEndpoint.HandleAsync(context, bench)).Described(Routes.Encode);
        app.Post("/v1/decode", context => DecodeEndpoint.HandleAsync(context, bench)).Described(Routes.Decode);
        app.Post("/v1/roundtrip", context => RoundTripEndpoint.HandleAsync(context, bench)).Described(Routes.RoundTrip);
        app.Post("/v1/inspect", context => InspectEndpoint.HandleAsync(context, bench)).Described(Routes.Inspect);
        app.Get("/v1/plan", context => PlanEndpoint.HandleAsync(context, bench)).Described(Routes.Plan);
        app.Post("/v1/check", context => DoctorEndpoints.CheckAsync(context, bench)).Described(Routes.Check);
        app.Post("/v1/diagnose", context => DoctorEndpoints.DiagnoseAsync(context, bench)).Described(Routes.Diagnose);
        app.Post("/v1/generate", context => GenerateEndpoint.HandleAsync(context, bench, maker, jobs)).Described(Routes.Generate);
        AutoencoderEndpoints.Map(app, bench);
        JobEndpoints.Map(app, jobs, app.Lifetime.ApplicationStopping);
        JobRequests.Map(app, bench, jobs);
        RemoteVaeRoutes.Map(app, new RemoteDecode(bench.Autoencoders, bench.Planned, bench.Queue, bench.Options),
            new RemoteEncode(bench.Autoencoders, bench.Planned, bench.Queue, bench.Options));
        new A1111Endpoints(bench, maker).Map(app);
        new OpenAiEndpoints(bench, maker).Map(app);
        new SdCppEndpoints(bench, maker, jobs).Map(app);
    }
}
