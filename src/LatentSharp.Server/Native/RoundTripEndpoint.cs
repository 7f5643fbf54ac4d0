using System.Text.Json.Nodes;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Service.Json;
using LatentSharp.Service.RoundTrips;

namespace LatentSharp.Server.Native;

/// <summary><c>POST /v1/roundtrip</c>: a picture in, what became of it out: figures, and the pictures that show it.</summary>
internal static class RoundTripEndpoint
{
    private static readonly Dictionary<string, Func<RoundTripFiles, string>> Sheets = new()
    {
        ["reconstruction"] = f => f.Reconstruction, ["side_by_side"] = f => f.SideBySide, ["error_map"] = f => f.ErrorMap,
        ["worst_detail"] = f => f.WorstDetail, ["latent_channels"] = f => f.LatentChannels,
    };

    /// <summary>Answers a request.</summary>
    internal static async Task HandleAsync(HttpContext context, Workbench bench)
    {
        var query = new QueryValues(context.Request.Query);
        string answer = Answers.Accepted(context.Request, Answers.Json, "image/png") ?? throw Answers.NotAcceptable(Answers.Json, "image/png");
        string[] include = (query.Text("include") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (Array.Find(include, i => !Sheets.ContainsKey(i)) is { } unknown)
            throw QueryValues.Refused("include", $"There is no picture \"{QueryValues.Shown(unknown)}\" of a round trip.",
                $"Name some of {string.Join(", ", Sheets.Keys)}.");
        LibraryEntry entry = bench.Autoencoders.Find(query.Text("autoencoder"));
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "picture");
        UploadedFile file = uploads.Required("picture");
        (int width, int height) = UploadedPicture.RequirePixels(file, bench).DisplaySize;
        RoundTripResult result = await bench.Queue.RunAsync(bench.Uses.RoundTrip(entry.Name, height, width), Urgency.Interactive,
            token => RoundTripPictures.Run(bench.Autoencoders.Library(), new RoundTripRequest
            {
                Inputs = InputSelection.Of(file.Path), Output = uploads.Folder.Below("result"), Autoencoder = OpenAutoencoders.Reference(entry),
                Compute = bench.Options.Computing,
            }, null, null, token), context.RequestAborted);

        RoundTrip trip = result.Results[0];
        if (answer == "image/png")
        {
            await Answers.BytesAsync(context, await File.ReadAllBytesAsync(trip.Files.Reconstruction, context.RequestAborted), answer);
            return;
        }
        await Answers.ResultAsync(context, result, ServiceJson.Lines.RoundTripResult, document =>
        {
            AutoencoderEndpoints.Plain(document["autoencoder"], entry);
            var one = (JsonObject)document["results"]![0]!;
            one["input"] = file.Name;
            one["files"] = new JsonObject(include.Select(i => KeyValuePair.Create(i,
                (JsonNode?)("data:image/png;base64," + Convert.ToBase64String(File.ReadAllBytes(Sheets[i](trip.Files)))))));
        });
    }
}
