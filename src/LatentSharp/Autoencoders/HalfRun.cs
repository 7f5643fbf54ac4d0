using LatentSharp.Autoencoders.Tiling;
using LatentSharp.Compute;
using LatentSharp.Graph;

namespace LatentSharp.Autoencoders;

/// <summary>One half of an autoencoder, ready for pictures of one size: whole, or in tiles.</summary>
internal abstract class HalfRun : IDisposable
{
    /// <summary>The shape of what goes in.</summary>
    public abstract FeatureShape Input { get; }

    /// <summary>The shape of what comes out.</summary>
    public abstract FeatureShape Output { get; }

    /// <summary>Computes one picture.</summary>
    public abstract void Run(float[] input, float[] output, IProgress<StepProgress>? progress, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>The network as it is.</summary>
/// <param name="plan">Its plan for the size.</param>
/// <param name="lease">A session of that plan.</param>
internal sealed class WholeRun(Plan plan, SessionCache.Lease lease) : HalfRun
{
    public override FeatureShape Input => plan.Inputs[0].Shape;

    public override FeatureShape Output => plan.Outputs[0].Shape;

    public override void Run(float[] input, float[] output, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
        => lease.Session.Run(input, output, progress, cancellationToken);

    public override void Dispose() => lease.Dispose();
}

/// <summary>The network on tiles, each by itself, blended as another program blends them.</summary>
/// <param name="input">The shape of the whole input.</param>
/// <param name="output">The shape of the whole output.</param>
/// <param name="program">Whose way it is.</param>
/// <param name="sizes">How large tiles are, in pixels.</param>
/// <param name="factor">Pixels of a position of the latent.</param>
/// <param name="tile">The network for a tile whose input has so many rows and columns.</param>
internal sealed class TiledRun(FeatureShape input, FeatureShape output, TilingProgram program, TileSizes sizes, int factor,
    Func<int, int, WholeRun> tile) : HalfRun
{
    public override FeatureShape Input => input;

    public override FeatureShape Output => output;

    public override void Run(float[] input, float[] output, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        var whole = new Planes(input, Input.Channels, Input.Height, Input.Width);
        Array.Clear(output);
        var blend = TileBlend.Of(program, whole, new Planes(output, Output.Channels, Output.Height, Output.Width), sizes, factor);
        for (int i = 0; i < blend.Areas.Count; i++)
        {
            Planes part = whole.Cut(blend.Areas[i]);
            using WholeRun run = tile(part.Height, part.Width);
            var result = new Planes(run.Output.Channels, run.Output.Height, run.Output.Width);
            run.Run(part.Values, result.Values, BatchProgress.Of(progress, i, blend.Areas.Count), cancellationToken);
            blend.Add(result);
        }
    }

    // Tiles give their sessions back one by one.
    public override void Dispose()
    {
    }
}
