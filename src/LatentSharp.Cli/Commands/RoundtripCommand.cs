using System.CommandLine;
using System.Globalization;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Json;
using LatentSharp.Service.RoundTrips;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent roundtrip</c></summary>
internal sealed class RoundtripCommand : LatentCommand
{
    private readonly InputsArgument images = new("IMAGE")
    {
        Description = "Pictures, folders, patterns, @lists, - for standard input; or safetensors files with a tensor `image` [1, 3, H, W].",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "The folder for the pictures.", HelpName = "DIR",
        DefaultValueFactory = _ => "out"
    };
    private readonly Option<string?> ae = ShownAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<bool> keepWeights = SharedOptions.KeepWeights();
    private readonly Option<string> precision = SharedOptions.CardPrecision();
    private readonly Option<bool> recursive = InputOptions.Recursive(), again = InputOptions.Again(), lines = InputOptions.JsonLines();

    internal RoundtripCommand() : base("roundtrip", "Encode pictures, decode them again, and show what that did to them.",
        "latent roundtrip photo.png", "latent roundtrip photo.png --ae ae.safetensors -o comparison/", "latent roundtrip photos/ --json")
    {
        foreach (Symbol symbol in (Symbol[])[images, output, ae, memory, keepWeights, precision, recursive, again, lines]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        var request = new RoundTripRequest
        {
            Inputs = InputOptions.Selection(arguments, images, recursive),
            Output = arguments.GetRequiredValue(this.output),
            Autoencoder = arguments.GetValue(ae),
            Again = arguments.GetValue(again),
            Compute = SharedOptions.Compute(arguments, memory, keepWeights, precision),
        };
        var printed = new BatchOutput<RoundTrip>(output, ServiceJson.Lines.RoundTrip, Print);
        RoundTripResult result = RoundTripPictures.Run(Library(arguments), request, output.Progress("round trip"), printed,
            cancellationToken);
        printed.End(result, result with { Results = [] }, (ServiceJson.Lines.RoundTripResult, ServiceJson.Readable.RoundTripResult),
            ("with", result.Autoencoder), (result.Failed, result.Batch, "done"));

        void Print(RoundTrip trip)
        {
            foreach (string note in trip.Notes) output.Note($"{trip.Input}: {note}");
            double numbers = (double)trip.Latent[1] * trip.Latent[2] * trip.Latent[3],
                pixels = (double)trip.Picture.Width * trip.Picture.Height;
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{trip.Input}, {trip.Picture.Width} x {trip.Picture.Height}: {(trip.Psnr is { } psnr ? $"PSNR {F(psnr)} dB" : "unchanged")}, mean "
                    + $"colour error {F(trip.DeltaE)} (CIEDE2000; below 1 is hard to see)   encode {trip.EncodeSeconds:0.0} s, decode "
                        + $"{trip.DecodeSeconds:0.0} s{(trip.Status == ItemStatus.Skipped ? ", there already" : "")}"));
            output.Line(string.Create(CultureInfo.InvariantCulture,
                $"latent {trip.Latent[1]} x {trip.Latent[2]} x {trip.Latent[3]}: {pixels * 3 / numbers:0.#} times fewer numbers than the picture"));
            foreach ((string kind, string file) in ((string, string)[])
                [("reconstruction", trip.Files.Reconstruction), ("side by side", trip.Files.SideBySide), ("error map", trip.Files.ErrorMap),
                 ("worst detail", trip.Files.WorstDetail), ("latent channels", trip.Files.LatentChannels)])
                output.Line($"  {kind,-15} {file}");
        }

        static string F(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
    }
}
