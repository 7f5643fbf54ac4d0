using System.Runtime.InteropServices;
using System.Text.Json;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Diffusion;

public sealed class SamplerTests
{
    // v(x, s) = 0.6 x - cos(2 x + s) + 0.3 s, the denoiser of golden/samplers/toy.json.
    private static void Toy(ReadOnlySpan<float> x, double sigma, Span<float> denoised)
    {
        for (int i = 0; i < x.Length; i++) denoised[i] = (float)(x[i] - sigma * (0.6 * x[i] - Math.Cos(2 * x[i] + sigma) + 0.3 * sigma));
    }

    private static void Fresh(int draw, Span<float> noise) => LatentSharp.Latents.GaussianNoise.Fill(noise, 11, draw);

    public static TheoryData<string> Names => [.. Sampler.All.Select(s => s.Name)];

    // A model that sees the same picture from everywhere leads every sampler without noise straight to it.
    [Theory]
    [MemberData(nameof(Names))]
    public void AConstantPictureIsReached(string name)
    {
        Sampler sampler = Sampler.Named(name);
        float[] picture = [0.5f, -1.25f, 2f];
        float[] sigmas = sampler.Prepare(Schedule.Make(ScheduleKind.Simple, FlowSigmas.Dev, 12, 1, sampler.DropsLastButOne),
            FlowSigmas.Dev);
        SamplerState state = SamplerState.Start([1, 1, -1]);
        for (int i = 0; i < sigmas.Length - 1; i++) state = sampler.Step(state, sigmas, (_, _, d) => picture.CopyTo(d), Fresh);
        float[] final = Sampler.Finish(state, sigmas);
        // uni_pc stops at 0.001: a thousandth of the noise is left.
        for (int i = 0; i < 3; i++) Assert.Equal(picture[i], final[i], sigmas[^1] == 0 ? 1e-5f : 4e-3f);
    }

    // A state that was kept and read again goes on with the same bits.
    [Theory]
    [MemberData(nameof(Names))]
    public void ARunThatIsTakenUpAgainEndsTheSame(string name)
    {
        Sampler sampler = Sampler.Named(name);
        float[] sigmas = sampler.Prepare(Schedule.Make(ScheduleKind.Beta, FlowSigmas.Dev, 8, 1, sampler.DropsLastButOne), FlowSigmas.Dev);
        float[] expected = Run(SamplerState.Start([0.3f, -1.4f, 0.9f, 2.2f]), sigmas.Length);
        for (int cut = 1; cut < sigmas.Length - 1; cut++)
        {
            SamplerState state = SamplerState.Start([0.3f, -1.4f, 0.9f, 2.2f]);
            for (int i = 0; i < cut; i++) state = sampler.Step(state, sigmas, Toy, Fresh);
            var kept = new SamplerState(state.Step, [.. state.X], [.. state.History.Select(h => h.ToArray())], state.Draws);
            Assert.Equal(expected, Run(kept, sigmas.Length));
        }

        float[] Run(SamplerState state, int length)
        {
            while (state.Step < length - 1) state = sampler.Step(state, sigmas, Toy, Fresh);
            return state.X;
        }
    }

