using System.CommandLine;
using LatentSharp.Service.Json;
using LatentSharp.Service.Prompting;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent prompt</c></summary>
internal sealed class PromptCommand : LatentCommand
{
    private readonly Argument<string> text = new("TEXT") { Description = "The prompt." };
    private readonly Option<string?> model = PartOptions.Model();
    private readonly PartOptions parts = new();
    private readonly Option<int> length = SharedOptions.WholeNumber(
        new("--length") { Description = "Tokens of T5: by default 512, or what the encoder was trained with; schnell takes 256.", HelpName = "N" }, 512);
    private readonly Option<string> result = new("--output", "-o")
    {
        Description = "The safetensors file to write.", HelpName = "FILE",
        Required = true
    };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal PromptCommand() : base("prompt", "Keep what the text encoders make of a prompt, for `latent generate --conditioning`.",
        "latent prompt \"a lighthouse at dusk\" --model flux1-dev -o lighthouse.safetensors",
        "latent prompt \"a lighthouse at dusk\" --clip clip_l.safetensors --t5 t5xxl_fp16.safetensors "
            + "--tokenizers tokenizers -o lighthouse.safetensors")
    {
        foreach (Symbol symbol in (Symbol[])[text, model, .. parts.TextOptions, length, result, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        PromptResult done = KeepPrompt.Run(Library(arguments), new PromptRequest
        {
            Prompt = arguments.GetValue(text)!, Parts = parts.OfText(arguments), Model = arguments.GetValue(model),
            Length = arguments.GetResult(length) is { Implicit: false } ? arguments.GetValue(length) : null,
            Output = arguments.GetValue(result)!,
            Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("prompt"), cancellationToken);
        foreach (string note in done.Notes) output.Note(note);
        output.Line($"{done.Output}: {done.Tokens} tokens of {done.Features} features");
        output.Object(done, ServiceJson.Readable.PromptResult);
    }
}
