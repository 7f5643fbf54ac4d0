using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Weights;

namespace LatentSharp.Cpu.Steps;

/// <summary>
/// The weights of a product of a few rows, as they are stored. Units read them from their source while they compute; where they are kept,
/// nothing is read again.
/// </summary>
/// <param name="stored">The weights.</param>
internal sealed unsafe class StoredWeights(StoredMatrix stored) : StepWeights
{
    // In the unit of ConvolutionWeights: 0.1 ns a byte to copy what the system keeps of a file.
    private const double CostOfByte = 6;

    private const long PartBytes = 1 << 20;

    private readonly int rows = (int)Math.Clamp(PartBytes / stored.RowBytes, 1, stored.Rows);

    public override bool NeedPlace(KernelSet kernels) => false;

    public override StoredRange? Stored => stored.Locate();

    public override long Bytes(KernelSet kernels) => stored.Bytes;

    public override int Parts(KernelSet kernels) => (stored.Rows + rows - 1) / rows;

    public override long PrivateBytes(KernelSet kernels) => 0;

    public override double Cost(KernelSet kernels) => stored.Bytes * CostOfByte;

    public override void Make(KernelSet kernels, int part, nint memory, nint scratch)
    {
        int first = part * rows, count = Math.Min(rows, stored.Rows - first);
        var target = new Span<byte>((byte*)memory + first * stored.RowBytes, checked((int)(count * stored.RowBytes)));
        ReadOnlySpan<byte> found = stored.Borrow(first, count, 0, stored.Columns, target, out _);
        fixed (byte* from = found, to = target)
        {
            if (from != to) found.CopyTo(target);
        }
    }
}
