using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Server.Load;

/// <summary>A request of a number: a route, and everything around it half right and half wrong. The same number is the same
/// request.</summary>
internal static partial class FuzzedRequest
{
    private static readonly string[] Names =
        ["embedded", "pixels", "flux1", "sdxl", "default", "", "..", "%2e%2e%2f", "a%00b", "%", "Ω", "x".PadRight(300, 'x')];

    private static readonly string[] Fields =
        ["picture", "pictures", "latent", "latents", "reference", "file", "image", "image[]", "mask", "prompt", "autoencoder", "model", ""];

    private static readonly string[] Members =
    [
        "picture", "init", "image", "inputs", "init_images", "mask", "sample_params", "sd_model_checkpoint", "file", "cfg_scale", "sampler_name",
    ];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"];

    private static readonly string[] Parameters =
    [
        "autoencoder", "autoencoders", "seed", "posterior", "dtype", "shape", "format", "bits", "quality", "ignore_space", "include", "name", "tensors",
        "digest", "model", "probe", "width", "height", "steps", "experiments", "layout", "output_type", "image_format", "partial_postprocess",
        "scaling_factor", "shift_factor", "strict", "sample", "skip_current_image", "prompt", "n", "size",
    ];

    private static readonly string[] Values =
    [
        "", "0", "1", "-1", "3", "8", "16", "64", "2147483648", "99999999999999999999", "1e9", "NaN", "0.5", "true", "False", "png", "jpeg", "raw", "pt",
        "pil", "float32", "float16", "bfloat16", "int8", "f16", "embedded", "pixels", "error_map", "flux1-dev", "%ff%fe", "%0d%0aX:1", "'\"<>&", "1,16,2,2",
    ];

    private static readonly string[] Types =
    [
        "application/json", "application/octet-stream", "image/png", "tensor/binary", "multipart/form-data; boundary=b", "multipart/form-data",
        "application/vnd.safetensors", "text/plain", "application/x-www-form-urlencoded", "x/tensor", "application/json; charset=utf-16", "/",
    ];

    private static readonly (string Name, string[] Values)[] Headers =
    [
        ("Accept", ["*/*", "image/png", "application/json", "text/html", "image/*;q=0.1, tensor/binary", ";;;", "text/event-stream"]),
        ("Content-Encoding", ["gzip", "identity"]), ("Content-Digest", ["sha-256=:AAAA:", "md5=:A:", "garbage"]), ("Range", ["bytes=0-1"]),
        ("Idempotency-Key", ["k", ""]), ("Authorization", ["Bearer x", "Basic !!", "Basic Og=="]), ("Origin", ["http://localhost", "https://evil.example"]),
        ("Last-Event-ID", ["0", "-1", "x"]), ("If-None-Match", ["*", "\"x\""]), ("Host", ["localhost", "evil.example"]), ("Expect", ["100-continue"]),
    ];

    private static readonly byte[] Picture = SamplePicture.Png(16, 16), Latent = NoiseLatent.File(2);

    /// <summary>Makes it.</summary>
    /// <param name="number">Which one.</param>
    /// <param name="routes">The routes, as method and pattern.</param>
    internal static HttpRequestMessage Of(int number, IReadOnlyList<(string Method, string Pattern)> routes)
    {
        var random = new Random(number);
        (string method, string pattern) = routes[random.Next(routes.Count)];
        if (random.Next(12) == 0) method = One(Methods, random);
        string path = Hole().Replace(pattern, _ => One(Names, random));
        var request = new HttpRequestMessage(new HttpMethod(method), path + Query(random));
        for (int i = random.Next(4) == 0 ? random.Next(3) : 0; i > 0; i--)
        {
            (string name, string[] values) = Headers[random.Next(Headers.Length)];
            request.Headers.TryAddWithoutValidation(name, One(values, random));
        }
        if (method is "GET" or "HEAD" && random.Next(10) > 0) return request;
        (byte[] body, string type) = Body(random);
        request.Content = new ByteArrayContent(body);
        if (random.Next(8) == 0) request.Headers.TransferEncodingChunked = true;
        if (!MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed)) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        else request.Content.Headers.ContentType = parsed;
        return request;
    }

    private static string Query(Random random)
    {
        if (random.Next(3) == 0) return "";
        // The one query by which raw elements are taken at all.
        if (random.Next(8) == 0) return $"?shape=1&shape=16&shape=2&shape=2&dtype=float32&output_type={One(Values, random)}";
        return "?" + string.Join('&', Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"{One(Parameters, random)}={One(Values, random)}"));
    }

    private static (byte[] Body, string Type) Body(Random random)
    {
        string type = One(Types, random);
        switch (random.Next(7))
        {
            case 0: return ([], type);
            case 1:
                var noise = new byte[random.Next(300)];
                random.NextBytes(noise);
                return (noise, type);
            case 2: return (Spoilt(Picture, random), random.Next(2) == 0 ? "image/png" : type);
            case 3: return (Spoilt(Latent, random), random.Next(2) == 0 ? "application/octet-stream" : type);
            case 4: return (new byte[16 * 2 * 2 * 4], "tensor/binary");
            case 5: return (Form(random), "multipart/form-data; boundary=b");
            default: return (Spoilt(Encoding.UTF8.GetBytes(Json(random, 0).ToJsonString()), random), "application/json");
        }
    }

    // One time in three as it is; else cut, or with some bytes changed.
    private static byte[] Spoilt(byte[] file, Random random)
    {
        byte[] spoilt = [.. file];
        switch (random.Next(3))
        {
            case 0: return spoilt;
            case 1: return spoilt[..random.Next(spoilt.Length)];
            default:
                for (int i = random.Next(1, 6); i > 0; i--)
                    if (spoilt.Length > 0) spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
                return spoilt;
        }
    }

    private static byte[] Form(Random random)
    {
        var body = new MemoryStream();
        for (int i = random.Next(4); i > 0; i--)
        {
            string field = One(Fields, random);
            string name = random.Next(2) == 0 ? $"; filename=\"{One(Names, random)}\"" : "";
            body.Write(Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"{field}\"{name}\r\n\r\n"));
            body.Write(random.Next(3) switch
            {
                0 => Spoilt(Picture, random),
                1 => Spoilt(Latent, random),
                _ => Encoding.UTF8.GetBytes(One(Values, random)),
            });
            body.Write("\r\n"u8);
        }
        body.Write("--b--\r\n"u8);
        return Spoilt(body.ToArray(), random);
    }

    private static JsonObject Json(Random random, int depth)
    {
        var members = new JsonObject();
        string[] known = [.. Members, .. Parameters];
        for (int i = random.Next(6); i > 0; i--)
            members[One(known, random)] = random.Next(8) switch
            {
                0 => Convert.ToBase64String(Spoilt(Picture, random)),
                1 => "data:image/png;base64," + Convert.ToBase64String(Spoilt(Picture, random)),
                2 => random.Next(-2, 100),
                3 => random.NextDouble() * Math.Pow(10, random.Next(300)),
                4 => null,
                5 when depth < 3 => Json(random, depth + 1),
                6 => new JsonArray(One(Values, random), random.Next(5)),
                _ => One(Values, random),
            };
        return members;
    }

    private static string One(string[] of, Random random) => of[random.Next(of.Length)];

    /// <summary>What a request was, for a message.</summary>
    internal static string Said(int number, HttpRequestMessage request)
        => string.Create(CultureInfo.InvariantCulture, $"request {number}: {request.Method} {request.RequestUri} ({request.Content?.Headers.ContentType})");

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole();
}
