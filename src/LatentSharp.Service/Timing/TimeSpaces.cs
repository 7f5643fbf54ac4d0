using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;
using LatentSharp.Latents;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Pixel;
using LatentSharp.Models.Text;
using LatentSharp.Service.Planning;
using LatentSharp.Weights;

namespace LatentSharp.Service.Timing;

/// <summary>
/// Measures what a picture costs in FLUX.1's latent space, in Stable Diffusion's and in pixels, on one engine: networks of full size, with
/// weights that a formula makes, for their values decide nothing about their cost.
/// </summary>
public static class TimeSpaces
{
    private const int Multiple = 64, ClipTokens = 77, ContextOfClip = 768, StableSteps = 50, DdimSteps = 50, DdpmSteps = 1000;

    /// <summary>Measures.</summary>
    /// <param name="request">What to time.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">The size is not a multiple of 64, or the memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TimeSpacesResult Run(TimeSpacesRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (int width, int height) = (request.Size.Width, request.Size.Height);
        FluxSize.Require(request.Size);
        if (width % Multiple != 0 || height % Multiple != 0)
            throw new LatentSharpException(ErrorKind.Usage, "size",
                $"the networks halve sides up to six times: multiples of {Multiple}; {width} x {height} is not.");
        var timing = new Timing(request, cancellationToken);
        Told(0, "a decoder");
        (TimedNetwork fluxDecode, long fluxDecoder) = timing.Decoder("flux1-decoder", LatentTokens.Channels, convolved: false);
        (TimedNetwork stableDecode, long stableDecoder) = timing.Decoder("sd1-decoder", 4, convolved: true);
        Told(0.3, "FLUX.1");
        WayToPicture[] flux = [.. ((string[])["flux1-schnell", "flux1-dev"])
            .Select(m => Flux(m, request, fluxDecode, fluxDecoder, cancellationToken))];
        Told(0.6, "Stable Diffusion");
        WeightSource unet = UNet2DOutline.StableDiffusion(), clip = TextOutline.Clip();
        Node text = Build.Sequence("encoder_hidden_states", ClipTokens, ContextOfClip);
        TimedNetwork stableStep = timing.Of(w => UNet2D.Of(w, UNet2DSettings.StableDiffusion, height / 8, width / 8, text), unet);
        long ofClip = ClipTextModel.Of(clip, ClipTokens).MultiplyAdds;
        Told(0.75, "pixels");
        WeightSource pixels = UNet2DOutline.Pixels();
        TimedNetwork pixelStep = timing.Of(w => UNet2D.Of(w, UNet2DSettings.Published, height, width), pixels);
        return new TimeSpacesResult(request.Size,
        [
            .. flux,
            new WayToPicture(LatentSpace.Sd1.Title, "sd15", 4L * (height / 8) * (width / 8), Parameters(unet), StableSteps, 2, stableStep,
                stableDecode, 2 * ofClip, 2 * ofClip + 2 * StableSteps * stableStep.MultiplyAdds + stableDecode.MultiplyAdds,
                2 * StableSteps * stableStep.Seconds + stableDecode.Seconds, ["UNet", "CLIP-L", "vocabulary", "autoencoder"],
                Bytes(unet) + Bytes(clip) + stableDecoder, ["autoencoder", "UNet", "CLIP-L", "LoRAs", "sampler", "steps"]),
            OnPixels("ddpm-cat-256, ddim", DdimSteps), OnPixels("ddpm-cat-256, ddpm", DdpmSteps),
        ], timing.Threads, SimdLevels.Chosen.ToString());

        WayToPicture OnPixels(string model, int steps) => new(LatentSpace.Pixels.Title, model, 3L * height * width, Parameters(pixels),
            steps, 1, pixelStep, null, 0, steps * pixelStep.MultiplyAdds, steps * pixelStep.Seconds, ["UNet", "scheduler"], Bytes(pixels),
            ["sampler", "steps"]);

