using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Tests.Diffusion.Pipelines;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.FluxGolden;

/// <summary>diffusers' schedulers for flow models on a toy, and ComfyUI's samplers on a transformer: golden/samplers/flow.</summary>
public sealed class FlowSamplerTests
{
    // A list of diffusers' Heun names inner sigmas twice; the first of each pair is the list that is walked.
    [Theory]
    [InlineData("FlowMatchEuler.dynamic.L1024.N6", "euler", ScheduleKind.Bfl)]
    [InlineData("FlowMatchEuler.schnell.N4", "euler", ScheduleKind.Bfl)]
    [InlineData("FlowMatchEuler.karras.L4096.N6", "euler", ScheduleKind.BflKarras)]
    [InlineData("FlowMatchEuler.exponential.L4096.N6", "euler", ScheduleKind.BflExponential)]
    [InlineData("FlowMatchEuler.beta.L4096.N6", "euler", ScheduleKind.BflBeta)]
    [InlineData("FlowMatchHeun.shift3.N5", "heun", ScheduleKind.FlowHeun3)]
    [InlineData("DPM++2M.flow_shift3.N6", "dpmpp_2m_flow", ScheduleKind.FlowShift3)]
    [InlineData("UniPC.flow_shift3.N6", "uni_pc_flow", ScheduleKind.FlowShift3UniPC)]
    public void Schedulers_of_diffusers_ask_and_end_as_there(string run, string name, ScheduleKind kind)
    {
        using JsonDocument page = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/samplers/flow.json")));
        using SafetensorsFile golden = SafetensorsFile.Open(Shared.Path("golden/samplers/flow.safetensors")),
            toy = SafetensorsFile.Open(Shared.Path("golden/samplers/toy.safetensors"));
        JsonElement one = page.RootElement.GetProperty("runs").GetProperty(run);
        FlowSigmas model = run.Contains("schnell", StringComparison.Ordinal) ? FlowSigmas.Schnell
            : FlowSigmas.DevForTokens(one.GetProperty("L").ValueKind == JsonValueKind.Number ? one.GetProperty("L").GetInt32() : 4096);
        var sampler = Sampler.Named(name);
        float[] sigmas = sampler.Prepare(Schedule.Make(kind, model, one.GetProperty("N").GetInt32()), model);
        float[] expected = golden.Read(golden.Tensors[run + ".sigmas"]);
        if (name == "heun") expected = [.. expected.Where((_, i) => i == 0 || i % 2 == 1)];
        Assert.Equal(expected.Length, sigmas.Length);
        Assert.All(expected.Zip(sigmas), p => Assert.Equal(p.First, p.Second, 2e-6f));

        var asked = new List<double>();
        var state = SamplerState.Start(toy.Read(toy.Tensors["x0"]));
        while (state.Step < sigmas.Length - 1)
            state = sampler.Step(state, sigmas, (x, sigma, denoised) =>
            {
                for (int i = 0; i < x.Length; i++)
                {
                    asked.Add(x[i]);
                    denoised[i] = (float)(x[i] - sigma * (0.6 * x[i] - Math.Cos(2 * x[i] + sigma) + 0.3 * sigma));
                }
            });
        double tolerance = one.GetProperty("atol").GetDouble();
        Near(Doubles(golden, run + ".model_x"), asked, tolerance);
        Near(Doubles(golden, run + ".final"), [.. Sampler.Finish(state, sigmas).Select(v => (double)v)], tolerance);
    }

    public static TheoryData<string> Tiny => ["euler.simple.4", "heun.simple.3", "dpmpp_2m.sgm_uniform.5", "deis.beta.5", "uni_pc.simple.4",
        "ipndm.normal.4", "res_multistep.simple.4"];

    [Theory]
    [MemberData(nameof(Tiny))]
    public void Samplers_of_ComfyUI_lead_a_transformer_to_the_same_latent(string run)
    {
        string[] parts = run.Split('.');
        using var io = new FluxRuns("samplers/flow.safetensors", "dev");
        FluxState state = io.Pipeline.Prepare(new FluxRequest
        {
            Height = 48, Width = 64, Guidance = 3.5f, Conditioning = io.Text("tiny.txt", "tiny.vec"),
            Sampling = new FluxSampling
            {
                Sampler = parts[0], Schedule = Schedule.Parse(parts[1]), Steps = int.Parse(parts[2], CultureInfo.InvariantCulture),
            },
            Noise = new FluxNoise { Values = io["tiny.noise"] },
        }, cancellationToken: TestContext.Current.CancellationToken);
        float[] sigmas = io[$"tiny.{run}.sigmas"];
        Assert.Equal(sigmas.Length, state.Run.Sigmas.Length);
        Assert.All(sigmas[..^1].Zip(state.Run.Sigmas), p => Assert.Equal(p.First, p.Second, 2e-6f));
        while (!state.IsDone) state = io.Pipeline.Step(state, cancellationToken: TestContext.Current.CancellationToken);
        string end = io.File.Tensors.ContainsKey($"tiny.{run}.ksampler_final") ? "ksampler_final" : "final";
        // UniPC divides small differences by small steps: float32 itself is 7e-5 away from float64 there (golden/samplers/flow.json).
        Correctness.Check($"sampler {run} of a transformer", "ComfyUI a125cd8 and flux 802fb47", io[$"tiny.{run}.{end}"],
            SmallPipeline.Packed(state), parts[0] == "uni_pc" ? 2e-4 : 1e-4);
    }

    private static void Near(double[] expected, List<double> found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Count);
        Assert.Equal(0, expected.Zip(found, (e, f) => Math.Abs(e - f)).Max(), tolerance);
    }

    private static double[] Doubles(SafetensorsFile file, string name)
    {
        var values = new double[file.Tensors[name].Shape.ElementCount];
        file.ReadBytes(file.Tensors[name], 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
