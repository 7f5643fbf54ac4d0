using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Server;

/// <summary>
/// The remote-VAE protocol of diffusers: requests recorded from its unmodified client, answers held against references that were computed
/// in float64 (golden/service/README.md).
/// </summary>
public sealed class RemoteVaeTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly Dictionary<string, string> Autoencoders = new()
    {
        ["flux-ae/flux-ch32s.safetensors"] = "flux", ["sd-vae/sd-ch32.safetensors"] = "sd",
    };

    public static TheoryData<string, string> Cases() => [.. GoldenService.Names("remote-vae.json", "cases")
        .SelectMany(n => ((string[])["", "/"]).Select(end => new TheoryDataRow<string, string>(n, end)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_recorded_request_gets_what_its_client_needs(string name, string end)
    {
        JsonElement exchange = GoldenService.Case("remote-vae.json", "cases", name), expected = exchange.GetProperty("expected");
        using HttpRequestMessage request = new(HttpMethod.Post,
            $"/remote-vae/{Autoencoders[exchange.GetProperty("model").GetString()!]}{end}?{exchange.GetProperty("query").GetString()}")
        { Content = new ByteArrayContent(GoldenService.File(exchange.GetProperty("body").GetString()!)) };
        foreach (JsonProperty header in exchange.GetProperty("headers").EnumerateObject())
        {
            if (header.Name == "Content-Type") request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(header.Value.GetString()!);
            else request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
        }
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();

        Assert.Contains((int)response.StatusCode, GoldenService.AnyOf(expected.GetProperty("status")).Select(s => s.GetInt32()));
        string dtype = response.Headers.TryGetValues("dtype", out IEnumerable<string>? said) ? said.Single() : "";
        if (expected.TryGetProperty("headers", out JsonElement headers)) RequireHeaders(response, headers);
        if (expected.TryGetProperty("json", out JsonElement document)) (body, dtype) = Unwrapped(body, document);
        if (expected.TryGetProperty("reference", out JsonElement reference))
            RequireNear(GoldenService.File(reference.GetString()!), expected.GetProperty("reference_dtype").GetString()!, body, dtype,
                expected.GetProperty("atol").GetDouble());
        if (expected.TryGetProperty("decoded_picture", out JsonElement picture))
            RequirePicture(GoldenService.File(picture.GetString()!), body, expected);
    }

    [Fact]
    public async Task The_id_of_a_space_stands_for_an_autoencoder_that_speaks_it()
    {
        using var body = new ByteArrayContent(new byte[16 * 8 * 8 * 4]);
        body.Headers.ContentType = new MediaTypeHeaderValue("tensor/binary");
        using HttpResponseMessage response = await server.Client.PostAsync(
            "/remote-vae/flux1?output_type=pt&shape=1&shape=16&shape=8&shape=8&dtype=float32&do_scaling=True", body);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("[1,3,64,64]", response.Headers.GetValues("shape").Single());
        Assert.Equal("flux1", response.Headers.GetValues("X-Latent-Space").Single());
    }

    [Fact]
    public async Task A_factor_of_another_family_is_answered_with_a_note_or_refused_when_asked_to_be_strict()
    {
        const string query = "/remote-vae/embedded?output_type=pt&shape=1&shape=16&shape=8&shape=8&dtype=float32&scaling_factor=0.18215";
        using var body = new ByteArrayContent(new byte[16 * 8 * 8 * 4]);
        body.Headers.ContentType = new MediaTypeHeaderValue("tensor/binary");
        using HttpResponseMessage noted = await server.Client.PostAsync(query, body), strict = await server.Client.PostAsync(query + "&strict=True", body);
        Assert.Equal(System.Net.HttpStatusCode.OK, noted.StatusCode);
        Assert.Contains("0.3611", noted.Headers.GetValues("X-Latent-Note").Single(), StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, strict.StatusCode);
    }

    private static void RequireHeaders(HttpResponseMessage response, JsonElement headers)
    {
        foreach (JsonProperty header in headers.EnumerateObject())
        {
            if (header.Name == "content-type")
            {
                Assert.Equal(header.Value.GetString(), response.Content.Headers.ContentType?.ToString());
                continue;
            }
            string said = response.Headers.GetValues(header.Name).Single();
            if (header.Name == "shape") Assert.Equal(header.Value.EnumerateArray().Select(d => d.GetInt32()), JsonSerializer.Deserialize<int[]>(said)!);
            else Assert.Contains(said, GoldenService.AnyOf(header.Value).Select(v => v.GetString()));
        }
    }

    private static (byte[] Elements, string Dtype) Unwrapped(byte[] body, JsonElement expected)
    {
        using JsonDocument answer = JsonDocument.Parse(body);
        JsonElement parameters = answer.RootElement.GetProperty("parameters"), wanted = expected.GetProperty("parameters");
        Assert.True(JsonElement.DeepEquals(wanted.GetProperty("shape"), parameters.GetProperty("shape")));
        return (answer.RootElement.GetProperty("inputs").GetBytesFromBase64(), parameters.GetProperty("dtype").GetString()!);
    }

    private static void RequireNear(byte[] reference, string referenceType, byte[] found, string foundType, double tolerance)
    {
        float[] expected = Numbers(reference, referenceType), values = Numbers(found, foundType);
        Assert.Equal(expected.Length, values.Length);
        double worst = 0;
        for (int i = 0; i < values.Length; i++) worst = Math.Max(worst, Math.Abs((double)expected[i] - values[i]));
        Assert.True(worst <= tolerance, $"the largest difference is {worst}; {tolerance} is allowed");
    }

    private static float[] Numbers(byte[] bytes, string dtype)
    {
        if (dtype == "uint8") return [.. bytes.Select(b => (float)b)];
        if (dtype == "float32") return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        var values = new float[bytes.Length / 2];
        Widening.ToSingle(dtype == "float16" ? ElementType.F16 : ElementType.BF16, bytes, values);
        return values;
    }

    private static void RequirePicture(byte[] reference, byte[] file, JsonElement expected)
    {
        Assert.StartsWith(expected.GetProperty("starts_with_hex").GetString(), Convert.ToHexStringLower(file[..16]), StringComparison.Ordinal);
        byte[] pixels = PictureFile.Load(file).Image.ToPixels(PixelFormat.Rgb24);
        Assert.Equal(reference.Length, pixels.Length);
        double squares = 0, worst = 0;
        for (int i = 0; i < pixels.Length; i++)
        {
            double difference = Math.Abs(pixels[i] - reference[i]);
            worst = Math.Max(worst, difference);
            squares += difference * difference;
        }
        if (expected.TryGetProperty("atol", out JsonElement atol)) Assert.True(worst <= atol.GetDouble(), $"a level differs by {worst}");
        else Assert.True(10 * Math.Log10(255 * 255 / (squares / pixels.Length)) >= expected.GetProperty("psnr_min_db").GetDouble());
    }
}
