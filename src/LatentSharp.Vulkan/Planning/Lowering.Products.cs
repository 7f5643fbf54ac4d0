using LatentSharp.Graph;
using LatentSharp.Vulkan.Kernels;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Weights;

namespace LatentSharp.Vulkan.Planning;

/// <summary>Convolutions and linear layers.</summary>
internal sealed partial class Lowering
{
    // What follows a product while it writes: a function, then a residual, then a function behind that.
    private sealed record Epilogue(List<Node> Together, ActivationKind? Function, Node? Residual, bool FunctionIsLast)
    {
        public uint FunctionCode => Function is { } kind ? (uint)kind + 1 : 0;
    }

    private Epilogue Follow(Node node)
    {
        var all = new Epilogue([node], null, null, false);
        while (OnlyUser(all.Together[^1]) is { } next)
        {
            Node last = all.Together[^1];
            if (next is Activation a && all.Function is null)
            {
                all.Together.Add(a);
                all = all with { Function = a.Kind, FunctionIsLast = all.Residual is not null };
            }
            else if (next is Add { IsRow: false } sum && all.Residual is null && sum.Left != sum.Right
                && (sum.Left == last ? sum.Right : sum.Left) is { } other && places.ContainsKey(other))
            {
                all.Together.Add(sum);
                all = all with { Residual = other };
            }
            else break;
        }
        return all;
    }

    // Over the residual where nothing else needs it, but not over the source, which other workgroups still read.
    private Place ProductPlace(Epilogue after, Place from)
        => after.Residual is { } over && places[over].Storage != from.Storage ? InPlaceOr(after.Together, over) : New(after.Together[^1]);

    private void LowerProduct(Node node, Node source)
    {
        Epilogue after = Follow(node);
        bool twice = enlarged.Contains(source);
        Place from = PlaceOf(source);
        Place to = ProductPlace(after, from);
        int step = Step(after.Together);

        Window window = node is Conv2d { Window: var w } ? w : new Window(1, 1, 1, default, 1);
        (FeatureShape read, FeatureShape written) = (source.Shape, node.Shape);
        if (window is { Height: 1, Width: 1, Stride: 1 } && window.Padding == default && !twice)
        {
            // No neighbours: bands may begin anywhere.
            read = new FeatureShape(checked((int)read.Positions), 1, read.Channels);
            written = new FeatureShape(checked((int)written.Positions), 1, written.Channels);
        }
        (uint tilePositions, uint tileChannels) = Tile(written.Channels);
        (WeightStorage matrix, WeightStorage? bias) = node switch
        {
            Conv2d c => (Kernels(c), Values(c.Bias)),
            Linear l => (Matrix(l), Values(l.Bias, l.FirstRow, l.Rows)),
            _ => throw new InvalidOperationException(node.ToString()),
        };
        Kernel kernel = Of("product", tilePositions / 4 * (tileChannels / 4), tilePositions, tileChannels, (uint)matrix.Form.Type,
            (uint)window.Height, (uint)window.Width, (uint)window.Stride, twice ? 1u : 0, bias is null ? 0u : 1,
            after.Residual is null ? 0u : 1, after.FunctionCode, after.FunctionIsLast ? 1u : 0, from.IsHalf, to.IsHalf);
        uint across = (uint)Divided(written.Channels, tileChannels);
        int shift = twice ? 1 : 0;
        long readRow = from.ValueBytes * (read.Width >> shift) * read.Channels;
        long writtenRow = to.ValueBytes * written.Width * written.Channels;
        foreach ((long first, long count) in Bands(written.Height, Math.Max(readRow * window.Stride, writtenRow),
            (long)written.Width * written.Channels * read.Channels * window.Height * window.Width,
            n => Divided(n * written.Width, tilePositions) * across, extra: window.Height))
        {
            (long firstRow, long rows) = Read(window, first, count, read.Height, shift);
            List<Use> uses = [Rows(0, from, firstRow, rows, readRow, writes: false), Whole(1, matrix)];
            if (bias is not null) uses.Add(Whole(2, bias));
            if (after.Residual is { } residual) uses.Add(Rows(3, places[residual], first, count, writtenRow, writes: false));
            AddTarget(uses, step, Rows(4, to, first, count, writtenRow, writes: true));
            Emit(step, kernel, Divided(count * written.Width, tilePositions) * across,
                count * written.Width * written.Channels * read.Channels * window.Height * window.Width,
                [(uint)read.Height, (uint)read.Width, (uint)read.Channels, (uint)firstRow, (uint)written.Width, (uint)written.Channels,
                    (uint)(count * written.Width), (uint)first, (uint)window.Padding.Top, (uint)window.Padding.Left, across],
                uses.ToArray());
        }
        Release(after.Together);
    }

