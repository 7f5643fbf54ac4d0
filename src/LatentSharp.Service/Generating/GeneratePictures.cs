using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Generating;

/// <summary>Makes pictures with FLUX.1: from a prompt, and from pictures beside it.</summary>
public static class GeneratePictures
{
    private const int MostPictures = 10_000;
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp", ".tiff", ".tif", ".avif", GenerationWriter.Raw];

    /// <summary>Makes them. A run is kept after every step beside its picture, until all pictures are there.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to make.</param>
    /// <param name="planned">Told what it will take, before anything heavy is done.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second; the kept run stays.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, parts are missing or do not belong together, memory or disk do
    /// not suffice, or a step gives values that are not finite.</exception>
    public static GenerateResult Run(AutoencoderLibrary library, GenerateRequest request, IProgress<GenerationPlan>? planned = null,
        IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        GenerationRecord? from = request.From is null ? null : GenerationRecord.Of(request.From);
        request = from?.Fill(request) ?? request;
        if (request.Model is { } named && ModelParts.OnPixels(library, named) is { } pixels)
            return GeneratePixels.Run(library, CheckedWords(request), pixels, from, planned, progress, cancellationToken);
        request = Checked(request);
        BuiltInModel? brought = request.Model is null && NamesNothing(request) && library.Models is [{ } first, ..] ? first : null;
        if (brought is not null) request = request with { Model = brought.Name };
        string? own = library.Models.FirstOrDefault(m => m.Name.Equals(request.Model, StringComparison.OrdinalIgnoreCase)
            && !Path.Exists(request.Model))?.Name;
        if (request.Model is { } model)
        {
            bool hasText = request.Conditioning is not null && request.Cfg <= 1;
            request = request with
            {
                Parts = ModelParts.Of(library, model, request.Parts, hasText, cancellationToken, hasPicture: request.Redux is not null),
            };
        }
        int pictures = Math.Max(request.Prompts.Count, 1) * request.Count;
        if (request.Conditioning is not null && request.Prompts.Count > 0)
            throw new LatentSharpException(ErrorKind.Usage, "conditioning", "a prompt and a kept text were given; one of them is enough.");
        ulong seed = Outputs(request, pictures, out IReadOnlyList<string> outputs, out KeptRuns kept, KeptRuns.SeedOf);

        using OpenedAutoencoder autoencoder = OpenedAutoencoder.Open(library, request.Parts.Autoencoder);
        using FluxPipeline flux = FluxPipeline.Open(request.Parts with { Autoencoder = null },
            request.Compute with { KeepWeights = true }, autoencoder: autoencoder.Autoencoder);
        GenerationInputs inputs = GenerationInputs.Of(request, flux);
        TextConditioning? given = request.Conditioning is null ? null : ConditioningFile.Load(request.Conditioning);
        if (given is not null) request = request with { Prompts = [given.Prompt] };
        FluxRequest[] runs = [.. Enumerable.Range(0, pictures).Select(i => OfPicture(request, inputs, given, seed, i))];
        foreach (FluxRequest run in runs) FluxChecks.Request(run, flux.Facts, hasAutoencoder: true);
        string title = own ?? flux.Facts.Variant;
        GenerationPlan plan = PlanGeneration.Of(title, request, flux, autoencoder, runs, seed, given?.Tokens);
        planned?.Report(plan);
        List<UsedFile> files = UsedFiles.Of(library, request, autoencoder, progress, cancellationToken);
        from?.RequireSame(files);
        GenerateResult done = new GenerationWork(library, title, flux, request, inputs, files, kept, seed)
            .Run(runs, outputs, plan, progress, cancellationToken);
        return done with { Notes = [.. Notes(request, flux, inputs.Size, brought), .. done.Notes] };
    }

    private static bool NamesNothing(GenerateRequest request)
        => request.Parts is
        {
            Transformer: null, Clip: null, T5: null, Tokenizers: null, Configuration: null, Loras.Count: 0, Redux: null,
            ImageEncoder: null
        };

