using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Json;
using LatentSharp.Service.Prompting;

namespace LatentSharp.Service.Generating;

/// <summary>The work itself, when all has been checked: picture by picture, step by step.</summary>
internal sealed class GenerationWork(AutoencoderLibrary library, string title, FluxPipeline flux, GenerateRequest request,
    GenerationInputs inputs, IReadOnlyList<UsedFile> files, KeptRuns kept, ulong seed)
{
    // Shares of a picture's time, for the time left: steps are nearly all of it.
    private const double Text = 0.04, Steps = 0.92;

    /// <summary>The program and its version, as pictures name it.</summary>
    internal static readonly string Tool = "LatentSharp " + typeof(GenerationWork).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    // Texts of earlier calls; none where the encoders are not named, which whoever encodes says.
    private readonly PromptCache? cache = request.Parts is { Clip: not null, T5: not null, Tokenizers: not null }
        && files.Any(f => f.Role == "clip")
        ? new PromptCache(library.Home, files.Where(f => f.Role is "clip" or "t5").Select(f => f.Sha256), request.Parts) : null;

    private readonly Dictionary<string, TextConditioning> texts = new(StringComparer.Ordinal);
    private ReadOnlyMemory<float>? seen;   // the tokens of the picture that is a part of the prompt
    private readonly List<string> notes = [.. flux.Notes];

    /// <summary>Makes all pictures.</summary>
    public GenerateResult Run(FluxRequest[] runs, IReadOnlyList<string> outputs, GenerationPlan plan, IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (!request.Resume) kept.Clear();
        var writer = new GenerationWriter(library, request, runs.Length);
        var pictures = new List<GeneratedPicture>();
        for (int i = 0; i < runs.Length; i++)
        {
            var watch = Stopwatch.StartNew();
            GenerationRecord record = RecordOf(runs[i]);
            string settings = JsonSerializer.Serialize(record, ServiceJson.Lines.GenerationRecord);
            FluxState? found = request.Resume ? kept.Find(i, settings) : null;
            FluxState state = found ?? KeptRuns.Mark(Prepare(runs[i], Part(i, 0, Text, "text"), cancellationToken), settings, seed);
            // Kept before the first step too: the texts are encoded, and a step may end in an error.
            if (found is null) kept.Keep(i, state);
            while (!state.IsDone)
            {
                state = flux.Step(state, Part(i, Text, Steps, $"step {state.Step + 1} of {state.Steps}"), cancellationToken);
                kept.Keep(i, state);
                writer.Preview(outputs[i], state.Step, state.Preview, cancellationToken);
            }
            ImageTensor image = flux.Decode(state, Part(i, Text + Steps, 1 - Text - Steps, "decode"), cancellationToken);
            if (inputs is { Init: { } init, Images.Mask: { } mask }) image = Pasting.Paste(image, init, mask);
            record = record with { Sigmas = state.Run.Sigmas };
            string? latent = writer.Save(outputs[i], i, image, state.Latent, record, cancellationToken);
            pictures.Add(new GeneratedPicture(outputs[i], latent, runs[i].Prompt, runs[i].Noise.Seed + (ulong)runs[i].Noise.Picture,
                state.Steps, found?.Step, Math.Round(watch.Elapsed.TotalSeconds, 3)));
        }
        kept.Clear();
        return new GenerateResult(title, pictures, plan, [.. notes, .. writer.Notes]);

        PartOfJob? Part(int picture, double from, double share, string what)
            => PartOfJob.Of(progress, (picture + from) / runs.Length, share / runs.Length, what, picture + 1, runs.Length);
    }

    private FluxState Prepare(FluxRequest run, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        TextConditioning positive = run.Conditioning ?? TextOf(run.Prompt);
        if (inputs.Redux is { } picture) positive = positive.With((seen ??= flux.EncodePicture(picture, progress, cancellationToken)).Span);
        TextConditioning? negative = run.Cfg > 1 ? run.NegativeConditioning ?? TextOf(run.Negative!) : null;
        return flux.Prepare(run with { Conditioning = positive, NegativeConditioning = negative }, null, cancellationToken);

        TextConditioning TextOf(string prompt)
        {
            if (texts.TryGetValue(prompt, out TextConditioning? known)) return known;
            int length = run.TextLength ?? flux.TextLength;
            known = cache?.Find(prompt, length);
            if (known is null)
            {
                known = flux.Encode(prompt, length, progress, cancellationToken);
                cache?.Keep(known);
            }
            texts[prompt] = known;
            notes.AddRange(known.Notes);
            return known;
        }
    }

    private GenerationRecord RecordOf(FluxRequest run) => new()
    {
        Tool = Tool, Model = title, Prompt = run.Prompt, Negative = run.Cfg > 1 ? run.Negative : null, Width = run.Width,
        Height = run.Height, Steps = request.Steps, Sampler = request.Sampler ?? GenerateRequest.FluxSampler,
        Schedule = request.Schedule ?? GenerateRequest.FluxSchedule,
        Guidance = flux.Facts.Guidance ? FluxChecks.Guidance(run, flux.Facts) : null, Cfg = run.Cfg, Strength = run.Sampling.Strength,
        Seed = run.Noise.Seed, Picture = run.Noise.Picture, Noise = request.Noise, NoiseOrder = request.NoiseOrder,
        TextLength = run.TextLength, Rule = request.Rule, FitReferences = request.FitReferences, OddSides = request.OddSides,
        Parts = files,
        Precision = request.Compute.Precision == default ? null : PrecisionWords.Of(request.Compute.Precision),
    };
}
