using System.Globalization;
using System.Text.Json;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Diffusion.Schedules;

namespace LatentSharp.Tests.Diffusion;

public sealed class ScheduleTests
{
    // ComfyUI a125cd8, comfy/samplers.py, model FLUX.1-dev, four steps, and BFL's get_schedule(4, 4096).
    [Theory]
    [InlineData("simple", new[] { 1f, .904531f, .759511f, .512844f, 0 })]
    [InlineData("sgm_uniform", new[] { 1f, .904567f, .759626f, .513160f, 0 })]
    [InlineData("normal", new[] { 1f, .863376f, .612492f, .000996524f, 0 })]
    [InlineData("beta", new[] { 1f, .936776f, .759584f, .402498f, 0 })]
    [InlineData("ddim_uniform", new[] { .904623f, .759657f, .513111f, .000631366f, 0 })]
    [InlineData("bfl", new[] { 1f, .904531f, .759511f, .512844f, 0 })]
    public void FourStepsOfDev(string name, float[] expected)
    {
        float[] list = Schedule.Make(Schedule.Parse(name), FlowSigmas.Dev, 4);
        Assert.Equal(expected.Length, list.Length);
        for (int i = 0; i < list.Length; i++) Assert.Equal(expected[i], list[i], 1e-6f);
    }

    // mu = 0.5 + (tokens - 256) * 0.65 / 3840, black-forest-labs/flux, sampling.py.
    [Theory]
    [InlineData(256, 0.5)]
    [InlineData(1024, 0.63)]
    [InlineData(4096, 1.15)]
    public void TheShiftFollowsTheSize(int tokens, double mu) => Assert.Equal(mu, FlowSigmas.MuForTokens(tokens), 1e-12);

