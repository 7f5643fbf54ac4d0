using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Json;
using LatentSharp.Service.Recalibrating;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent recalibrate</c></summary>
internal sealed class RecalibrateCommand : LatentCommand
{
    // dB.
    private const double SmallGain = 0.5;

    private readonly Argument<string> autoencoder = new("AE") { Description = "The autoencoder to improve; it is left as it is." };
    private readonly Option<string[]> images = ImageOption.Create("The pictures: every second one is used for the fit, the others for the proof.");
    private readonly Option<string> output = new("--output", "-o") { Description = "The new safetensors file.", HelpName = "FILE", Required = true };
    private readonly Option<bool> lastLayer =
        new("--last-layer") { Description = "Fit the whole last layer (ridge regression); by default only its colours (an affine map)." };
    private readonly Option<string?> latents = new("--latents")
    {
        Description = "Change no weights: write the scale and shift that centre the latents, one for `all` channels or one for `each`. For models that "
            + "are still to be trained.", HelpName = "all|each",
    };
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal RecalibrateCommand()
        : base("recalibrate", "Improve a decoder in closed form from your pictures; refused when it does not help on pictures held out.",
        "latent recalibrate my.safetensors --images photos/ -o better.safetensors",
        "latent recalibrate my.safetensors --images photos/ --last-layer -o better.safetensors",
        "latent recalibrate my.safetensors --images photos/ --latents each -o centred.safetensors")
    {
        foreach (Symbol symbol in (Symbol[])[autoencoder, images, output, lastLayer, latents, memory]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        string? centre = arguments.GetValue(latents);
        if (centre is not (null or "all" or "each"))
            throw new LatentSharpException(ErrorKind.Usage, "--latents " + centre,
                "all or each is expected: one scale and shift for all channels, or for each.");
        if (centre is not null && arguments.GetValue(lastLayer))
            throw new LatentSharpException(ErrorKind.Usage, "--latents", "it changes no weights and cannot be given with --last-layer.",
                "Run `latent recalibrate` twice.");
        RecalibrateResult result = RecalibrateAutoencoder.Run(Library(arguments), new RecalibrateRequest
        {
            Autoencoder = arguments.GetRequiredValue(autoencoder), Images = ImageOption.Selection(arguments, images),
            Output = arguments.GetRequiredValue(this.output),
            Kind = centre switch
            {
                "all" => RecalibrateKind.Latents,
                "each" => RecalibrateKind.LatentChannels,
                _ => arguments.GetValue(lastLayer) ? RecalibrateKind.LastLayer : RecalibrateKind.Colour
            },
            Compute = SharedOptions.Compute(arguments, memory),
        }, output.Progress("recalibrate"), cancellationToken);
        foreach (string note in result.Notes) output.Note(note);
        if (result is { Before: { } before, After: { } after }) Improved(output, result, before, after);
        if (result.Centred is { } centred) Centred(output, result, centred);
        output.Line($"-> {result.Output}");
        output.Object(result, ServiceJson.Readable.RecalibrateResult);
        ImageOption.Finish(output, result.Unreadable, result.Fit + result.HeldOut);
    }

    private static void Improved(Output output, RecalibrateResult result, HeldOutFacts before, HeldOutFacts after)
    {
        output.Line($"fitted on {result.Fit} pictures; on the {result.HeldOut} held out:");
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  PSNR          {before.Psnr:0.00} -> {after.Psnr:0.00} dB"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  colour error  {before.DeltaE:0.00} -> {after.DeltaE:0.00} dE2000"));
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  steady cast   {before.Cast:0.00} -> {after.Cast:0.00} in Lab"));
        // Colours and the last layer are all that a closed form reaches.
        if (after.Psnr - before.Psnr < SmallGain)
            output.Line("  little was gained: what lies deeper takes training, `latent finetune "
                + $"{TypedRemedy.Quoted(result.Autoencoder.Path ?? result.Autoencoder.Name)} --images DIR -o FILE`");
        if (result.Latents is { } s)
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"latents of these pictures would be centred by scale {s.Scale:0.0000}, shift {s.Shift:0.0000}; these weights keep the space they "
                    + $"speak (--latents writes them)"));
    }

    private static void Centred(Output output, RecalibrateResult result, CentredSpace centred)
    {
        bool each = result.Kind == RecalibrateKind.LatentChannels;
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"fitted on {result.Fit} pictures; on the {result.HeldOut} held out the latents are {centred.NatsBefore:0.000} -> "
                + $"{centred.NatsAfter:0.000} nats from a unit normal"));
        output.Line($"z = (m - shift) * scale{(each ? " for each channel," : " with")} scale {Numbers(centred.Scale)}, shift {Numbers(centred.Shift)}");
        output.Line(each ? "diffusers writes them as latents_mean = shift and latents_std = 1 / scale in config.json"
            : "diffusers writes them as scaling_factor and shift_factor in config.json");
        output.Line($"the file speaks a latent space of its own, {centred.Space}: for models that are trained on it, not for those of "
            + $"{result.Autoencoder.SpaceTitle}");
    }

    private static string Numbers(IEnumerable<float> values)
        => string.Join(", ", values.Select(v => v.ToString("0.0000", CultureInfo.InvariantCulture)));
}
