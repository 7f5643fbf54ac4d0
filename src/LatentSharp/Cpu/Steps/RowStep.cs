namespace LatentSharp.Cpu.Steps;

/// <summary>A step that treats each row of pixels on its own.</summary>
internal abstract class RowStep(string name, string operation) : Step(name, operation)
{
    public override void Run(RunState run)
    {
        Begin(run);
        run.Crew.For(Result.Shape.Height, (row, _) => Row(run, row));
    }

    protected virtual void Begin(RunState run)
    {
    }

    protected abstract void Row(RunState run, int y);
}
