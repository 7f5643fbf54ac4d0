using LatentSharp.Autoencoders.Library;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Service.Checking;
using LatentSharp.Service.Diagnosing;
using LatentSharp.Service.Json;

namespace LatentSharp.Server.Native;

/// <summary><c>POST /v1/check</c> and <c>/v1/diagnose</c>: what belongs together, and what is wrong.</summary>
internal static class DoctorEndpoints
{
    private static readonly string[] Files = ["reference", "latent", "latents", "model"];

    /// <summary>Says whether two of an autoencoder, latents and a diffusion model belong together.</summary>
    internal static async Task CheckAsync(HttpContext context, Workbench bench)
    {
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "latents", Files);
        LibraryEntry? entry = uploads.Value("autoencoder") is { } name ? bench.Autoencoders.Find(name) : null;
        UploadedFile? latents = uploads.File("latents"), model = uploads.File("model");
        bool probe = uploads.Value("probe") is not ("false" or "False" or "0");
        CheckResult result = await bench.Queue.RunAsync(bench.Uses.Check(entry, latents?.Path, probe), Urgency.Interactive, token
            => CheckPair.Run(bench.Autoencoders.Library(),
            new CheckRequest
            {
                Autoencoder = entry is null ? null : OpenAutoencoders.Reference(entry), Latents = latents?.Path,
                Model = model?.Path ?? ModelName(uploads.Value("model")), Probe = probe, Compute = bench.Options.Computing,
            }, token), context.RequestAborted);
        await Answers.ResultAsync(context, result, ServiceJson.Lines.CheckResult, document =>
        {
            if (entry is not null) AutoencoderEndpoints.Plain(document["autoencoder"], entry);
        });
    }

    /// <summary>Says what is wrong with a picture or a latent.</summary>
    internal static async Task DiagnoseAsync(HttpContext context, Workbench bench)
    {
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "picture", Files);
        UploadedFile? picture = uploads.File("picture"), reference = uploads.File("reference"), latent = uploads.File("latent");
        if (picture is null && latent is null) throw QueryValues.Refused("picture", "There is neither a picture nor a latent.", "Send what looks wrong.");
        PictureInfo? seen = picture is null ? null : UploadedPicture.RequirePixels(picture, bench),
            expected = reference is null ? null : UploadedPicture.RequirePixels(reference, bench);
        LibraryEntry? entry = uploads.Value("autoencoder") is { } name ? bench.Autoencoders.Find(name) : null;
        PlannedWork work = bench.Uses.Diagnose(entry, seen, expected, latent?.Path);
        DiagnoseResult result = await bench.Queue.RunAsync(work, Urgency.Interactive, token => DiagnosePicture.Run(
            bench.Autoencoders.Library(), new DiagnoseRequest
            {
                Picture = picture?.Path, Reference = reference?.Path, Latent = latent?.Path,
                Autoencoder = entry is null ? null : OpenAutoencoders.Reference(entry), Model = ModelName(uploads.Value("model")),
                Compute = bench.Options.Computing,
            }, token), context.RequestAborted);
        await Answers.ResultAsync(context, result, ServiceJson.Lines.DiagnoseResult, document =>
        {
            document.Remove("html");
            if (entry is not null) AutoencoderEndpoints.Plain(document["autoencoder"], entry);
        });
    }

    // A name of a published model; what could be a file of this machine is none.
    private static string? ModelName(string? text)
    {
        if (text is null) return null;
        if (text.AsSpan().ContainsAny('/', '\\') || File.Exists(text) || Directory.Exists(text))
            throw QueryValues.Refused("model", "A model is named, such as flux1-dev, or sent as a file.", "Send its name without a folder.");
        return text;
    }
}
