using System.CommandLine;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using LatentSharp.Server;
using LatentSharp.Server.Access;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Server.Load;
using YamlDotNet.RepresentationModel;

namespace LatentSharp.Tests.Server;

/// <summary>
/// The files in <c>deploy</c> against the service as it is: options, variables, ports, paths, probes, times and limits. What the makers of
/// systemd and Prometheus offer for checking such files is asked too, where it is installed.
/// </summary>
public sealed partial class DeploymentFileTests
{
    private const string Key = "a-key-of-a-container", Home = "LATENTSHARP_HOME";

    private static readonly string Unit = Text("latent.service"), Image = Text("Dockerfile");

    private static readonly YamlMappingNode[] Manifests = Yaml("kubernetes.yaml");

    private static YamlMappingNode Deployment => Manifests.Single(m => (string?)m["kind"] == "Deployment");

    private static YamlNode Pod => Deployment["spec"]["template"]["spec"];

    private static YamlNode Container => ((YamlSequenceNode)Pod["containers"]).Children.Single();

    /// <summary>The words after the program of every command line of the service in these files, those in comments too.</summary>
    public static TheoryData<string> Commands() =>
    [
        .. CommandLines().Matches(Unit + Text("prometheus.yml")).Select(m => m.Groups[1].Value.Split("&&")[0].Trim(' ', ')', '.')),
        string.Join(' ', Entry[1..]), string.Join(' ', (string[])[.. Entry[1..], .. Words(Container["args"])]),
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Command_lines_are_understood(string words)
        => Assert.Empty(LatentSharp.Cli.CommandLine.Root().Parse(words.Split(' ')).Errors);

    [Fact]
    public void Variables_are_those_that_the_service_reads()
    {
        string[] named = [.. Variables().Matches(Unit + Image + Text("kubernetes.yaml")).Select(m => m.Value).Distinct()];
        Assert.Equal([Home, AccessKeys.Variable], named.Order(StringComparer.Ordinal));
        Assert.Equal([AccessKeys.Variable], ((YamlSequenceNode)Container["env"]).Children.Select(e => (string)e["name"]!));
    }

    [Fact]
    public void The_unit_is_one_to_systemd()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not here");
        using var place = new Workplace();
        // The program is not installed on this machine; everything else is as it is.
        File.WriteAllText(place.File("latent.service"), Program().Replace(Unit, "ExecStart=/bin/true"));
        Workplace.Outcome verified = place.Run("systemd-analyze", "verify", place.File("latent.service")).Expect(0);
        Assert.Equal("", verified.Error + verified.Output);
        Assert.Equal($"/var/lib/{Setting("StateDirectory")}", Setting("Environment").Split('=')[1]);
        Assert.InRange(int.Parse(Setting("TimeoutStopSec")), LatentServer.ShutdownTime.TotalSeconds + 5, 120);
        Assert.Contains("'" + Path.GetDirectoryName(Setting("ExecStart").Split(' ')[0]) + "'", $"'{Copied().Match(Unit).Groups[1].Value}'",
            StringComparison.Ordinal);
    }

    [Fact]
    public void One_port_goes_through_all_of_them()
    {
        string port = new Uri(ServerOptions.DefaultUrl).Port.ToString();
        Assert.EndsWith(":" + port, Entry[Array.IndexOf(Entry, "--urls") + 1], StringComparison.Ordinal);
        Assert.Equal(port, Instruction("EXPOSE"));
        Assert.Equal(port, (string?)((YamlSequenceNode)Container["ports"]).Children.Single()["containerPort"]);
        foreach (string probe in (string[])["livenessProbe", "readinessProbe"]) Assert.Equal(port, (string?)Container[probe]["httpGet"]["port"]);
        YamlNode forwarded = ((YamlSequenceNode)Manifests.Single(m => (string?)m["kind"] == "Service")["spec"]["ports"]).Children.Single();
        Assert.Equal((port, port), ((string?)forwarded["port"], (string?)forwarded["targetPort"]));
        Assert.Equal([$"localhost:{port}"], Words(((YamlSequenceNode)Scraped["static_configs"]).Children.Single()["targets"]));
    }