    private void LowerGrouped(Conv2d node)
    {
        Window window = node.Window;
        (FeatureShape read, FeatureShape written) = (node.Source.Shape, node.Shape);
        (Place from, Place to, int step) = (PlaceOf(node.Source), New(node), Step(node));
        (WeightStorage matrix, WeightStorage? bias) = (Kernels(node), Values(node.Bias));
        Kernel kernel = Of("grouped", Math.Min(PointThreads, (uint)limits.GroupThreads), 0, 0, (uint)matrix.Form.Type, (uint)window.Height,
            (uint)window.Width, (uint)window.Stride, 0, bias is null ? 0u : 1);
        long readRow = (long)read.Width * read.Channels * sizeof(float);
        long writtenRow = (long)written.Width * written.Channels * sizeof(float);
        long rowWork = (long)written.Width * written.Channels * (read.Channels / window.Groups) * window.Height * window.Width;
        foreach ((long first, long count) in Bands(written.Height, Math.Max(readRow * window.Stride, writtenRow), rowWork,
            n => Divided(n * written.Width * written.Channels, kernel.Threads), extra: window.Height))
        {
            (long firstRow, long rows) = Read(window, first, count, read.Height, 0);
            List<Use> uses = [Rows(0, from, firstRow, rows, readRow, writes: false), Whole(1, matrix)];
            if (bias is not null) uses.Add(Whole(2, bias));
            uses.Add(Rows(4, to, first, count, writtenRow, writes: true));
            Emit(step, kernel, Divided(count * written.Width * written.Channels, kernel.Threads), count * rowWork,
                [(uint)read.Height, (uint)read.Width, (uint)read.Channels, (uint)firstRow, (uint)written.Width, (uint)written.Channels,
                    (uint)(count * written.Width), (uint)first, (uint)window.Padding.Top, (uint)window.Padding.Left, (uint)window.Groups],
                uses.ToArray());
        }
        Release([node]);
    }

    // The stored rows that a band of the result reads; a row of the result reads two rows as one where the source is enlarged.
    private static (long First, long Count) Read(Window window, long first, long count, int height, int shift)
    {
        long top = first * window.Stride - window.Padding.Top, bottom = top + (count - 1) * window.Stride + window.Height - 1;
        long from = Math.Clamp(top, 0, height - 1) >> shift;
        return (from, (Math.Clamp(bottom, 0, height - 1) >> shift) - from + 1);
    }

    // Few channels get narrow tiles; a thread has four positions of four channels.
    private (uint Positions, uint Channels) Tile(int channels) => channels switch
    {
        <= 4 => (128, 4),
        _ when limits.GroupThreads < 128 => (64, 16),
        <= 16 => (128, 16),
        <= 32 => (64, 32),
        _ => limits.GroupThreads >= 256 ? (64u, 64u) : (64u, 32u),
    };

    private WeightStorage Kernels(Conv2d node)
    {
        WeightRef weight = node.Weight;
        int taps = node.KernelHeight * node.KernelWidth;
        return Weight((weight.Key, "convolution"), weight.Name, () => taps == 1 ? WeightForm.Matrix(weight, 0, weight.ElementCount, Narrows(weight))
            : WeightForm.Convolution(weight, taps, node.Source.Shape.Channels / node.Groups, Narrows(weight)));
    }

    private WeightStorage Matrix(Linear node)
    {
        long channels = node.Source.Shape.Channels;
        return Weight((node.Weight.Key, node.FirstRow, node.Rows), node.Weight.Name,
            () => WeightForm.Matrix(node.Weight, node.FirstRow * channels, node.Rows * channels, Narrows(node.Weight)));
    }

    private WeightStorage? Values(WeightRef? weight) => weight is null ? null
        : Weight((weight.Key, "values"), weight.Name, () => WeightForm.Values(weight));

    private WeightStorage? Values(WeightRef? weight, int first, int count) => weight is null ? null
        : Weight((weight.Key, "values", first, count), weight.Name,
            () => WeightForm.Table(() => weight.Read().AsSpan(first, count).ToArray(), count));
}
