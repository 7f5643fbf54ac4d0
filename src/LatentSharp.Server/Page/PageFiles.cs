using System.Collections.Frozen;
using System.IO.Compression;
using LatentSharp.Server.Http;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Server.Page;

/// <summary>The page's own files, which are resources of the program: read and packed once, when one is first asked for (a service that
/// nobody looks at spends neither time nor memory on them), and sent again only when they have changed.</summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    private static readonly FrozenDictionary<string, Lazy<PageFile>> Files = List();

    /// <summary>Whether a path is one of them.</summary>
    internal static bool Has(PathString path) => Files.ContainsKey(path.Value ?? "");

    /// <summary>Adds the routes.</summary>
    internal static void Map(IEndpointRouteBuilder routes)
    {
        foreach ((string path, Lazy<PageFile> file) in Files) routes.Get(path, context => SendAsync(context, file.Value));
    }

    private static async Task SendAsync(HttpContext context, PageFile file)
    {
        HttpResponse response = context.Response;
        response.Headers.ETag = file.Tag;
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(file.Tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        bool packed = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase);
        if (packed) response.Headers.ContentEncoding = "br";
        byte[] body = packed ? file.Packed : file.Bytes;
        (response.ContentType, response.ContentLength) = (file.Type, body.Length);
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static FrozenDictionary<string, Lazy<PageFile>> List()
    {
        var files = new Dictionary<string, Lazy<PageFile>>(StringComparer.Ordinal);
        foreach (string name in typeof(PageFiles).Assembly.GetManifestResourceNames())
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            var file = new Lazy<PageFile>(() => Read(name));
            string path = "/" + name[Prefix.Length..].Replace('\\', '/');
            files[path] = file;
            if (path == "/index.html") files["/"] = file;
        }
        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static PageFile Read(string name)
    {
        using Stream resource = typeof(PageFiles).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return new PageFile(TypeOf(name), bytes, Pack(bytes), $"\"{Sha256.Of(bytes)[..32]}\"");
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) brotli.Write(bytes);
        return packed.ToArray();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => "application/json",
        _ => "application/octet-stream",
    };

    private sealed record PageFile(string Type, byte[] Bytes, byte[] Packed, string Tag);
}