    [Fact]
    public void WhatCannotBeRunIsRefused()
    {
        Sampler euler = Sampler.Named("euler"), lcm = Sampler.Named("lcm");
        float[] sigmas = [1, 0.5f, 0];
        Assert.Throws<ArgumentException>(() => euler.Step(SamplerState.Start([1]) with { Step = 2 }, sigmas, Toy));
        Assert.Throws<ArgumentException>(() => lcm.Step(SamplerState.Start([1]), sigmas, Toy));
        foreach (float[] list in new float[][] { [1], [0.5f, 0.5f, 0], [0.5f, 1, 0], [1.5f, 0], [float.NaN, 0], [1, -0.1f] })
            Assert.Throws<LatentSharpException>(() => euler.Prepare(list, FlowSigmas.Dev));
        Assert.Contains("dpmpp_2m", Assert.Throws<LatentSharpException>(() => Sampler.Named("plms")).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Every sampler of ComfyUI on five lists, every latent the model is asked about and the end: golden/samplers/toy, tolerances there.
    /// </summary>
    [Fact]
    public void TracesAreComfyUIs()
    {
        using JsonDocument page = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/samplers/toy.json")));
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/samplers/toy.safetensors"));
        float[] start = golden.Read(golden.Tensors["x0"]), noise = golden.Read(golden.Tensors["noise"]);
        var wrong = new List<string>();
        int runs = 0;
        foreach (JsonProperty run in page.RootElement.GetProperty("runs").EnumerateObject())
        {
            string list = run.Name[..run.Name.IndexOf('.', StringComparison.Ordinal)];
            Sampler sampler = Sampler.Named(run.Name[(list.Length + 1)..]);
            FlowSigmas model = list == "schnell4" ? FlowSigmas.Schnell : FlowSigmas.Dev;
            float[] sigmas = sampler.Prepare(golden.Read(golden.Tensors["sigmas." + list]), model);
            var asked = new List<double>();
            var at = new List<double>();
            SamplerState state = SamplerState.Start(start);
            while (state.Step < sigmas.Length - 1)
                state = sampler.Step(state, sigmas, (x, sigma, d) =>
                {
                    foreach (float v in x) asked.Add(v);
                    at.Add(sigma);
                    Toy(x, sigma, d);
                }, (draw, d) => noise.AsSpan(draw * d.Length, d.Length).CopyTo(d));

            double tolerance = run.Value.GetProperty("atol").GetDouble();
            double[] expectedSigmas = [.. run.Value.GetProperty("model_sigma").EnumerateArray().Select(v => v.GetDouble())];
            if (expectedSigmas.Length != at.Count || expectedSigmas.Zip(at).Any(p => Math.Abs(p.First - p.Second) > 2e-6))
                wrong.Add($"{run.Name}: sigmas of the calls");
            else
            {
                Compare(run.Name + ".model_x", [.. asked]);
                Compare(run.Name + ".final", [.. state.X.Select(v => (double)v)]);
                if (golden.Tensors.ContainsKey(run.Name + ".ksampler_final"))
                    Compare(run.Name + ".ksampler_final", [.. Sampler.Finish(state, sigmas).Select(v => (double)v)]);
                if (run.Value.GetProperty("noise_calls").GetInt32() != state.Draws) wrong.Add($"{run.Name}: {state.Draws} draws of noise");
            }
            runs++;

            void Compare(string name, double[] actual)
            {
                double error = Doubles(golden, name).Zip(actual).Max(p => Math.Abs(p.First - p.Second));
                if (!(error <= tolerance)) wrong.Add($"{name}: {error:g3} above {tolerance:g3}");
            }
        }
        Assert.Equal([], wrong);
        Assert.Equal(5 * 19, runs);
    }

    /// <summary>The table of DEIS: golden/samplers/deis.json. Coefficients are sums of 10,000 float32 terms there.</summary>
    [Fact]
    public void DeisCoefficientsAreComfyUIs()
    {
        using JsonDocument page = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/samplers/deis.json")));
        int compared = 0;
        foreach (JsonProperty list in page.RootElement.GetProperty("lists").EnumerateObject())
        {
            double[] times = [.. list.Value.GetProperty("t").EnumerateArray().Select(v => v.GetDouble())];
            int step = 0;
            foreach (JsonElement row in list.Value.GetProperty("coeff").EnumerateArray())
            {
                JsonElement[] expected = [.. row.EnumerateArray()];
                if (expected.Length > 0 && expected.All(v => v.ValueKind == JsonValueKind.Number))
                {
                    double[] actual = Deis.Coefficients([.. Enumerable.Range(0, expected.Length).Select(k => times[step - k])],
                        times[step + 1]);
                    for (int j = 0; j < expected.Length; j++) Assert.Equal(expected[j].GetDouble(), actual[j], 2e-5);
                    compared++;
                }
                step++;
            }
        }
        Assert.InRange(compared, 10, 100);
    }

    private static double[] Doubles(SafetensorsFile file, string name)
    {
        var values = new double[file.Tensors[name].Shape.ElementCount];
        if (file.Tensors[name].Type == LatentSharp.Tensors.ElementType.F64)
            file.ReadBytes(file.Tensors[name], 0, MemoryMarshal.AsBytes(values.AsSpan()));
        else values = [.. file.Read(file.Tensors[name]).Select(v => (double)v)];
        return values;
    }
}
