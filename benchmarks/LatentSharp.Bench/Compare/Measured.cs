using System.Runtime.InteropServices;
using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Graph;
using LatentSharp.OnnxRuntime;
using LatentSharp.Training;
using LatentSharp.Tuning;
using LatentSharp.Weights.Files;

namespace LatentSharp.Bench.Compare;

/// <summary>What a <see cref="Worker"/> measures: something that is prepared once and then run again and again.</summary>
internal interface IMeasured : IDisposable
{
    /// <summary>Whether a run changes nothing, so that short ones may be repeated.</summary>
    bool IsRepeatable { get; }

    /// <summary>The plan of a run; of a training that of the gradients of a picture, without the step of the weights.</summary>
    Plan Plan { get; }

    /// <summary>Does it once.</summary>
    void Run();

    /// <summary>What came out, to be compared with the other side's.</summary>
    ReadOnlySpan<float> Result { get; }

    /// <summary>Prepares a side of a case.</summary>
    static IMeasured Of(WorkerOptions options)
    {
        BenchCase bench = BenchCase.All.Single(c => c.Name == options.Case);
        return bench.Training is { } training ? new TrainingSteps(training, options) : new NetworkRuns(bench, options);
    }
}

/// <summary>A network from numbers in memory to numbers in memory.</summary>
internal sealed class NetworkRuns : IMeasured
{
    private readonly WeightFile weights;
    private readonly PlanSession session;
    private readonly Dictionary<string, ReadOnlyMemory<float>> inputs;
    private readonly Dictionary<string, Memory<float>> outputs;
    private readonly string result;

    public NetworkRuns(BenchCase bench, WorkerOptions options)
    {
        weights = SafetensorsFile.Open(options.Weights);
        NetworkGraph graph = bench.Build(weights);
        // The peer's model lies beside the weights, so that both sides map the same file.
        Device device = options.Side == Side.Ours ? DefaultDevice.Instance
            : new OnnxDevice(new OnnxOptions { Folder = Path.GetDirectoryName(options.Weights)!, FlushDenormals = true });
        session = device.Compile(graph, options.Compute).Start();
        (inputs, outputs, result) = (BenchCase.Inputs(graph), BenchCase.Outputs(graph), graph.Outputs[0].Name);
    }

    public Plan Plan => session.Plan;

    public bool IsRepeatable => true;

    public ReadOnlySpan<float> Result => outputs[result].Span;

    public void Run() => session.Run(inputs, outputs);

    public void Dispose()
    {
        session.Dispose();
        weights.Dispose();
    }
}

/// <summary>
/// Steps of a training: forward, reverse, AdamW with a clipped gradient and a running mean of the weights. What comes out are the losses of
/// all steps, so that two sides that agree have made the same steps. <c>benchmarks/torch/step.py</c> does the same.
/// </summary>
internal sealed class TrainingSteps : IMeasured
{
    private readonly Autoencoder autoencoder;
    private readonly Trainer trainer;
    private readonly TrainingExample[] examples;
    private readonly List<float> losses = [];

    public TrainingSteps(TrainingCase training, WorkerOptions options)
    {
        autoencoder = Autoencoder.Open(options.Weights, new AutoencoderOptions { Family = training.Family });
        trainer = new Trainer(autoencoder, new TrainerOptions
        {
            Loss = PictureLosses.MeanSquare,
            Rate = 1e-4,
            Warmup = 0,
            Curve = RateCurve.Constant,
            Steps = 1_000_000,
            Compute = options.Compute,
        });
        int side = training.Side, small = side / autoencoder.Space.Factor;
        examples = [.. Enumerable.Range(0, training.Batch).Select(i => new TrainingExample(
            new ImageTensor(Wave(3 * side * side, 0.5, 0.013, i), 1, side, side),
            new Latent(autoencoder.Space, Wave(autoencoder.Space.Channels * small * small, 1.7, 0.7, i), 1, small, small)))];
    }

    public Plan Plan => trainer.Plan(examples[0].Picture.Height, examples[0].Picture.Width);

    public bool IsRepeatable => false;

    public ReadOnlySpan<float> Result => CollectionsMarshal.AsSpan(losses);

    public void Run() => losses.Add((float)trainer.Advance(examples).Loss);

    public void Dispose()
    {
        trainer.Dispose();
        autoencoder.Dispose();
    }

    // Numbers that both sides can make.
    private static float[] Wave(int count, double height, double pitch, int item)
        => [.. Enumerable.Range(0, count).Select(i => (float)(height * Math.Sin(pitch * i + item)))];
}

/// <summary>Steps of a training of a decoder.</summary>
/// <param name="Family">The autoencoder's family.</param>
/// <param name="Side">Sides of the squares, in pixels.</param>
/// <param name="Batch">Squares in a step.</param>
internal sealed record TrainingCase(AutoencoderFamily Family, int Side, int Batch);
