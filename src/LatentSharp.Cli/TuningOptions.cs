using System.CommandLine;

namespace LatentSharp.Cli;

/// <summary>The options of commands that train an autoencoder on pictures.</summary>
internal sealed class TuningOptions
{
    /// <summary>The most steps that can be asked for.</summary>
    internal const int MostSteps = 10_000_000;

    /// <summary>What a command has to say when it is cancelled.</summary>
    internal const string LeftByCancelling = "no result was written; the same command goes on from the last measurement.";

    /// <summary>The pictures.</summary>
    internal Option<string[]> Images { get; } = ImageOption.Create("The pictures: one in five, eight at most, is held back for the proof.");

    /// <summary>The result.</summary>
    internal Option<string> Output { get; } =
        new("--output", "-o") { Description = "The new safetensors file.", HelpName = "FILE", Required = true };

    /// <summary>The files of LPIPS.</summary>
    internal Option<string[]> Lpips { get; } = new("--lpips")
    {
        Description = "The two files of the loss lpips: vgg16-397923af.pth or alexnet-owt-7be5be79.pth of torchvision, and vgg.pth or alex.pth of LPIPS 0.1.",
        HelpName = "FILE", AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>A page that shows the course.</summary>
    internal Option<string?> Page { get; } = new("--page")
    {
        Description = "A page with curves and pictures, written anew after every measurement.", HelpName = "FILE.html",
    };

    /// <summary>Whether a run that was stopped is forgotten.</summary>
    internal Option<bool> Anew { get; } = new("--anew") { Description = "Forget a run that was stopped, and begin again." };

    /// <summary>Lines of JSON.</summary>
    internal Option<bool> Lines { get; } = new(InputOptions.JsonLinesName, "--jsonl")
    {
        Description = "Print one line of JSON for each measurement as it is made, and one for the result at the end.",
    };

    /// <summary>The memory budget.</summary>
    internal Option<long?> Memory { get; } = SharedOptions.Memory();
}
