using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace LatentSharp.Tests.Server;

/// <summary>The service's own API: the same results as the library, in every form of body, and errors that say what to do.</summary>
public sealed class NativeApiTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly byte[] Photo = SamplePicture.Png(72, 56);

    [Fact]
    public async Task Encoding_and_decoding_give_what_the_library_gives()
    {
        using HttpResponseMessage encoded = await PostAsync("/v1/encode", Photo, "image/png");
        byte[] file = await encoded.Content.ReadAsByteArrayAsync();
        Latent latent = LatentFile.Load(file), own = EmbeddedAutoencoder.Shared.Encode(PictureFile.Load(Photo).Image);
        Assert.Equal("application/vnd.safetensors", encoded.Content.Headers.ContentType?.MediaType);
        Assert.Equal("flux1", encoded.Headers.GetValues("X-Latent-Space").Single());
        Assert.Equal(own.Values, latent.Values);
        Assert.Equal(own.PictureSize, latent.PictureSize);

        using HttpResponseMessage decoded = await PostAsync("/v1/decode?format=png", file, "application/vnd.safetensors");
        Assert.Equal("image/png", decoded.Content.Headers.ContentType?.MediaType);
        Assert.Equal(EmbeddedAutoencoder.Shared.Decode(own).ToPixels(PixelFormat.Rgb24),
            PictureFile.Load(await decoded.Content.ReadAsByteArrayAsync()).Image.ToPixels(PixelFormat.Rgb24));
    }

    [Fact]
    public async Task A_picture_may_come_as_the_body_in_a_form_or_in_JSON()
    {
        using HttpResponseMessage plain = await PostAsync("/v1/encode", Photo, "image/png");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Photo), "picture", "photo.png" } };
        using HttpResponseMessage sent = await server.Client.PostAsync("/v1/encode", form);
        using HttpResponseMessage json = await server.Client.PostAsJsonAsync("/v1/encode",
            new JsonObject { ["picture"] = "data:image/png;base64," + Convert.ToBase64String(Photo) });
        float[] values = LatentFile.Load(await plain.Content.ReadAsByteArrayAsync()).Values;
        Assert.Equal(values, LatentFile.Load(await sent.Content.ReadAsByteArrayAsync()).Values);
        Assert.Equal(values, LatentFile.Load(await json.Content.ReadAsByteArrayAsync()).Values);
    }

    [Theory]
    [InlineData("image/jpeg", "image/jpeg")]
    [InlineData("image/*;q=0.5, image/webp", "image/webp")]
    [InlineData("tensor/binary", "tensor/binary")]
    [InlineData("application/vnd.safetensors", "application/vnd.safetensors")]
    [InlineData("*/*", "image/png")]
    [InlineData("text/html", null)]
    public async Task What_is_accepted_decides_what_comes(string accept, string? type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/decode?shape=1&shape=16&shape=4&shape=4&dtype=float32")
        {
            Content = new ByteArrayContent(new byte[16 * 4 * 4 * 4]) { Headers = { ContentType = new MediaTypeHeaderValue("tensor/binary") } },
        };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage response = await server.Client.SendAsync(request);
        if (type is null) Assert.Equal(HttpStatusCode.NotAcceptable, response.StatusCode);
        else Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_latent_of_another_space_is_a_conflict_that_names_what_fits()
    {
        byte[] file = LatentFile.ToBytes(new Latent(LatentSpace.Sdxl, new float[4 * 8 * 8], 1, 8, 8));
        JsonNode problem = await ProblemAsync(await PostAsync("/v1/decode", file, "application/octet-stream"), HttpStatusCode.Conflict);
        Assert.Equal("flux1", (string?)problem["expected"]);
        Assert.Equal("sdxl", (string?)problem["found"]);
        Assert.EndsWith("latent-space-mismatch", (string?)problem["type"], StringComparison.Ordinal);
        Assert.Contains("SDXL", (string?)problem["next"], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_round_trip_gives_figures_and_the_pictures_that_were_asked_for()
    {
        using HttpResponseMessage response = await PostAsync("/v1/roundtrip?include=error_map,latent_channels&name=photo.png", Photo, "image/png");
        JsonNode document = JsonNode.Parse(await response.Content.ReadAsStringAsync())!, trip = document["results"]![0]!;
        Assert.Equal("embedded", (string?)document["autoencoder"]!["name"]);
        Assert.Equal("photo.png", (string?)trip["input"]);
        Assert.InRange((double)trip["psnr"]!, 15, 60);
        Assert.Equal(["error_map", "latent_channels"], trip["files"]!.AsObject().Select(f => f.Key));
        string picture = (string)trip["files"]!["error_map"]!;
        Assert.True(PictureFile.Inspect(Convert.FromBase64String(picture[(picture.IndexOf(',') + 1)..])).Width > 0);
    }

    [Fact]
    public async Task A_file_is_told_by_what_it_holds()
    {
        using HttpResponseMessage response = await PostAsync("/v1/inspect?name=photo.png", Photo, "application/octet-stream");
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal("picture", (string?)JsonNode.Parse(text)!["kind"]);
        Assert.Equal("photo.png", (string?)JsonNode.Parse(text)!["file"]);
        Assert.DoesNotContain(Path.GetTempPath(), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_names_autoencoders_and_no_folders()
    {
        string text = await server.Client.GetStringAsync("/v1/autoencoders");
        JsonNode list = JsonNode.Parse(text)!;
        Assert.Equal("embedded", (string?)list["default"]);
        Assert.Contains(list["autoencoders"]!.AsArray(), a => (string?)a!["name"] == "pixels");
        Assert.DoesNotContain("/", text, StringComparison.Ordinal);
        using HttpResponseMessage one = await server.Client.GetAsync("/v1/autoencoders/embedded"), none = await server.Client.GetAsync("/v1/autoencoders/nix");
        Assert.Equal("flux1", (string?)JsonNode.Parse(await one.Content.ReadAsStringAsync())!["space"]);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Theory]
    [InlineData("/v1/encode?autoencoder=/etc/passwd", 404)]
    [InlineData("/v1/encode?autoencoder=..%2f..%2fae.safetensors", 404)]
    [InlineData("/v1/encode?seed=-1", 400)]
    [InlineData("/v1/encode?seed=1&seed=2", 400)]
    [InlineData("/v1/encode?dtype=f64", 400)]
    [InlineData("/v1/roundtrip?include=everything", 400)]
    [InlineData("/v1/decode", 400)]
    public async Task What_makes_no_sense_is_refused_with_what_to_do(string target, int status)
    {
        JsonNode problem = await ProblemAsync(await PostAsync(target, Photo, "image/png"), (HttpStatusCode)status);
        Assert.False(string.IsNullOrEmpty((string?)problem["detail"]));
        Assert.Equal((string?)problem["detail"], (string?)problem["error"]);
        Assert.StartsWith("urn:uuid:", (string?)problem["instance"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_what_its_digest_says_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/remote-vae/embedded") { Content = new ByteArrayContent(Photo) };
        request.Content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{Convert.ToBase64String(new byte[32])}:");
        JsonNode problem = await ProblemAsync(await server.Client.SendAsync(request), HttpStatusCode.BadRequest);
        Assert.Equal("Content-Digest", (string?)problem["where"]);
    }

    private async Task<HttpResponseMessage> PostAsync(string target, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await server.Client.PostAsync(target, content);
    }

    private static async Task<JsonNode> ProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        using (response)
        {
            string text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} {text}");
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            return JsonNode.Parse(text)!;
        }
    }

    [Theory]
    [InlineData("picture", "a.png")]
    [InlineData("autoencoder", null)]
    public async Task A_form_whose_boundary_goes_on_is_refused_whatever_part_it_ends(string field, string? file)
    {
        string name = file is null ? "" : $"; filename=\"{file}\"", rest = new('x', 200);
        using var body = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(
            $"--b\r\nContent-Disposition: form-data; name=\"{field}\"{name}\r\n\r\nsomething\r\n--b{rest}\r\n\r\n--b--\r\n"));
        body.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/diagnose", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("malformed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
