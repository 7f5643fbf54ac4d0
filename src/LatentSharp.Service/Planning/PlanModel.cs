using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Steps;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Latents;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Models.Text;
using LatentSharp.Service.ModelFolders;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Planning;

/// <summary>
/// Says what a picture of a FLUX.1 model takes on this machine, without making it: memory, multiply-adds, which weights are read anew in
/// every step, and how long. The model need not be here: the published ones are known by their names and shapes.
/// </summary>
public static class PlanModel
{
    private const int Patch = LatentTokens.Pixels, ClipTokens = 77, MostSteps = 10_000, Side = 1024;

    /// <summary>Plans, and measures the machine for two seconds.</summary>
    /// <param name="library">Where models are found by name.</param>
    /// <param name="request">What to plan for.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">
    /// The model is not known or no FLUX.1, the size is not a multiple of 16, or the memory budget is too small.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PlanModelResult Run(AutoencoderLibrary library, PlanModelRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Size is { } asked) FluxSize.Require(asked);
        if (request.Steps is < 1 or > MostSteps)
            throw new LatentSharpException(ErrorKind.Usage, "steps", $"1 to {MostSteps:N0} steps can be planned, not {request.Steps}.");
        PipelineFacts? pipeline = Here(library, request.Model, cancellationToken);
        using WeightFile? file = Open(pipeline, "diffusion-model"), clip = Open(pipeline, "clip-l"), t5 = Open(pipeline, "t5-xxl");
        WeightSource transformer = file is not null ? FluxWeights.From(file) : FluxOutline.Of(request.Model.ToLowerInvariant())!;
        FluxShapes shapes = FluxShapes.From(transformer);
        NetworkConfiguration stated = Stated(file), ofText = Stated(t5);
        int side = stated.SampleSize * LatentTokens.Factor ?? Side;
        PixelSize size = request.Size ?? new PixelSize(side, side);
        FluxSize.Require(size);
        var tokens = new FluxTokens(size.Width / Patch * (size.Height / Patch), FluxDefaults.Text(shapes.Guidance, ofText.Positions));
        int steps = request.Steps ?? FluxDefaults.Steps(shapes.Guidance, stated.Steps);
        ComputeOptions once = request.Compute with { KeepWeights = false };
        var plans = FluxPlans.Of(transformer, tokens, stated.Axes, steps, request.Compute with { KeepWeights = true });
        (PlannedNetwork step, Work work) = Planned("transformer", transformer, plans.Step);
        (PlannedNetwork modulation, Work all) = Planned("modulations", transformer, plans.Modulations);
        step = step with { PeakBytes = step.PeakBytes + plans.TableBytes };
        modulation = modulation with { PeakBytes = modulation.PeakBytes + plans.TableBytes };
        WeightSource reader = clip is null ? TextOutline.Clip() : TextWeights.Clip(clip);
        WeightSource encoder = t5 is null ? TextOutline.T5() : TextWeights.T5(t5);
        (PlannedNetwork Facts, Work Work)[] text =
        [
            Planned("CLIP-L", reader, DefaultDevice.Compile(ClipTextModel.Of(reader, ClipTokens, HeadsOf(reader, clip)), once)),
            Planned("T5-XXL", encoder, DefaultDevice.Compile(T5Encoder.Of(encoder, tokens.Text), once)),
        ];
        MachineRates machine = MeasureMachine.Run(request.Compute, file is null ? null : transformer, cancellationToken);
        double seconds = Seconds(work, step), before = text.Sum(t => Seconds(t.Work, t.Facts)),
            modulations = plans.Passes * Seconds(all, modulation);
        return new PlanModelResult(pipeline?.Model ?? request.Model.ToLowerInvariant(), file?.Path, size, steps, tokens.Image,
            tokens.Text, step, modulation, [.. text.Select(t => t.Facts)], machine,
            new TimeEstimate(seconds, modulations, before, before + modulations + steps * seconds, step.StreamedBytes / seconds));

        // What is read anew is read while something is computed, if there is enough of that.
        double Seconds(Work work, PlannedNetwork network)
            => Math.Max(work.Seconds(machine), network.StreamedBytes / (machine.FileBytesPerSecond ?? double.PositiveInfinity));
    }

    // A published model need not be here.
    private static PipelineFacts? Here(AutoencoderLibrary library, string model, CancellationToken cancellationToken)
    {
        try
        {
            return ModelResolution.Find(library, model, cancellationToken);
        }
        catch (LatentSharpException e) when (e.Kind == ErrorKind.NotFound && FluxOutline.Of(model.ToLowerInvariant()) is not null)
        {
            return null;
        }
    }

    private static WeightFile? Open(PipelineFacts? pipeline, string part)
        => pipeline?.PathOf(part) is { } path ? WeightFiles.Open(path) : null;

    private static NetworkConfiguration Stated(WeightFile? file)
        => file is null ? NetworkConfiguration.None : NetworkConfiguration.Beside(null, file);

    // Widths that published CLIPs do not have are shared among as many heads as the configuration says.
    private static int? HeadsOf(WeightSource weights, WeightFile? file)
        => ClipShapes.From(weights).Width % ClipShapes.HeadChannels == 0 ? null : Stated(file).Heads;

    private static (PlannedNetwork Facts, Work Work) Planned(string name, WeightSource weights, Plan plan)
    {
        var parts = new SortedDictionary<string, (long Stored, long Streamed)>(StringComparer.Ordinal);
        double products = 0, inBytes = 0, attention = 0;
        long rows = 0;
        foreach (PlanStep step in plan.Steps)
        {
            bool row = step.Shape.Positions <= MatrixProduct.FewRows;
            if (step.Operation.StartsWith("Attention", StringComparison.Ordinal)) attention += step.MultiplyAdds;
            else if (step.Operation.Contains(ProductStep.InBytes, StringComparison.Ordinal)) inBytes += step.MultiplyAdds;
            else if (!row) products += step.MultiplyAdds;
            if (!weights.Tensors.TryGetValue(step.Name + ".weight", out TensorInfo? matrix) || matrix.Shape.Rank != 2) continue;
            // A step may take some rows of a matrix, and another one the others.
            long bytes = step.Operation == "Embedding" ? 0 : matrix.ByteLength / matrix.Shape[0] * step.Shape.Channels;
            if (row) rows += bytes;
            string part = step.Name.Split('.')[0];
            (long stored, long streamed) = parts.GetValueOrDefault(part);
            parts[part] = (stored + bytes, streamed + (step.Weights == WeightLife.Session ? 0 : bytes));
        }
        var facts = new PlannedNetwork(name, plan.MultiplyAdds, plan.PeakBytes, plan.KeptBytes,
            plan.Graph.Weights.Sum(w => w.Info.ByteLength), plan.Threads, plan.Kernels,
            [.. parts.Select(p => new WeightsOfPart(p.Key, p.Value.Stored, p.Value.Streamed))]);
        return (facts, new Work(products, inBytes, attention, rows));
    }

    /// <summary>
    /// What an evaluation is made of: multiply-adds of products, of those in bytes and of attention, bytes of matrices
    /// with few rows of input.
    /// </summary>
    private readonly record struct Work(double Products, double InBytes, double Attention, long RowBytes)
    {
        public double Seconds(MachineRates machine)
            => Products / machine.ProductsPerSecond + InBytes / machine.BlockProductsPerSecond
                + Attention / machine.AttentionPerSecond + RowBytes / machine.RowBytesPerSecond;
    }
}
