using System.Collections.Immutable;
using System.Text.Json;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Tests.Reference;

namespace LatentSharp.Tests.Diffusion;

/// <summary>
/// Steps of DDPM and DDIM against diffusers 58eb52c (shared/golden/unet2d/schedulers): samples in float64, products of 1 - beta in float32.
/// Every step begins with the stored result of the one before.
/// </summary>
public sealed class DiscreteSamplerTests
{
    private const string Reference = "diffusers 58eb52c, float64";

    // Twenty times what float32 of x and of the products of 1 - beta makes: 6e-8.
    private const double Tolerance = 1e-6;

    public static TheoryData<string> Runs() => ["ddpm-fixed_small", "ddpm-fixed_large", "ddpm-fixed_small_log", "ddpm-noclip", "ddpm-trailing",
        "ddpm-linspace", "ddim-eta0", "ddim-eta0.5", "ddim-eta1-clipped-eps", "ddim-alpha0", "ddim-trailing", "ddim-v", "ddim-sample",
        "ddim-scaled_linear"];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Steps(string name)
    {
        using JsonDocument page = Page();
        JsonElement run = page.RootElement.GetProperty("runs").GetProperty(name);
        var golden = new Golden("unet2d/schedulers.safetensors");
        DiscreteSchedule schedule = DiscreteSchedule.Of("golden", run.GetProperty("config"));
        // torch's own rounding of the betas is not documented: two steps of float32.
        Assert.All(golden[name + ".alphas_cumprod"].Zip(schedule.Signal), pair => Assert.InRange(pair.Second / pair.First, 1 - 3e-7, 1 + 3e-7));
        DiscreteSampler sampler = Sampler(run, schedule);
        Assert.Equal(run.GetProperty("timesteps").EnumerateArray().Select(t => t.GetInt32()), sampler.Times);
        float[] x = golden[name + ".start"];
        List<float> next = [], seen = [], wantedNext = [], wantedSeen = [];
        for (int i = 0; i < sampler.Times.Length; i++)
        {
            (float[] stepped, float[] picture) = sampler.Step(i, x, golden[$"{name}.step{i}.model_output"], golden[$"{name}.step{i}.noise"]);
            (next, seen) = ([.. next, .. stepped], [.. seen, .. picture]);
            x = golden[$"{name}.step{i}.prev_sample"];
            (wantedNext, wantedSeen) = ([.. wantedNext, .. x], [.. wantedSeen, .. golden[$"{name}.step{i}.pred_original_sample"]]);
        }
        Correctness.Check($"{name} sample", Reference, [.. wantedNext], [.. next], Tolerance);
        Correctness.Check($"{name} picture", Reference, [.. wantedSeen], [.. seen], Tolerance);
    }

    /// <summary>Single steps of the chain of a thousand.</summary>
    [Theory]
    [InlineData("ddpm1000-fixed_small")]
    [InlineData("ddpm1000-fixed_large")]
    public void Of_a_thousand(string name)
    {
        using JsonDocument page = Page();
        JsonElement run = page.RootElement.GetProperty("runs").GetProperty(name);
        var golden = new Golden("unet2d/schedulers.safetensors");
        DiscreteSampler sampler = Sampler(run, DiscreteSchedule.Of("golden", run.GetProperty("config")));
        foreach (int time in run.GetProperty("single_steps").EnumerateArray().Select(t => t.GetInt32()))
        {
            string at = $"{name}.t{time}";
            (float[] next, _) = sampler.Step(999 - time, golden[at + ".sample"], golden[at + ".model_output"], golden[at + ".noise"]);
            Correctness.Check($"{name} time {time}", Reference, golden[at + ".prev_sample"], next, Tolerance);
        }
    }

    [Fact]
    public void Times_are_those_of_the_reference()
    {
        using JsonDocument page = Page();
        int lists = 0;
        foreach (JsonProperty list in page.RootElement.GetProperty("timestep_lists").EnumerateObject())
        {
            string[] parts = list.Name.Split('-');      // ddpm-leading-4-offset0
            var schedule = new DiscreteSchedule
            {
                Spacing = parts[1] switch { "leading" => TimeSpacing.Leading, "trailing" => TimeSpacing.Trailing, _ => TimeSpacing.Even },
                Offset = parts[3][^1] - '0',
            };
            ImmutableArray<int> wanted = [.. list.Value.EnumerateArray().Select(t => t.GetInt32())];
            Assert.Equal(wanted, schedule.Times(int.Parse(parts[2], null)));
            lists++;
        }
        Assert.True(lists >= 24, $"{lists} lists");
    }

    [Fact]
    public void Noise_is_added_as_in_the_reference()
    {
        var golden = new Golden("unet2d/schedulers.safetensors");
        float[] sample = golden["add_noise.sample"], noise = golden["add_noise.noise"];
        int[] times = [.. golden.Longs("add_noise.timesteps").Select(t => (int)t)];
        var sampler = new DiscreteSampler(new DiscreteSchedule(), DiscreteMethod.Ddpm, 1000);
        var noisy = new float[sample.Length];
        int size = sample.Length / times.Length;
        for (int i = 0; i < times.Length; i++)
            sampler.AddNoise(sample.AsSpan(i * size, size), noise.AsSpan(i * size, size), times[i], noisy.AsSpan(i * size, size));
        Correctness.Check("discrete time, noise added", Reference, golden["add_noise.noisy"], noisy, 1e-6);
    }

    [Theory]
    [InlineData("""{"beta_schedule": "sigmoid"}""", "beta_schedule sigmoid")]
    [InlineData("""{"variance_type": "learned"}""", "variance_type learned")]
    [InlineData("""{"thresholding": true}""", "thresholding")]
    [InlineData("""{"prediction_type": "flow"}""", "prediction_type flow")]
    [InlineData("""{"beta_start": 2}""", "2 to 0.02")]
    public void Other_settings_are_refused(string json, string part)
    {
        using JsonDocument page = JsonDocument.Parse(json);
        Assert.Contains(part, Assert.Throws<LatentSharpException>(() => DiscreteSchedule.Of("scheduler_config.json", page.RootElement)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void More_steps_than_it_was_trained_with_are_refused()
        => Assert.Equal(ErrorKind.Usage, Assert.Throws<LatentSharpException>(() => new DiscreteSchedule().Times(1001)).Kind);

    private static JsonDocument Page() => JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/unet2d/schedulers.json")));

    internal static DiscreteSampler Sampler(JsonElement run, DiscreteSchedule schedule)
    {
        bool hasArguments = run.TryGetProperty("arguments", out JsonElement arguments);
        double eta = hasArguments && arguments.TryGetProperty("eta", out JsonElement e) ? e.GetDouble() : 0;
        return new DiscreteSampler(schedule, run.GetProperty("kind").GetString() == "ddpm" ? DiscreteMethod.Ddpm : DiscreteMethod.Ddim,
            run.GetProperty("steps").GetInt32(), eta, hasArguments && arguments.TryGetProperty("use_clipped_model_output", out _));
    }
}
