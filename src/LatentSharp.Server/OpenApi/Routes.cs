using LatentSharp.Server.Native;
using LatentSharp.Server.RemoteVae;
using LatentSharp.Service.Json;

namespace LatentSharp.Server.OpenApi;

/// <summary>The native API, route by route, in words.</summary>
internal static class Routes
{
    private const int TooLarge = 413, WrongType = 415, Mismatch = 409, Missing = 404, Uncomputable = 422, Unacceptable = 406;

    private static readonly string[] Pictures = ["image/png", "image/jpeg", "image/webp", "image/tiff", "image/avif"];

    private static readonly RouteParameter Autoencoder = new("autoencoder", ValueKind.Text, "The name of an autoencoder; the default where it is absent."),
        Model = new("model", ValueKind.Text, "The name of a diffusion model, such as flux1-dev."),
        Name = new("name", ValueKind.Text, "What the file is called, where it is the body.");

    /// <summary><c>POST /v1/encode</c></summary>
    internal static RouteDescription Encode { get; } = new("encode", "A picture becomes a latent.")
    {
        Query =
        [
            Autoencoder, new("seed", ValueKind.Whole, "Samples the posterior with this seed; its mean where it is absent."),
            new("posterior", ValueKind.Flag, "Whether the log variance is kept."),
            new("dtype", ValueKind.Text, "The type of the elements.") { Words = ["f32", "f16", "bf16"] }, Name,
        ],
        Files = ["picture"], Types = [LatentMedia.File, WireTensor.MediaType, Http.Answers.Json],
        Problems = [Missing, Unacceptable, TooLarge, WrongType, Uncomputable],
    };

    /// <summary><c>POST /v1/decode</c></summary>
    internal static RouteDescription Decode { get; } = new("decode", "A latent becomes a picture.")
    {
        Query =
        [
            Autoencoder,
            new("format", ValueKind.Text, "What is made; Accept counts where it is absent.")
            { Words = ["png", "jpeg", "webp", "tiff", "avif", "raw", "safetensors"] },
            new("bits", ValueKind.Whole, "8 or 16 bits for each channel."), new("quality", ValueKind.Whole, "1 to 100, for JPEG, WebP and AVIF."),
            new("ignore_space", ValueKind.Flag, "Decodes although the latent is of another space."),
            new("shape", ValueKind.Wholes, "The shape of raw elements (tensor/binary)."), new("dtype", ValueKind.Text, "The type of raw elements."),
            new("width", ValueKind.Whole, "The picture's width, with raw elements."),
            new("height", ValueKind.Whole, "The picture's height, with raw elements."),
            Name,
        ],
        Files = ["latent"], Types = [.. Pictures, WireTensor.MediaType, LatentMedia.File],
        Problems = [Missing, Unacceptable, Mismatch, TooLarge, WrongType, Uncomputable],
    };

    /// <summary><c>POST /v1/roundtrip</c></summary>
    internal static RouteDescription RoundTrip { get; } = new("roundtrip", "There and back: figures, and pictures that show what it did.")
    {
        Query =
        [
            Autoencoder,
            new("include", ValueKind.Text,
                "Pictures to send along, separated by commas: reconstruction, side_by_side, error_map, worst_detail, latent_channels."),
            Name,
        ],
        Files = ["picture"], Types = [Http.Answers.Json, "image/png"], Result = ServiceJson.Lines.RoundTripResult,
        Problems = [Missing, Unacceptable, TooLarge, WrongType, Uncomputable],
    };

    /// <summary><c>POST /v1/inspect</c></summary>
    internal static RouteDescription Inspect { get; } = new("inspect", "Says what a file is.")
    {
        Query =
        [
            Name, new("tensors", ValueKind.Flag, "Whether its tensors are listed."), new("digest", ValueKind.Flag, "Whether large files are hashed too."),
        ],
        Files = ["file"], Result = ServiceJson.Lines.InspectResult, Problems = [TooLarge, WrongType],
    };

    /// <summary><c>POST /v1/check</c></summary>
    internal static RouteDescription Check { get; } = new("check", "Whether two of an autoencoder, latents and a model belong together.")
    {
        Query = [Autoencoder, Model, new("probe", ValueKind.Flag, "Whether the autoencoder is tried."), Name], Files = ["latents", "model"],
        Result = ServiceJson.Lines.CheckResult, Problems = [Missing, TooLarge, WrongType],
    };

    /// <summary><c>POST /v1/diagnose</c></summary>
    internal static RouteDescription Diagnose { get; } = new("diagnose", "What is wrong with a picture or a latent.")
    {
        Query = [Autoencoder, Model, Name], Files = ["picture", "latent", "reference"], Result = ServiceJson.Lines.DiagnoseResult,
        Problems = [Missing, TooLarge, WrongType],
    };

    /// <summary><c>GET /v1/plan</c></summary>
    internal static RouteDescription Plan { get; } = new("plan", "What a size takes, without doing it.")
    {
        Query =
        [
            new("width", ValueKind.Whole, "Pixels; 1024 where it is absent."), new("height", ValueKind.Whole, "Pixels; 1024 where it is absent."), Autoencoder,
            new("steps", ValueKind.Flag, "Whether each step is listed."),
        ],
        Result = ServiceJson.Lines.PlanResult, Problems = [Missing, TooLarge],
    };

