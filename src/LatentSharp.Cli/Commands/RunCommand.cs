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
        Description = "Weights of a FLUX.1 transformer, CLIP's or T5's text encoder, SigLIP, a UNet on pixels, or an autoencoder: a file or a folder "
            + "of diffusers.",
    };
    private readonly Option<string> inputs = new("--inputs")
    {
        Description = "A safetensors file with the inputs under the references' names.", HelpName = "FILE", Required = true,
    };
    private readonly Option<string?> result = new("--output", "-o")
    {
        Description = "The safetensors file to write: what the network gives.", HelpName = "FILE",
    };
    private readonly Option<LossKind?> loss = new("--loss")
    {
        Description = "Computes a loss instead of a result: l1, mse (z and target, or image and target_latent), roundtrip (image), kl (image "
            + "and noise), flow (x0, noise and a transformer's other inputs), epsilon (x0, noise, timestep).", HelpName = "LOSS",
    };
    private readonly Option<string?> gradients = new("--gradients")
    {
        Description = "The safetensors file to write with --loss: the loss, the gradient of every parameter, of every input as d.NAME.",
        HelpName = "FILE",
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
    private readonly Option<string> precision = SharedOptions.Precision();

    internal RunCommand() : base("run", "Compute one network on named tensors, to compare it with another implementation.",
        "latent run flux1-dev.safetensors --inputs in.safetensors -o out.safetensors",
        "latent run clip_l.safetensors --inputs ids.safetensors -o out.safetensors",
        "latent run ae.safetensors --network decoder --inputs z.safetensors -o out.safetensors",
        "latent run flux1-dev.safetensors --lora style.safetensors:0.8 --inputs in.safetensors -o out.safetensors",
        "latent run ae.safetensors --inputs z-and-target.safetensors --loss l1 --gradients gradients.safetensors")
    {
        foreach (Symbol symbol in (Symbol[])[network, inputs, result, loss, gradients, kind, loras, configuration, memory,
            precision])
            this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string? results = arguments.GetValue(result), written = arguments.GetValue(gradients);
        if (arguments.GetValue(loss) is { } wanted)
        {
            if (written is null)
                throw new LatentSharpException(ErrorKind.Usage, "--loss", "the file for its gradients is missing.", "Name it with --gradients.");
            if (results is not null || arguments.GetValue(kind) is not null)
                throw new LatentSharpException(ErrorKind.Usage, "--loss", "a loss has no --output and no --network; its name tells what is computed.");
            if (arguments.GetResult(precision) is { Implicit: false })
                throw new LatentSharpException(ErrorKind.Usage, "--precision", "gradients are computed in float32.", "Leave it out.");
            Differentiate(arguments, wanted, written, output, cancellationToken);
            return;
        }
        if (written is not null) throw new LatentSharpException(ErrorKind.Usage, "--gradients", "gradients are those of a loss.", "Name it with --loss.");
        if (results is null) throw new LatentSharpException(ErrorKind.Usage, "--output", "the file to write is missing.", "Name it with -o.");
        RunResult done = RunNetwork.Run(new RunRequest
        {
            Network = arguments.GetValue(network)!, Inputs = arguments.GetValue(inputs)!, Output = results,
            Kind = arguments.GetValue(kind), Loras = [.. (arguments.GetValue(loras) ?? []).Select(PartOptions.Lora)],
            Configuration = arguments.GetValue(configuration), Compute = SharedOptions.Compute(arguments, memory, precision: precision),
        }, output.Progress("run"), cancellationToken);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"{done.Network}: {done.Output}, {done.Seconds:0.00} s"));
        foreach (RunTensor tensor in done.Outputs) output.Line($"  {tensor.Name} [{string.Join(", ", tensor.Shape)}]");
        if (done.UnusedInputs.Count > 0) output.Note($"not an input of this network: {string.Join(", ", done.UnusedInputs.Take(8))}");
        if (done.UnknownLoraTensors.Count > 0)
            output.Note($"{done.UnknownLoraTensors.Count} tensors of the LoRAs are not used: {done.UnknownLoraTensors[0]}, ...");
        output.Object(done, ServiceJson.Readable.RunResult);
    }

    private void Differentiate(ParseResult arguments, LossKind wanted, string written, Output output, CancellationToken cancellationToken)
    {
        GradientResult done = RunGradients.Run(new GradientRequest
        {
            Network = arguments.GetValue(network)!, Inputs = arguments.GetValue(inputs)!, Loss = wanted, Gradients = written,
            Loras = [.. (arguments.GetValue(loras) ?? []).Select(PartOptions.Lora)],
            Configuration = arguments.GetValue(configuration), Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("run"), cancellationToken);
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"{done.Network}: loss {done.Loss:0.000000}, {done.Gradients}, {done.Seconds:0.00} s"));
        output.Line($"  gradients of {done.Parameters} tensors; {string.Join(", ", done.Inputs)}");
        output.Object(done, ServiceJson.Readable.GradientResult);
    }
}