    [Fact]
    public void DdimUniformMayHaveAStepMoreAndBetaFewer()
    {
        Assert.Equal(8, Schedule.Make(ScheduleKind.DdimUniform, FlowSigmas.Dev, 6).Length);
        Assert.InRange(Schedule.Make(ScheduleKind.Beta, FlowSigmas.Schnell, 2000).Length, 2, 1001);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryListFallsToZero(ScheduleKind kind)
    {
        foreach (int steps in new[] { 2, 3, 5, 7, 28, 100 })
            foreach (FlowSigmas model in new[] { FlowSigmas.Dev, FlowSigmas.Schnell, FlowSigmas.DevForTokens(700) })
            {
                float[] list = Schedule.Make(kind, model, steps);
                Assert.Equal(0, list[^1]);
                Assert.InRange(list[0], 0.5f, 1f);
                for (int i = 1; i < list.Length; i++) Assert.True(list[i] < list[i - 1], $"{kind} {steps}: {list[i - 1]} then {list[i]}");
            }
    }

    public static TheoryData<ScheduleKind> Kinds => [.. Enum.GetValues<ScheduleKind>()];

    [Fact]
    public void NamesAreThoseThatParseAndAnUnknownOneListsThem()
    {
        foreach (string name in Schedule.AllNames) Assert.Equal(name, Schedule.NameOf(Schedule.Parse(name)));
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => Schedule.Parse("Simple"));
        Assert.Contains("sgm_uniform", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    [InlineData(1e-9)]
    public void AStrengthOutsideItsRangeIsRefused(double strength)
        => Assert.Throws<LatentSharpException>(() => Schedule.Make(ScheduleKind.Simple, FlowSigmas.Dev, 20, strength));

    [Fact]
    public void NoStepsAreRefused()
    {
        Assert.Throws<LatentSharpException>(() => Schedule.Make(ScheduleKind.Simple, FlowSigmas.Dev, 0));
        Assert.Throws<LatentSharpException>(() => Schedule.Make(ScheduleKind.KLOptimal, FlowSigmas.Dev, 1));
    }

    /// <summary>The lists of ComfyUI: golden/samplers/sigmas.json, tolerances there.</summary>
    [Fact]
    public void ListsAreComfyUIs()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/samplers/sigmas.json")));
        int lists = 0;
        foreach (JsonProperty model in golden.RootElement.GetProperty("models").EnumerateObject())
        {
            FlowSigmas sigmas = model.Name switch
            {
                "dev_1.15" => FlowSigmas.Dev,
                "schnell" => FlowSigmas.Schnell,
                "dev_mu_512x512" => FlowSigmas.DevForTokens(1024),
                "dev_mu_1360x768" => FlowSigmas.DevForTokens(4080),
                _ => throw new InvalidOperationException(model.Name),
            };
            foreach (JsonProperty sample in model.Value.GetProperty("table_samples").EnumerateObject())
                Assert.Equal(sample.Value.GetSingle(), sigmas.Table[int.Parse(sample.Name, CultureInfo.InvariantCulture)], 2e-6f);
            foreach (JsonProperty schedule in model.Value.GetProperty("schedules").EnumerateObject())
                foreach (JsonProperty list in schedule.Value.EnumerateObject())
                {
                    if (schedule.Name == "kl_optimal" && list.Name == "1") continue;        // NaN in the original, refused here
                    float tolerance = schedule.Name is "karras" or "exponential" or "kl_optimal" ? 3e-6f : 2e-6f;
                    Close(list.Value,
                        Schedule.Make(Schedule.Parse(schedule.Name), sigmas, int.Parse(list.Name, CultureInfo.InvariantCulture)), tolerance,
                        $"{model.Name} {schedule.Name} {list.Name}");
                    lists++;
                }
            foreach (JsonProperty run in model.Value.GetProperty("ksampler").EnumerateObject())
            {
                string[] parts = run.Name.Split('/');
                float[] list = Schedule.Make(Schedule.Parse(parts[1]), sigmas, int.Parse(parts[2], CultureInfo.InvariantCulture),
                    double.Parse(parts[3]["denoise=".Length..], CultureInfo.InvariantCulture), Sampler.Named(parts[0]).DropsLastButOne);
                Close(run.Value, list, 2e-6f, $"{model.Name} {run.Name}");
                lists++;
            }
        }
        foreach (JsonProperty bfl in golden.RootElement.GetProperty("bfl_diffusers").EnumerateObject())
        {
            string[] parts = bfl.Name.Split('/');
            FlowSigmas sigmas = FlowSigmas.DevForTokens(int.Parse(parts[0]["L=".Length..], CultureInfo.InvariantCulture));
            Close(bfl.Value, Schedule.Make(ScheduleKind.Bfl, sigmas, int.Parse(parts[1]["N=".Length..], CultureInfo.InvariantCulture)),
                2e-6f, bfl.Name);
            lists++;
        }
        Assert.Equal(4 * (9 * 10 - 1 + 8) + 25, lists);
    }

    /// <summary>BFL's get_schedule for many sizes and steps: golden/transformer/schedules.json.</summary>
    [Fact]
    public void ListsAreBfls()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/transformer/schedules.json")));
        int lists = 0;
        foreach (JsonElement one in golden.RootElement.GetProperty("schedules").EnumerateArray())
        {
            // Lists between other shifts are what no published model has.
            if (one.GetProperty("base_shift").GetDouble() != 0.5 || one.GetProperty("max_shift").GetDouble() != 1.15) continue;
            int tokens = one.GetProperty("image_seq_len").GetInt32();
            FlowSigmas model = one.GetProperty("shift").GetBoolean() ? FlowSigmas.DevForTokens(tokens) : FlowSigmas.Schnell;
            if (one.GetProperty("mu") is { ValueKind: JsonValueKind.Number } mu) Assert.Equal(mu.GetDouble(), model.Mu!.Value, 1e-9);
            Close(one.GetProperty("timesteps"), Schedule.Make(ScheduleKind.Bfl, model, one.GetProperty("num_steps").GetInt32()), 2e-6f,
                $"{tokens} tokens");
            lists++;
        }
        Assert.InRange(lists, 20, 1000);
    }

    private static void Close(JsonElement expected, float[] actual, float tolerance, string what)
    {
        float[] values = [.. (expected.ValueKind == JsonValueKind.Array ? expected : throw new InvalidOperationException(what))
            .EnumerateArray().Select(v => v.GetSingle())];
        Assert.True(values.Length == actual.Length, $"{what}: {values.Length} sigmas expected, {actual.Length} made");
        for (int i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - actual[i]) <= tolerance, $"{what} [{i}]: {values[i]} expected, {actual[i]} made");
    }
}
