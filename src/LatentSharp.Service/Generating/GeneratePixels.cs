using System.Globalization;
using System.Text.Json;
using LatentSharp.Compute;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Json;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Generating;

/// <summary>
/// Makes pictures with a model on pixels (<c>google/ddpm-*</c>): there is no prompt, and the autoencoder is the identity.
/// </summary>
internal sealed class GeneratePixels
{
    private readonly GenerateRequest request;
    private readonly PixelPipeline pipeline;
    private readonly PixelRun[] runs;
    private readonly GenerationRecord[] records;
    private readonly IReadOnlyList<string> outputs;
    private readonly KeptRuns kept;

    private GeneratePixels(AutoencoderLibrary library, GenerateRequest request, PixelPipeline pipeline, PixelModel model,
        GenerationRecord? from, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        (this.request, this.pipeline) = (request, pipeline);
        DiscreteMethod method = request.Sampler switch
        {
            null => pipeline.Method,
            "ddpm" => DiscreteMethod.Ddpm,
            "ddim" => DiscreteMethod.Ddim,
            var other => throw new LatentSharpException(ErrorKind.Usage, "sampler",
                $"a model on pixels is sampled by ddpm or ddim, not by {other}."),
        };
        double eta = request.Eta ?? 0;
        if (!(eta >= 0 && eta <= 1))
            throw new LatentSharpException(ErrorKind.Usage, "eta", $"the share of noise lies from 0 to 1; it is {eta}.");
        if (request.Eta is not null && method != DiscreteMethod.Ddim)
            throw new LatentSharpException(ErrorKind.Usage, "eta", "ddpm adds all of its noise; a share of it is added by ddim.",
                "Ask for the sampler ddim.");
        string spacing = Word(pipeline.Spacing);
        if (request.Schedule is not null && request.Schedule != spacing)
            throw new LatentSharpException(ErrorKind.Usage, "schedule", $"the times of its steps are those of its scheduler, {spacing}.");
        int steps = request.Steps ?? pipeline.Steps(method);
        pipeline.RequireSteps(steps);
        (int height, int width) = request.Size is { } size ? (size.Height, size.Width) : pipeline.Size;
        ulong seed = GeneratePictures.Outputs(request, request.Count, out outputs, out kept, PixelStateFile.SeedOf);
        List<UsedFile> files = [];
        var remembered = new RememberedDigests(library.Home);
        foreach ((string role, string path) in (ReadOnlySpan<(string, string)>)[("unet", model.UNet), ("scheduler", model.Scheduler)])
            files.Add(new UsedFile(role, Path.GetFileName(path),
                remembered.Sha256(path, PartOfJob.Of(progress, 0, 0, $"digest of {Path.GetFileName(path)}"), cancellationToken)));
        from?.RequireSame(files);
        runs = [.. Enumerable.Range(0, request.Count).Select(i => new PixelRun(height, width, method, steps, new PixelNoise(
            GenerationWords.Noise(request.Noise), GenerationWords.Order(request.NoiseOrder), seed, request.FirstPicture + i,
            request.FirstPicture + request.Count)) { Eta = eta })];
        records = [.. runs.Select(run => new GenerationRecord
        {
            Tool = GenerationWork.Tool, Model = Title, Prompt = "", Width = width, Height = height, Steps = steps,
            Sampler = method.ToString().ToLowerInvariant(), Schedule = spacing, Seed = seed, Picture = run.Noise.Picture,
            Noise = request.Noise, NoiseOrder = request.NoiseOrder, Rule = "diffusers", Parts = files,
            Eta = eta == 0 ? null : eta,
        })];
    }

    /// <summary>What people call such a model.</summary>
    public const string Title = "UNet2D on pixels";

    /// <summary>Makes them; arguments and errors are those of <see cref="GeneratePictures"/>.</summary>
    public static GenerateResult Run(AutoencoderLibrary library, GenerateRequest request, PixelModel model, GenerationRecord? from,
        IProgress<GenerationPlan>? planned, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        RefuseWhatItDoesNotTake(request);
        if (request.Parts.Configuration is { } configuration) model = model with { Configuration = configuration };
        using var pipeline = new PixelPipeline(model, request.Compute with { KeepWeights = true });
        return new GeneratePixels(library, request, pipeline, model, from, progress, cancellationToken)
            .Make(library, model, planned, progress, cancellationToken);
    }

