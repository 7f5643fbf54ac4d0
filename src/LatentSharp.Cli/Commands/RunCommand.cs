using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Running;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent run</c></summary>
internal sealed class RunCommand : LatentCommand
{
    private readonly Argument<string> network = new("NETWORK")
    {
        Description = "Weights of a FLUX.1 transformer, CLIP's or T5's text encoder, a UNet on pixels, or an autoencoder: a file or a folder of "
            + "diffusers.",
    };
    private readonly Option<string> inputs = new("--inputs")
    {
        Description = "A safetensors file with the inputs under the references' names.", HelpName = "FILE", Required = true,
    };
    private readonly Option<string> result = new("--output", "-o")
    {
        Description = "The safetensors file to write.", HelpName = "FILE", Required = true,
    };
    private readonly Option<NetworkKind?> kind = new("--network")
    {
        Description = "Which network of a file that holds several, or which half of an autoencoder.", HelpName = "KIND",
    };
    private readonly Option<string[]> loras = new("--lora")
    {
        Description = "A LoRA to lay over the transformer, with its strength where that is not 1; may be given several times.",
        HelpName = "FILE[:WEIGHT]",
    };
    private readonly Option<string?> configuration = new("--config")
    {
        Description = "A config.json that says what shapes do not: axes_dims_rope, num_attention_heads, eos_token_id, norm_eps.", HelpName = "FILE",
    };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal RunCommand() : base("run", "Compute one network on named tensors, to compare it with another implementation.",
        "latent run flux1-dev.safetensors --inputs in.safetensors -o out.safetensors",
        "latent run clip_l.safetensors --inputs ids.safetensors -o out.safetensors",
        "latent run ae.safetensors --network decoder --inputs z.safetensors -o out.safetensors",
        "latent run flux1-dev.safetensors --lora style.safetensors:0.8 --inputs in.safetensors -o out.safetensors")
    {
        foreach (Symbol symbol in (Symbol[])[network, inputs, result, kind, loras, configuration, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        RunResult done = RunNetwork.Run(new RunRequest
        {
            Network = arguments.GetValue(network)!, Inputs = arguments.GetValue(inputs)!, Output = arguments.GetValue(result)!,
            Kind = arguments.GetValue(kind), Loras = [.. (arguments.GetValue(loras) ?? []).Select(PartOptions.Lora)],
            Configuration = arguments.GetValue(configuration), Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("run"), cancellationToken);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{done.Network}: {done.Output}, {done.Seconds:0.00} s"));
        foreach (RunTensor tensor in done.Outputs) output.Line($"  {tensor.Name} [{string.Join(", ", tensor.Shape)}]");
        if (done.UnusedInputs.Count > 0) output.Note($"not an input of this network: {string.Join(", ", done.UnusedInputs.Take(8))}");
        if (done.UnknownLoraTensors.Count > 0)
            output.Note($"{done.UnknownLoraTensors.Count} tensors of the LoRAs are not used: {done.UnknownLoraTensors[0]}, ...");
        output.Object(done, ServiceJson.Readable.RunResult);
    }
}
