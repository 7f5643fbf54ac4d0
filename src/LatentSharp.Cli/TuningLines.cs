using System.Globalization;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli;

/// <summary>What the terminal is told while an autoencoder is trained.</summary>
/// <param name="output">Where it is printed.</param>
internal sealed class TuningLines(Output output)
{
    private FinetuneMeasurement? first;

    /// <summary>The notes that were printed before the first step.</summary>
    public IReadOnlyList<string> Said { get; private set; } = [];

    /// <summary>Why a training ended.</summary>
    public static string Why(FinetuneEnd end) => end switch
    {
        FinetuneEnd.Minutes => "the time was over",
        FinetuneEnd.NoGain => "the pictures held back no longer gained",
        _ => "all steps were made",
    };

    /// <summary>What is known before the first step.</summary>
    public void Started(FinetuneStart start)
    {
        Said = start.Notes;
        foreach (string note in Said) output.Note(note);
        output.Say(string.Create(CultureInfo.InvariantCulture,
            $"{start.Parameters:N0} numbers are trained on {start.Pictures} pictures, squares of {start.Crop}, "
                + $"{start.HeldBack} {(start.HeldBack == 1 ? "is" : "are")} held back; "
                + $"a step takes {start.Bytes / 1e6:N0} MB"));
        if (start.From > 0) output.Say($"goes on after step {start.From} of a run that was stopped (--anew begins again)");
    }

    /// <summary>A measurement.</summary>
    public void Measured(FinetuneMeasurement m)
    {
        first ??= m;
        if (output.JsonLines) output.Raw(m, ServiceJson.Lines.FinetuneMeasurement);
        HeldBackFigures now = m.HeldBack, before = first.HeldBack;
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"step {m.Step,6}  loss {(m.Loss is { } l ? l.ToString("0.00000", CultureInfo.InvariantCulture) : "-"),8}  held back: PSNR {now.Psnr:0.00} dB "
                + $"({now.Psnr - before.Psnr:+0.00;-0.00; 0.00})  SSIM {now.Ssim:0.0000}  dE {now.DeltaE:0.00}{(m.IsBest ? "  best" : "")}"));
    }
}