    /// <summary><c>POST /v1/generate</c></summary>
    internal static RouteDescription Generate { get; } = new("generate", "Makes pictures from a prompt, where there is a model.")
    {
        Members =
        [
            new("prompt", ValueKind.Text, "What is to be seen.") { IsRequired = true }, new("negative", ValueKind.Text, "What is not to be seen."),
            new("width", ValueKind.Whole, "Pixels."), new("height", ValueKind.Whole, "Pixels."), new("steps", ValueKind.Whole, "Steps of sampling."),
            new("cfg", ValueKind.Number, "True guidance; 1 for none."), new("guidance", ValueKind.Number, "Distilled guidance."),
            new("sampler", ValueKind.Text, "Its name."), new("schedule", ValueKind.Text, "Its name."),
            new("seed", ValueKind.Whole, "The first picture's seed."),
            new("count", ValueKind.Whole, "How many."), new("init", ValueKind.Text, "A picture to change, in base64."),
            new("mask", ValueKind.Text, "What of it is made anew, white, in base64."),
            new("strength", ValueKind.Number, "How much of it is made anew, up to 1."),
        ],
        Status = StatusCodes.Status202Accepted, Problems = [Missing, TooLarge, WrongType],
    };

    /// <summary><c>POST /v1/report</c></summary>
    internal static RouteDescription Report { get; } = new("report", "Measures an autoencoder with pictures: a job.")
    {
        Query = [Autoencoder, Experiments], Files = ["pictures"], Status = StatusCodes.Status202Accepted, Problems = [Missing, TooLarge, WrongType],
    };

    /// <summary><c>POST /v1/compare</c></summary>
    internal static RouteDescription Compare { get; } = new("compare", "Measures several autoencoders with the same pictures: a job.")
    {
        Query = [new("autoencoders", ValueKind.Text, "Names, separated by commas.") { IsRequired = true }], Files = ["pictures"],
        Status = StatusCodes.Status202Accepted, Problems = [Missing, TooLarge, WrongType],
    };

    /// <summary><c>POST /v1/convert</c></summary>
    internal static RouteDescription Convert { get; } = new("convert", "Writes an autoencoder's weights as safetensors: a job.")
    {
        Query =
        [
            Autoencoder, new("layout", ValueKind.Text, "The names of its tensors.") { Words = ["same", "bfl", "diffusers", "ldm"] },
            new("dtype", ValueKind.Text, "The type of its elements.") { Words = ["same", "f32", "f16", "bf16"] },
        ],
        Status = StatusCodes.Status202Accepted, Problems = [Missing, TooLarge, Uncomputable],
    };

    /// <summary><c>GET /v1/jobs</c></summary>
    internal static RouteDescription Jobs { get; } = new("jobs", "What became of jobs, the newest first.");

    /// <summary><c>GET /v1/jobs/{id}</c></summary>
    internal static RouteDescription Job { get; } = new("job", "What became of a job.") { Problems = [Missing] };

    /// <summary><c>GET /v1/jobs/{id}/events</c></summary>
    internal static RouteDescription JobEvents { get; } = new("jobEvents", "The same as it happens; Last-Event-ID goes on where a reader was cut off.")
    {
        Types = ["text/event-stream"], Problems = [Missing],
    };

    /// <summary><c>GET /v1/jobs/{id}/files/{name}</c></summary>
    internal static RouteDescription JobFile { get; } = new("jobFile", "A file of a job's result.")
    {
        Types = ["application/octet-stream"], Problems = [Missing],
    };

    /// <summary><c>POST /v1/jobs/{id}/cancel</c></summary>
    internal static RouteDescription CancelJob { get; } = new("cancelJob", "Ends a job.") { Problems = [Missing] };

    /// <summary><c>DELETE /v1/jobs/{id}</c></summary>
    internal static RouteDescription DeleteJob { get; } = new("deleteJob", "Ends a job; forgets one that is over.")
    {
        Status = StatusCodes.Status204NoContent, Types = [], Problems = [Missing],
    };

    /// <summary><c>GET /v1/autoencoders</c></summary>
    internal static RouteDescription Autoencoders { get; } = new("autoencoders", "The autoencoders of this service.")
    {
        Result = ServiceJson.Lines.AutoencoderList,
    };

    /// <summary><c>GET /v1/autoencoders/{name}</c></summary>
    internal static RouteDescription OneAutoencoder { get; } = new("autoencoder", "What an autoencoder is.")
    {
        Result = ServiceJson.Lines.InspectResult, Problems = [Missing],
    };

    /// <summary><c>POST /v1/autoencoders</c></summary>
    internal static RouteDescription AddAutoencoder { get; } = new("addAutoencoder", "Registers a file of a registered folder.")
    {
        Members =
        [
            new("file", ValueKind.Text, "Its name below the folder.") { IsRequired = true },
            new("name", ValueKind.Text, "The name it gets; its own where it is absent."),
        ],
        Status = StatusCodes.Status201Created, Result = ServiceJson.Lines.ChosenAutoencoder, Problems = [Missing, WrongType],
    };

    /// <summary><c>PUT /v1/autoencoders/default</c></summary>
    internal static RouteDescription ChooseAutoencoder { get; } = new("chooseAutoencoder", "Chooses the default.")
    {
        Members = [new("name", ValueKind.Text, "Which.") { IsRequired = true }], Result = ServiceJson.Lines.ChosenAutoencoder,
        Problems = [Missing, WrongType],
    };

    /// <summary><c>DELETE /v1/autoencoders/{name}</c></summary>
    internal static RouteDescription RemoveAutoencoder { get; } = new("removeAutoencoder", "Forgets a registered name; no file is touched.")
    {
        Result = ServiceJson.Lines.ForgottenAutoencoder, Problems = [Missing, Mismatch],
    };

    private static RouteParameter Experiments => new("experiments", ValueKind.Flag, "Whether experiments with latents are run as well.");
}