    private static IEnumerable<string> Notes(GenerateRequest request, FluxPipeline flux, PixelSize size, BuiltInModel? brought)
    {
        if (brought is not null)
            yield return $"no model was named: this is {brought.Name} at {size.Width} x {size.Height}, which knows {brought.Knows} and nothing else; "
                + "for FLUX.1 name a model, such as flux1-dev or the path of one";
        if (flux.TrainedSide is { } side && (size.Width != side || size.Height != side))
            yield return $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Model ?? request.Parts.Transformer ?? flux.Facts.Variant))} "
                + $"was trained at {side} x {side}; at {size.Width} x {size.Height} it draws as well as it can";
    }

    /// <summary>Where pictures and kept runs go, and the seed: that of a run that is taken up again, or any.</summary>
    internal static ulong Outputs(GenerateRequest request, int pictures, out IReadOnlyList<string> outputs, out KeptRuns kept,
        Func<string, ulong?> keptSeed)
    {
        ulong seed = request.Seed ?? (uint)Random.Shared.Next();
        string[] names = [.. Enumerable.Range(0, pictures).Select(i => pictures == 1 ? $"latent-{seed}" : $"latent-{seed}-{i + 1}")];
        outputs = OutputFiles.ForNames(request.Output, Extensions, names, "a picture");
        kept = new KeptRuns(outputs);
        return request.Seed ?? (request.Resume && kept.First is { } first ? keptSeed(first) : null) ?? seed;
    }

    private static GenerateRequest Checked(GenerateRequest request)
    {
        // A picture is a prompt, too; the text beside it is empty, as with BFL's program.
        if (request is { Redux: not null, Prompts.Count: 0, Conditioning: null }) request = request with { Prompts = [""] };
        if (request.Prompts.Count == 0 && request.Conditioning is null)
            throw new LatentSharpException(ErrorKind.Usage, "prompt", "nothing says what is to be seen.",
                "Give a prompt; it may be empty.");
        if (request.Eta is not null)
            throw new LatentSharpException(ErrorKind.Usage, "eta", "it belongs to ddim, by which models on pixels are sampled.",
                "Leave it out, or name such a model.");
        _ = (Schedule.Parse(request.Schedule ?? GenerateRequest.FluxSchedule),
            Diffusion.Samplers.Sampler.Named(request.Sampler ?? GenerateRequest.FluxSampler));
        return CheckedWords(request);
    }

    private static GenerateRequest CheckedWords(GenerateRequest request)
    {
        if (request.Count < 1 || (long)Math.Max(request.Prompts.Count, 1) * request.Count > MostPictures)
            throw new LatentSharpException(ErrorKind.Usage, "count", $"1 to {MostPictures} pictures can be asked for at a time.");
        _ = (GenerationWords.Noise(request.Noise), GenerationWords.Order(request.NoiseOrder), GenerationWords.Rule(request.Rule));
        return request;
    }

    private static FluxRequest OfPicture(GenerateRequest request, GenerationInputs inputs, TextConditioning? given, ulong seed, int index)
    {
        NoiseOrder order = GenerationWords.Order(request.NoiseOrder);
        int picture = request.FirstPicture + index;
        return new FluxRequest
        {
            Prompt = request.Prompts[index / request.Count], Conditioning = given, Negative = request.Negative, Cfg = request.Cfg,
            Guidance = request.Guidance, TextLength = request.TextLength, Width = inputs.Size.Width, Height = inputs.Size.Height,
            OddSides = request.OddSides,
            Images = inputs.Images,
            Sampling = new FluxSampling
            {
                Steps = request.Steps, Sampler = request.Sampler ?? GenerateRequest.FluxSampler,
                Schedule = Schedule.Parse(request.Schedule ?? GenerateRequest.FluxSchedule), Strength = request.Strength,
            },
            // In BFL's order all prompts have the noise of the seed; several pictures of one prompt need seeds of their own.
            Noise = order == NoiseOrder.Bfl
                ? new FluxNoise
                {
                    Seed = unchecked(seed + (ulong)(picture % request.Count)), Kind = GenerationWords.Noise(request.Noise),
                    Order = order
                }
                : new FluxNoise { Seed = seed, Kind = GenerationWords.Noise(request.Noise), Order = order, Picture = picture },
        };
    }
}