    private GenerateResult Make(AutoencoderLibrary library, PixelModel model, IProgress<GenerationPlan>? planned,
        IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        GenerationPlan plan = PlanOf(model);
        planned?.Report(plan);
        if (!request.Resume) kept.Clear();
        var writer = new GenerationWriter(library, request, runs.Length);
        var pictures = new List<GeneratedPicture>();
        for (int i = 0; i < runs.Length; i++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            string settings = JsonSerializer.Serialize(records[i], ServiceJson.Lines.GenerationRecord);
            PixelState? found = request.Resume ? PixelStateFile.Find(kept.File(i), runs[i], settings) : null;
            PixelState state = found ?? PixelPipeline.Prepare(runs[i]);
            while (!state.IsDone)
            {
                IProgress<StepProgress>? part = PartOfJob.Of(progress, (i + (double)state.Step / state.Run.Steps) / runs.Length,
                    1.0 / state.Run.Steps / runs.Length, $"step {state.Step + 1} of {state.Run.Steps}", i + 1, runs.Length);
                state = pipeline.Step(state, part, cancellationToken);
                PixelStateFile.Save(kept.File(i), state, settings);
                writer.Preview(outputs[i], state.Step, state.Preview, cancellationToken);
            }
            ImageTensor image = Autoencoder.Pixels.Decode(state.Latent, null, null, cancellationToken);
            string? latent = writer.Save(outputs[i], i, image, state.Latent, records[i], cancellationToken);
            PixelNoise noise = runs[i].Noise;
            pictures.Add(new GeneratedPicture(outputs[i], latent, "", noise.Seed + (ulong)noise.Picture, state.Run.Steps, found?.Step,
                Math.Round(watch.Elapsed.TotalSeconds, 3)));
        }
        kept.Clear();
        return new GenerateResult(Title, pictures, plan, writer.Notes);
    }

    private GenerationPlan PlanOf(PixelModel model)
    {
        PixelRun run = runs[0];
        Plan step = pipeline.Plan(run.Height, run.Width);
        string eta = run.Eta > 0 ? string.Create(CultureInfo.InvariantCulture, $" with eta {run.Eta}") : "";
        return new GenerationPlan(
            $"{Title}, {run.Width} x {run.Height}, {run.Steps} steps of {records[0].Sampler}{eta} ({records[0].Schedule}), seed {run.Noise.Seed}, "
                + (runs.Length == 1 ? "1 picture" : $"{runs.Length} pictures"),
            string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileName(model.UNet)} ({new FileInfo(model.UNet).Length / 1e6:0} MB), {Path.GetFileName(model.Scheduler)}"),
            string.Create(CultureInfo.InvariantCulture, $"{step.MultiplyAdds / 1e9:0.0} G multiply-adds a step; {step.PeakBytes / 1e6:0} MB"),
            step.MultiplyAdds, step.PeakBytes, 0);
    }

    private static void RefuseWhatItDoesNotTake(GenerateRequest request)
    {
        FluxParts parts = request.Parts;
        (string Name, bool Given)[] others =
        [
            ("prompt", request.Prompts.Any(p => p.Length > 0)), ("conditioning", request.Conditioning is not null),
            ("negative", request.Negative is not null), ("cfg", request.Cfg != 1), ("guidance", request.Guidance is not null),
            ("t5-length", request.TextLength is not null), ("init", request.Init is not null), ("mask", request.Mask is not null),
            ("reference", request.References.Count > 0), ("control", request.Control is not null), ("redux", request.Redux is not null),
            ("redux-model", parts.Redux is not null), ("image-encoder", parts.ImageEncoder is not null), ("lora", parts.Loras.Count > 0),
            ("transformer", parts.Transformer is not null), ("clip", parts.Clip is not null), ("t5", parts.T5 is not null),
            ("tokenizers", parts.Tokenizers is not null), ("ae", parts.Autoencoder is not null),
        ];
        if (Array.Find(others, o => o.Given).Name is { } name)
            throw new LatentSharpException(ErrorKind.Usage, name,
                $"the model works on pixels and reads no text: it has no use for {name}.", "Leave it out, or name a model of FLUX.1.");
    }

    private static string Word(TimeSpacing spacing) => spacing switch
    {
        TimeSpacing.Leading => "leading",
        TimeSpacing.Trailing => "trailing",
        _ => "linspace",
    };
}
