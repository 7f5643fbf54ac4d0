using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Models.Flux;
using LatentSharp.Weights;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// The modulations of all evaluations of a run, a row each. They are made for as many as <see cref="MostRows"/> at a time: a run of 28
/// steps reads their weights, a quarter of the file, once instead of 28 times.
/// </summary>
/// <param name="weights">The transformer's, under BFL's names.</param>
/// <param name="compute">How they are computed.</param>
internal sealed class ModulationTable(WeightSource weights, ComputeOptions compute)
{
    /// <summary>The most rows that lie in memory: 4.2 MB each in FLUX.1.</summary>
    public const int MostRows = 64;

    private readonly FluxShapes shapes = FluxShapes.From(weights);
    private Evaluation[] expected = [];
    private int first;
    private float[] values = [];

    /// <summary>What a row is made from.</summary>
    /// <param name="Pooled">CLIP's pooled text: which memory it is, not what it holds.</param>
    /// <param name="Time">How noisy the picture is.</param>
    /// <param name="Guidance">The guidance.</param>
    public readonly record struct Evaluation(ReadOnlyMemory<float> Pooled, float Time, float Guidance);

    /// <summary>Bytes that it holds now.</summary>
    public long Bytes => values.LongLength * sizeof(float);

    /// <summary>Bytes that it holds for a number of evaluations.</summary>
    public long BytesFor(int evaluations) => (long)Math.Min(evaluations, MostRows) * FluxModulations.Channels(shapes) * sizeof(float);

    /// <summary>The plan of making them for a number of evaluations.</summary>
    public Plan Plan(int evaluations) => Compile(Math.Min(evaluations, MostRows));

    /// <summary>Says which evaluations there will be. What was made for others is given up.</summary>
    public void Expect(IEnumerable<Evaluation> evaluations)
    {
        Evaluation[] all = [.. evaluations.Distinct()];
        if (all.AsSpan().SequenceEqual(expected)) return;
        expected = all;
        values = [];
    }

    /// <summary>The row of an evaluation; null where it has not been made yet.</summary>
    public ReadOnlyMemory<float>? Find(Evaluation evaluation)
    {
        int width = FluxModulations.Channels(shapes), row = Array.IndexOf(expected, evaluation) - first;
        if (row < 0 || row >= values.Length / width) return null;
        return values.AsMemory(row * width, width);
    }

    /// <summary>Makes the row of an evaluation, and those of others that will come before and after it.</summary>
    public ReadOnlyMemory<float> Make(Evaluation evaluation, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        if (Array.IndexOf(expected, evaluation) < 0) Expect([evaluation]);
        // Rows are always the same ones together, wherever a run is taken up: how many they are decides how they are computed.
        first = Array.IndexOf(expected, evaluation) / MostRows * MostRows;
        values = [];
        Evaluation[] rows = [.. expected.Skip(first).Take(MostRows)];
        var made = new float[rows.Length * FluxModulations.Channels(shapes)];
        using (PlanSession session = Compile(rows.Length).Start())
        {
            var given = new Dictionary<string, ReadOnlyMemory<float>>
            {
                ["timesteps"] = rows.Select(r => r.Time).ToArray(), ["guidance"] = rows.Select(r => r.Guidance).ToArray(),
                ["y"] = rows.SelectMany(r => r.Pooled.ToArray()).ToArray(),
            };
            session.Run(session.Plan.Inputs.ToDictionary(i => i.Name, i => given[i.Name]),
                new Dictionary<string, Memory<float>> { [FluxModulations.Name] = made }, progress, cancellationToken);
        }
        values = made;
        return Find(evaluation)!.Value;
    }

    /// <summary>Gives the memory back.</summary>
    public void Release() => values = [];

    // Each weight is read once; nothing is worth keeping.
    private Plan Compile(int rows) => DefaultDevice.Compile(FluxModulations.Of(weights, rows), compute with
    {
        KeepWeights = false,
        TakenBytes = BytesFor(rows),
    });
}
