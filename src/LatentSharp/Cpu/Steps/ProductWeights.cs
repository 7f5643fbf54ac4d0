using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// The weights of a linear layer, packed into panels. A product packs them bit by bit while it computes; as a whole they are there only
/// where they are kept.
/// </summary>
/// <param name="kernels">The arithmetic that will read them.</param>
/// <param name="stored">The weights.</param>
internal sealed unsafe class ProductWeights(PanelKernels kernels, StoredMatrix stored) : StepWeights
{
    // Measured as for convolutions: 0.5 ns a value.
    private const double CostOfPacked = 30;

    private readonly WeightPacker packer = new(kernels, stored);

    public override bool NeedPlace(KernelSet kernels) => false;

    public override StoredRange? Stored => stored.Locate();

    public override long Bytes(KernelSet kernels) => packer.Layout.Bytes;

    public override int Parts(KernelSet kernels) => packer.Layout.Panels;

    public override long PrivateBytes(KernelSet kernels) => KeptAt is null ? 0 : packer.PrivateBytes;

    public override double Cost(KernelSet kernels) => (double)stored.Rows * stored.Columns * CostOfPacked;

    public override void Make(KernelSet kernels, int part, nint memory, nint scratch) => packer.Pack(part, (byte*)memory, scratch);
}