    [Fact]
    public void The_manifests_belong_together()
    {
        Assert.Equal(["Deployment", "Service"], Manifests.Select(m => (string?)m["kind"]));
        string labels = Deployment["spec"]["template"]["metadata"]["labels"].ToString();
        Assert.Equal(labels, Deployment["spec"]["selector"]["matchLabels"].ToString());
        YamlMappingNode service = Manifests[1];
        Assert.Equal(labels, service["spec"]["selector"].ToString());
        // The service is addressed by its name there, which is none of the container's own.
        Assert.Equal(["--host", (string)service["metadata"]["name"]!], Words(Container["args"]));
        Assert.InRange(int.Parse((string)Pod["terminationGracePeriodSeconds"]!), LatentServer.ShutdownTime.TotalSeconds + 5, 120);
        string[] volumes = [.. ((YamlSequenceNode)Pod["volumes"]).Children.Select(v => (string)v["name"]!)];
        YamlNode[] mounts = [.. ((YamlSequenceNode)Container["volumeMounts"]).Children];
        Assert.Equal(volumes, mounts.Select(m => (string)m["name"]!));
        // The root is read-only: what is written is the library and what requests leave for a while.
        Assert.Equal("true", (string?)Container["securityContext"]["readOnlyRootFilesystem"]);
        Assert.Equal([Instruction("ENV").Split('=')[1], "/tmp"], mounts.Select(m => (string)m["mountPath"]!));
        Assert.Equal(Instruction("VOLUME"), Instruction("ENV").Split('=')[1]);
        string user = Instruction("USER");
        Assert.Equal([user, user], new[] { "runAsUser", "fsGroup" }.Select(n => (string)Pod["securityContext"][n]!));
        Assert.Contains($"--chown={user}:{user} {Instruction("VOLUME")} {Instruction("VOLUME")}", Image, StringComparison.Ordinal);
    }

    /// <summary>
    /// The budget of plans is three quarters of what the container has: the largest of ordinary pictures fits, and what lies beside plans.
    /// </summary>
    [Fact]
    public void The_limit_of_memory_lets_a_large_picture_through()
    {
        long limit = Bytes((string)Container["resources"]["limits"]["memory"]!),
            asked = Bytes((string)Container["resources"]["requests"]["memory"]!);
        using Autoencoder embedded = EmbeddedAutoencoder.Shared;
        Assert.InRange(embedded.PlanDecode(2048, 2048).PeakBytes, 1, limit / 4 * 3);
        Assert.InRange(embedded.PlanDecode(1024, 1024).PeakBytes, 1, asked / 4 * 3);
        Assert.InRange(new ServerOptions().MaximumBodies, 1, limit / 4);
    }

    [Fact]
    public void The_image_is_built_of_what_is_here()
    {
        Match script = Script().Match(Image);
        Assert.True(File.Exists(Repository.Path(script.Groups[1].Value)));
        Assert.Contains($"*) fail \"\\\"$1\\\" is no level", File.ReadAllText(Repository.Path("publish-native")), StringComparison.Ordinal);
        Assert.Contains(script.Groups[2].Value, (string[])["v3", "v4"]);
        Assert.Contains($"COPY --from=build {script.Groups[3].Value}/ {Path.GetDirectoryName(Entry[0])}/", Image, StringComparison.Ordinal);
        // The SDK of the checkout, and a base of the same version.
        using JsonDocument sdk = JsonDocument.Parse(File.ReadAllText(Repository.Path("global.json")));
        string version = string.Join('.', sdk.RootElement.GetProperty("sdk").GetProperty("version").GetString()!.Split('.')[..2]);
        Assert.All(From().Matches(Image), m => Assert.Equal(version, m.Groups[1].Value));
        Assert.Equal(2, From().Count(Image));
    }