        void Told(double part, string what) => progress?.Report(new JobProgress(part, "", what, 1, 1));
    }

    private static WayToPicture Flux(string model, TimeSpacesRequest request, TimedNetwork decode, long decoder,
        CancellationToken cancellationToken)
    {
        (int width, int height) = (request.Size.Width, request.Size.Height);
        WeightSource outline = FluxOutline.Of(model)!, t5 = TextOutline.T5(), clip = TextOutline.Clip();
        TimeFluxResult blocks = TimeFlux.Run(new TimeFluxRequest
        {
            Model = model, Size = request.Size, Repeat = request.Repeat, Compute = request.Compute,
        }, null, cancellationToken);
        Plan plan = DefaultDevice.Compile(FluxTransformer.Modulated(outline, new FluxTokens(blocks.ImageTokens, blocks.TextTokens), null),
            request.Compute with { KeepWeights = false });
        var step = new TimedNetwork(plan.MultiplyAdds, blocks.SecondsPerStep, plan.PeakBytes);
        long text = T5Encoder.Of(t5, blocks.TextTokens).MultiplyAdds + ClipTextModel.Of(clip, ClipTokens).MultiplyAdds;
        long values = (long)LatentTokens.Channels * (height / 8) * (width / 8);
        return new WayToPicture(LatentSpace.Flux1.Title, model, values, Parameters(outline), blocks.Steps, 1, step, decode, text,
            text + blocks.Steps * step.MultiplyAdds + decode.MultiplyAdds, blocks.Steps * step.Seconds + decode.Seconds,
            ["transformer", "T5-XXL", "CLIP-L", "two vocabularies", "autoencoder"], Bytes(outline) + Bytes(t5) + Bytes(clip) + decoder,
            ["autoencoder", "transformer", "T5-XXL", "CLIP-L", "LoRAs", "sampler", "steps"]);
    }

    private static long Parameters(WeightSource weights) => weights.Tensors.Values.Sum(t => t.Shape.ElementCount);

    private static long Bytes(WeightSource weights) => weights.Tensors.Values.Sum(t => t.ByteLength);

    private sealed class Timing(TimeSpacesRequest request, CancellationToken cancellationToken)
    {
        public int Threads => request.Compute.EffectiveThreads;

        public (TimedNetwork Timed, long Bytes) Decoder(string name, int channels, bool convolved)
        {
            WeightSource outline = KLOutline.Decoder(name, channels, convolved);
            return (Of(w => AutoencoderKL.Decoder(w, request.Size.Height / 8, request.Size.Width / 8), outline), Bytes(outline));
        }

        public TimedNetwork Of(Func<WeightSource, NetworkGraph> network, WeightSource outline)
        {
            var weights = new OutlinedValues(outline, 2 * outline.Tensors.Values.Max(t => t.Shape.ElementCount));
            NetworkGraph graph = network(weights);
            long peak = DefaultDevice.Compile(graph, request.Compute with { KeepWeights = false }).PeakBytes;
            // As in a run, where a network is evaluated many times.
            using PlanSession session = DefaultDevice.Compile(graph, request.Compute with { KeepWeights = true }).Start();
            Dictionary<string, ReadOnlyMemory<float>> inputs = graph.Inputs
                .ToDictionary(i => i.Name, i => (ReadOnlyMemory<float>)Values(i.Shape.Count));
            Dictionary<string, Memory<float>> outputs = graph.Outputs
                .ToDictionary(o => o.Name, o => (Memory<float>)new float[o.Shape.Count]);
            var seconds = new double[request.Repeat];
            for (int i = -1; i < seconds.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                session.Run(inputs, outputs, null, cancellationToken);
                if (i >= 0) seconds[i] = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 4);
            }
            return new TimedNetwork(graph.MultiplyAdds, seconds.Order().ElementAt(seconds.Length / 2), peak);
        }

        // Any values that are neither zero nor so small that processors slow down.
        private static float[] Values(long count)
        {
            var values = new float[count];
            for (int i = 0; i < values.Length; i++) values[i] = (i % 31 - 15) / 16f;
            return values;
        }
    }
}
