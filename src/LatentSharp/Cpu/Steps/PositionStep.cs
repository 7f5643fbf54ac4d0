namespace LatentSharp.Cpu.Steps;

/// <summary>
/// A step that treats each position on its own. Units are runs of positions, wherever rows begin: a sequence has only one row.
/// </summary>
internal abstract class PositionStep(string name, string operation) : Step(name, operation)
{
    // Values of a unit: 64 kB, which stay in a second-level cache when a unit goes over them twice.
    private const int UnitValues = 1 << 14;

    public override void Run(RunState run)
    {
        Begin(run);
        int positions = checked((int)Result.Shape.Positions), each = Math.Clamp(UnitValues / Result.Shape.Channels, 1, positions);
        run.Crew.For((positions + each - 1) / each, (unit, _) => Positions(run, unit * each, Math.Min(each, positions - unit * each)));
    }

    protected virtual void Begin(RunState run)
    {
    }

    /// <summary>Computes some positions, counted row after row.</summary>
    protected abstract void Positions(RunState run, int first, int count);
}
