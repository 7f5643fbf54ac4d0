namespace LatentSharp.Cpu.Kernels.Matrix;

/// <summary>
/// The order of units of work where something has to be packed before it is used, stage after stage, into a few buffers that are used in
/// turns. All units are handed out by one counter: packing of a later stage stands in the middle of the work of an earlier one, so that
/// nobody waits at the end of a stage. A unit waits only for units that were handed out before it, so somebody always moves.
/// </summary>
/// <param name="Stages">Stages.</param>
/// <param name="Buffers">Buffers, at least two where there are two stages.</param>
/// <param name="Packs">Units of packing in a stage.</param>
/// <param name="Works">Units of work in a stage.</param>
/// <param name="Chained">Whether work i of a stage needs the result of work i of the stage before.</param>
internal sealed record UnitOrder(int Stages, int Buffers, int Packs, int Works, bool Chained)
{
    // How many stages are packed before the work of the first begins.
    private int Ahead => Math.Max(1, Math.Min(Buffers - 1, Stages));

    /// <summary>All units.</summary>
    public int Units => Stages * (Packs + Works);

    /// <summary>The stage of a unit, whether it packs, and its number within the stage.</summary>
    public (int Stage, bool Packs, int Index) Of(int unit)
    {
        int first = Ahead * Packs;
        if (unit < first) return (unit / Packs, true, unit % Packs);
        unit -= first;
        int full = Stages - Ahead, stage, within;
        if (unit < full * (Packs + Works)) (stage, within) = (unit / (Packs + Works), unit % (Packs + Works));
        else
        {
            unit -= full * (Packs + Works);
            return (full + unit / Works, false, unit % Works);
        }
        int half = Works / 2;
        return within < half ? (stage, false, within)
            : within < half + Packs ? (stage + Ahead, true, within - half)
            : (stage, false, within - Packs);
    }
}

/// <summary>How far a run through a <see cref="UnitOrder"/> has come.</summary>
/// <param name="order">The order.</param>
internal sealed class UnitProgress(UnitOrder order)
{
    private readonly int[] packed = new int[order.Stages], worked = new int[order.Stages], chain = new int[order.Works];
    private volatile bool failed;

    /// <summary>Carries out a unit when what it needs is there.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="pack">Packs part (second argument) of a stage (first).</param>
    /// <param name="work">Does part (second argument) of the work of a stage (first).</param>
    public void Run(int unit, Action<int, int> pack, Action<int, int> work)
    {
        (int stage, bool packs, int index) = order.Of(unit);
        try
        {
            if (packs)
            {
                if (stage >= order.Buffers && !Reaches(worked, stage - order.Buffers, order.Works)) return;
                pack(stage, index);
                Interlocked.Increment(ref packed[stage]);
            }
            else
            {
                if (!Reaches(packed, stage, order.Packs) || (order.Chained && !Reaches(chain, index, stage))) return;
                work(stage, index);
                Interlocked.Increment(ref worked[stage]);
                Interlocked.Increment(ref chain[index]);
            }
        }
        catch
        {
            failed = true; // whoever waits for this unit would wait for ever
            throw;
        }
    }

    private bool Reaches(int[] counts, int index, int value)
    {
        var spin = new SpinWait();
        while (Volatile.Read(ref counts[index]) < value)
        {
            if (failed) return false;
            spin.SpinOnce(sleep1Threshold: -1);
        }
        return true;
    }
}
