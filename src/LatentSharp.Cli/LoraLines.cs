using System.Globalization;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Finetuning.Lora;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli;

/// <summary>What the terminal is told while a LoRA is trained.</summary>
/// <param name="output">Where it is printed.</param>
internal sealed class LoraLines(Output output)
{
    private double? before;

    /// <summary>What is known before the first step.</summary>
    public void Started(FinetuneStart start)
    {
        output.Say(string.Create(CultureInfo.InvariantCulture,
            $"{start.Parameters:N0} numbers are trained on {start.Pictures} pictures with captions, {start.HeldBack} "
                + $"{(start.HeldBack == 1 ? "is" : "are")} held back; a step takes {start.Bytes / 1e6:N0} MB"));
        if (start.From > 0) output.Say($"goes on after step {start.From} of a run that was stopped (--anew begins again)");
    }

    /// <summary>A measurement.</summary>
    public void Measured(LoraMeasurement m)
    {
        before ??= m.HeldBack;
        if (output.JsonLines) output.Raw(m, ServiceJson.Lines.LoraMeasurement);
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"step {m.Step,6}  loss {(m.Loss is { } l ? l.ToString("0.0000", CultureInfo.InvariantCulture) : "-"),7}  held back {m.HeldBack:0.0000} "
                + $"({m.HeldBack - before:+0.0000;-0.0000; 0.0000}){(m.IsBest ? "  best" : "")}"));
    }

    /// <summary>The result.</summary>
    public void Ended(LoraResult result)
    {
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{result.Steps} steps, {TuningLines.Why(result.Ended)}; the best was that of step "
            + $"{result.BestStep}: the loss of what was held back went from {result.Before:0.0000} to {result.After:0.0000}."));
        output.Line($"-> {result.Output}");
    }
}
