using System.CommandLine;
using LatentSharp.Service.Claims;
using LatentSharp.Service.Json;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent claims</c>: the experiment of docs/experiments/ae-quality.md.</summary>
internal sealed class ClaimsCommand : LatentCommand
{
    private readonly Argument<string[]> autoencoders = new("AE") { Description = "Autoencoders to weaken and to cross.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string[]> images = ImageOption.Create("Pictures of 384 pixels each way at least.");
    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "The folder for claims.md and a sheet of pictures.",
        HelpName = "DIR", Required = true
    };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal ClaimsCommand() : base("claims", "Measure what is commonly said about autoencoders: mismatch, lower resolution, stronger compression.",
        "latent claims taef1_encoder.safetensors taesd3_encoder.safetensors embedded --images photos/ -o claims/")
    {
        foreach (Symbol symbol in (Symbol[])[autoencoders, images, output, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        ClaimsResult result = TestClaims.Run(Library(arguments), new ClaimsRequest
        {
            Autoencoders = arguments.GetRequiredValue(autoencoders), Images = ImageOption.Selection(arguments, images),
            Output = arguments.GetRequiredValue(this.output),
            Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("claims"), cancellationToken);
        foreach (string note in result.Notes) output.Note(note);
        output.Line(result.Text);
        output.Line($"{result.Pictures} picture{(result.Pictures == 1 ? "" : "s")} -> {result.Table}, {result.Sheet}");
        output.Object(result, ServiceJson.Readable.ClaimsResult);
        ImageOption.Finish(output, result.Unreadable, result.Pictures);
    }
}
