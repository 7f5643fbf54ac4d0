using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// A linear layer with what precedes it (normalisation of rows, modulation) applied while rows are packed, and what follows it (bias,
/// function, factor, gate, residual) while sums are written.
/// </summary>
internal sealed unsafe class ProductStep : Step
{
    /// <summary>What a layer is called in descriptions when its products are computed in bytes.</summary>
    public const string InBytes = "Linear(Int8)";

    private readonly Linear layer;
    private readonly StoredMatrix stored;
    private readonly bool hasFewRows;
    private readonly StepWeights weights;
    private readonly MatrixProduct streamed, kept;

    /// <param name="layer">The layer.</param>
    /// <param name="operation">What it does, what was fused with it included.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="inBytes">Whether products of many rows are computed in bytes.</param>
    public ProductStep(Linear layer, string operation, MatrixKernels kernels, bool inBytes) : base(layer.Name, operation)
    {
        this.layer = layer;
        stored = new StoredMatrix(layer.Weight, layer.FirstRow, layer.Rows);
        var shape = new ProductShape(checked((int)layer.Shape.Positions), layer.Rows, layer.Source.Shape.Channels);
        PanelKernels panels = inBytes ? kernels.Bytes(stored.Type) : kernels.Floats;
        streamed = MatrixProduct.Choose(kernels, panels, shape, stored);
        // A few rows are multiplied by the weights as they are stored, kept or not.
        hasFewRows = shape.M <= MatrixProduct.FewRows;
        weights = hasFewRows ? new StoredWeights(stored) : new ProductWeights(panels, stored);
        kept = hasFewRows ? streamed : MatrixProduct.Choose(kernels, panels, shape, null);
    }

    /// <summary>What is multiplied.</summary>
    public required PlanTensor Source { get; init; }

    /// <summary>The normalisation of its rows, or null.</summary>
    public RowNormalisation? Norm { get; init; }

    /// <summary>What normalised rows are multiplied by, less 1; or null.</summary>
    public PlanTensor? Scale { get; init; }

    /// <summary>What is added to them, or null.</summary>
    public PlanTensor? Shift { get; init; }

    /// <summary>The function of the sums, or null.</summary>
    public ActivationKind? Function { get; init; }

    /// <summary>What its result is multiplied by, value by value, or null.</summary>
    public PlanTensor? Factor { get; init; }

    /// <summary>A row to multiply every position by, or null.</summary>
    public PlanTensor? Gate { get; init; }

    /// <summary>What is added at last, or null.</summary>
    public PlanTensor? Residual { get; init; }

    public override IReadOnlyList<StepWeights> Weights => [weights];

    private MatrixProduct Product => weights.KeptAt is null ? streamed : kept;

    private long ProductBytes => Convolution.Align(Product.SharedBytes);

    private long BiasBytes => layer.Bias is null ? 0 : Convolution.Align((long)layer.Rows * sizeof(float));

    public override long SharedBytes(KernelSet kernels) => ProductBytes + BiasBytes + (Norm?.Bytes ?? 0);

    public override long PrivateBytes(KernelSet kernels) => Product.PrivateBytes;

    public override void Run(RunState run)
    {
        nint bias = layer.Bias is null ? 0 : run.Shared + (nint)ProductBytes;
        layer.Bias?.Read(layer.FirstRow, new Span<float>((void*)bias, layer.Rows));
        var prologue = Norm?.Write(run.Shared + (nint)(ProductBytes + BiasBytes)) ?? default;
        if (Scale is not null && Shift is not null)
            prologue = prologue with { Gain = Scale.In(run).Data, Offset = Shift.In(run).Data, GainIsScale = true };
        var epilogue = new SumMap(bias, Function, Factor?.In(run).Rows ?? default, Gate?.In(run).Data ?? 0,
            Residual?.In(run).Rows ?? default);
        var call = new ProductCall(Source.In(run).Rows, Result.In(run).Rows, stored, Prologue: prologue, Epilogue: epilogue);
        if (weights.KeptAt is not null)
            call = hasFewRows ? call with { Weights = stored.At(run.At(weights)) } : call with { Weights = null, Packed = run.At(weights) };
        Action<int, nint> work = Product.Begin(call, run.Shared);
        run.Crew.For(Product.Units, (unit, worker) => work(unit, run.PrivateOf(worker)), run.Within);
    }
}
