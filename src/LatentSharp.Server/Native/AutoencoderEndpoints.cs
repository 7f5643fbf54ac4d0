using System.Text.Json.Nodes;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Server.Access;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Server.OpenApi;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Json;

namespace LatentSharp.Server.Native;

/// <summary><c>/v1/autoencoders</c>: what there is, what each is, and which is the default.</summary>
internal static class AutoencoderEndpoints
{
    private const int LargestBody = 1 << 16;

    /// <summary>Adds the routes.</summary>
    internal static void Map(IEndpointRouteBuilder routes, Workbench bench)
    {
        routes.Get("/v1/autoencoders", context => Answers.ResultAsync(context, ManageLibrary.List(bench.Autoencoders.Library(), context.RequestAborted),
            ServiceJson.Lines.AutoencoderList, WithoutFolders)).Described(Routes.Autoencoders);
        routes.Get("/v1/autoencoders/{name}", context => Answers.ResultAsync(context, InspectFile.Show(bench.Autoencoders.Library(),
            OpenAutoencoders.Reference(bench.Autoencoders.Find(Name(context))),
            context.RequestAborted), ServiceJson.Lines.InspectResult)).Described(Routes.OneAutoencoder);
        var admin = new RequiredScope(AccessScope.Admin);
        routes.Post("/v1/autoencoders", context => AddAsync(context, bench)).WithMetadata(admin).Described(Routes.AddAutoencoder);
        routes.Put("/v1/autoencoders/default", context => ChooseAsync(context, bench)).WithMetadata(admin).Described(Routes.ChooseAutoencoder);
        routes.Delete("/v1/autoencoders/{name}", context => RemoveAsync(context, bench)).WithMetadata(admin).Described(Routes.RemoveAutoencoder);
    }

    // A file is named below the library's home or a registered folder, and nowhere else: over HTTP no other path is looked at.
    private static async Task AddAsync(HttpContext context, Workbench bench)
    {
        JsonObject body = await JsonBody.ReadAsync(context, LargestBody);
        string file = Text(body, "file") ?? throw QueryValues.Refused("file", "There is no file.",
            "Name a file in a registered folder, such as vae.safetensors.");
        AutoencoderLibrary library = bench.Autoencoders.Library();
        string path = library.List().Where(e => e.Source == LibrarySource.Folder && e.Path is not null).Select(e => e.Path!)
            .FirstOrDefault(p => Below(library, p).Any(r => r.Equals(file.Replace('\\', '/'), StringComparison.Ordinal)))
            ?? throw new RefusedRequest(StatusCodes.Status404NotFound, $"There is no autoencoder \"{QueryValues.Shown(file)}\" in the registered folders.",
                "An operator registers a folder with: latent ae add-folder DIR.", "file");
        ChosenAutoencoder added = ManageLibrary.Register(library, path, Text(body, "name"));
        context.Response.StatusCode = StatusCodes.Status201Created;
        await Answers.ResultAsync(context, added, ServiceJson.Lines.ChosenAutoencoder, d => WithoutPath(d["autoencoder"]));
    }

    private static async Task ChooseAsync(HttpContext context, Workbench bench)
    {
        JsonObject body = await JsonBody.ReadAsync(context, LargestBody);
        string name = Text(body, "name") ?? throw QueryValues.Refused("name", "There is no name.", "Send {\"name\": \"embedded\"}.");
        ChosenAutoencoder chosen = ManageLibrary.Default(bench.Autoencoders.Library(), bench.Autoencoders.Find(name).Name);
        await Answers.ResultAsync(context, chosen, ServiceJson.Lines.ChosenAutoencoder, d => WithoutPath(d["autoencoder"]));
    }

    private static Task RemoveAsync(HttpContext context, Workbench bench)
    {
        LibraryEntry entry = bench.Autoencoders.Find(Name(context));
        if (entry.Source != LibrarySource.Registered)
            throw new RefusedRequest(StatusCodes.Status409Conflict, $"{entry.Name} was not registered by name, so it cannot be forgotten.",
                "It comes with the program or lies in a folder.", "name");
        ForgottenAutoencoder forgotten = ManageLibrary.Forget(bench.Autoencoders.Library(), entry.Name);
        return Answers.ResultAsync(context, forgotten, ServiceJson.Lines.ForgottenAutoencoder);
    }

    private static string? Name(HttpContext context) => (string?)context.Request.RouteValues["name"];

    private static string? Text(JsonObject body, string name) => body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) && text.Length > 0 => text,
        _ => throw QueryValues.Refused(name, $"{name} is a text."),
    };

    private static IEnumerable<string> Below(AutoencoderLibrary library, string path)
        => library.Folders.Append(library.Home).Where(f => path.StartsWith(f + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(f, path).Replace('\\', '/'));

    private static void WithoutFolders(JsonObject list)
    {
        list.Remove("home");
        list.Remove("folders");
        foreach (JsonNode? autoencoder in (JsonArray)list["autoencoders"]!) WithoutPath(autoencoder);
    }

    /// <summary>An autoencoder as a use case names it, under the name that clients know and without its folder.</summary>
    internal static void Plain(JsonNode? used, LibraryEntry entry)
    {
        WithoutPath(used);
        used!["name"] = entry.Name;
    }

    private static void WithoutPath(JsonNode? autoencoder) => ((JsonObject)autoencoder!).Remove("path");
}