    [Fact]
    public void The_scrape_configuration_is_one_to_Prometheus()
    {
        Assert.Equal("latent", (string?)Scraped["job_name"]);
        Assert.SkipUnless(File.Exists("/usr/bin/promtool"), "promtool is not here");
        using var place = new Workplace();
        place.Run("promtool", "check", "config", Repository.Path("deploy/prometheus.yml")).Expect(0);
    }

    /// <summary>
    /// As the container starts it: probes are answered to who asks by the address of the pod and has no key; everything else needs the key,
    /// metrics too, so that nothing in the manifest promises them without.
    /// </summary>
    [Fact]
    public async Task Probes_are_answered_as_the_cluster_asks_and_metrics_with_the_key()
    {
        string[] options = [.. Entry[(Array.IndexOf(Entry, "--urls") + 2)..], .. Words(Container["args"])];
        await using ServedProcess server = await ServedProcess.StartAsync(new Dictionary<string, string> { [AccessKeys.Variable] = Key },
            [.. options, "--urls", "http://0.0.0.0:0"]);
        string? pod = NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !System.Net.IPAddress.IsLoopback(a))?.ToString();
        foreach (string host in (string[])["127.0.0.1", .. pod is null ? [] : (string[])[pod]])
            foreach (string probe in (string[])["livenessProbe", "readinessProbe"])
            {
                var address = new UriBuilder(server.Client.BaseAddress!) { Host = host, Path = (string)Container[probe]["httpGet"]["path"]! };
                using HttpResponseMessage answer = await server.Client.GetAsync(address.Uri);
                Assert.True(answer.IsSuccessStatusCode, $"{address.Uri}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
        Assert.Equal(401, await MetricsAsync(null));
        Assert.Equal(200, await MetricsAsync(Key));
        Assert.DoesNotContain("prometheus.io", Text("kubernetes.yaml"), StringComparison.Ordinal);

        // By the name of the service in the cluster.
        async Task<int> MetricsAsync(string? key)
        {
            var here = new UriBuilder(server.Client.BaseAddress!) { Host = "127.0.0.1", Path = "/metrics" };
            using var request = new HttpRequestMessage(HttpMethod.Get, here.Uri) { Headers = { Host = Words(Container["args"])[1] } };
            if (key is not null) request.Headers.Authorization = new("Bearer", key);
            using HttpResponseMessage answer = await server.Client.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    private static YamlNode Scraped => ((YamlSequenceNode)Yaml("prometheus.yml").Single()["scrape_configs"]).Children.Single();

    private static string[] Entry => JsonSerializer.Deserialize<string[]>(Instruction("ENTRYPOINT"))!;

    private static string Text(string name) => File.ReadAllText(Repository.Path("deploy/" + name)).ReplaceLineEndings("\n");

    private static YamlMappingNode[] Yaml(string name)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Text(name)));
        return [.. stream.Documents.Select(d => (YamlMappingNode)d.RootNode)];
    }

    private static string[] Words(YamlNode list) => [.. ((YamlSequenceNode)list).Children.Select(w => (string)w!)];

    // Of the image that is made, which is the last stage.
    private static string Instruction(string name)
        => Image.Split('\n').Last(l => l.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];

    private static string Setting(string name)
        => Unit.Split('\n').Single(l => l.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    private static long Bytes(string quantity) => long.Parse(quantity[..^2]) << (quantity[^2..] == "Gi" ? 30 : 20);

    [GeneratedRegex("(?:ExecStart=\\S*/latent|/opt/latent/latent|\\(latent) ((?:serve|serve-key) [^\n]+)")]
    private static partial Regex CommandLines();

    [GeneratedRegex("LATENTSHARP_[A-Z_]+")]
    private static partial Regex Variables();

    [GeneratedRegex("ExecStart=[^\n]+")]
    private static partial Regex Program();

    [GeneratedRegex("cp -r artifacts/native/\\S+ (\\S+)")]
    private static partial Regex Copied();

    [GeneratedRegex(@"RUN \./(\S+) (\S+) (\S+)")]
    private static partial Regex Script();

    [GeneratedRegex(@"^FROM mcr\.microsoft\.com/dotnet/[a-z-]+:(\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex From();
}
