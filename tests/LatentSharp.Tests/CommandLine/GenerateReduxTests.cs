using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Generating;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// <c>latent generate --redux</c> on small models: SigLIP of Models/Vision/siglip-tiny.py, an adapter with drawn weights, the transformer
/// of golden/end-to-end.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class GenerateReduxTests : IDisposable
{
    private const string Adapter = "models/style_models/flux1-redux-dev.safetensors",
        Encoder = "models/clip_vision/sigclip_vision_patch14_384.safetensors";

    private static readonly string[] Small = ["--size", "32x32", "--steps", "2", "--seed", "1", "--t5-length", "16"];

    private readonly Workplace place = new();
    private readonly string[] parts;

    public GenerateReduxTests()
    {
        SmallModels.Redux(place.File("models"));
        parts = SmallModels.Parts(place, "flux-tiny-e2e-dev");
        using SafetensorsFile io = Golden();
        PictureFile.Save(place.File("house.png"), Levels(io).ToImage());
    }

    private static string[] Redux => ["--redux", "house.png", "--redux-model", Adapter, "--image-encoder", Encoder];

    public void Dispose() => place.Dispose();

    // Pillow 9.4 made the expected values: siglip-tiny.py.
    [Fact]
    public void Pictures_are_prepared_as_by_the_reference()
    {
        using SafetensorsFile io = Golden();
        float[] expected = io.Read(io.Tensors["picture.pixel_values"]);
        ImageTensor found = ResizedPicture.ForSiglip(Levels(io).ToImage(), 20);
        Assert.InRange(expected.Zip(found.Values, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-7);
    }

    // By hand: the reference's pixels through SigLIP, the adapter, and behind the kept text.
    [Fact]
    public void A_picture_stands_behind_the_text()
    {
        using (SafetensorsFile io = Golden()) Write("pixel_values", io.Read(io.Tensors["picture.pixel_values"]), 1, 3, 20, 20);
        place.Latent("run", Encoder, "--inputs", "in.safetensors", "-o", "out.safetensors", "--config", "parts.json").Expect(0);
        Write("siglip", Read("out.safetensors", "last_hidden_state"), 1, 25, 24);
        place.Latent("run", Adapter, "--inputs", "in.safetensors", "-o", "out.safetensors").Expect(0);
        place.Latent(["prompt", "a cat", .. parts[2..8], "--config", "parts.json", "--length", "16", "-o", "text.safetensors"]).Expect(0);
        TextConditioning text = ConditioningFile.Load(place.File("text.safetensors"));
        ConditioningFile.Save(place.File("both.safetensors"), text.With(Read("out.safetensors", "image_embeds")));
        string[] size = Small[..6];
        place.Latent(["generate", "--conditioning", "both.safetensors", .. parts, .. size, "-o", "hand.safetensors"]).Expect(0);
        place.Latent(["generate", "--conditioning", "text.safetensors", .. parts, .. size, "-o", "alone.safetensors"]).Expect(0);
        string said = place.Latent(["generate", "a cat", .. parts, .. Redux, .. Small, "-o", "seen.safetensors"]).Expect(0).Error;
        Assert.Contains("25 tokens of house.png by Redux", said, StringComparison.Ordinal);
        Assert.Contains("flux1-redux-dev.safetensors (", said, StringComparison.Ordinal);
        float[] hand = Read("hand.safetensors", "image"), seen = Read("seen.safetensors", "image");
        Assert.InRange(Apart(hand, seen), 0, 1e-5);
        Assert.InRange(Apart(Read("alone.safetensors", "image"), seen), 1e-2, 2);
        place.Latent(["generate", "--conditioning", "text.safetensors", .. parts, .. Redux, .. size, "-o", "kept.safetensors"]).Expect(0);
        Assert.Equal(seen, Read("kept.safetensors", "image"));
    }

    [Fact]
    public void The_record_keeps_it_and_repeats_the_picture()
    {
        place.Latent(["generate", .. parts, .. Redux, .. Small, "-o", "first.png"]).Expect(0);
        GenerationRecord record = GenerationRecord.Of(place.File("first.png"));
        Assert.Equal("", record.Prompt);
        Assert.Equal(["house.png", "flux1-redux-dev.safetensors", "sigclip_vision_patch14_384.safetensors"],
            [.. record.Parts.Where(p => p.Role is "redux" or "redux-model" or "image-encoder").Select(p => p.File)]);
        place.Latent(["generate", "--from", "first.png", .. parts, .. Redux, "-o", "again.png"]).Expect(0);
        Assert.Equal(File.ReadAllBytes(place.File("first.png")), File.ReadAllBytes(place.File("again.png")));
        string error = place.Latent(["generate", "--from", "first.png", .. parts, "-o", "no.png"]).Expect(4).Error;
        Assert.Contains("made with house.png", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_stands_for_its_parts()
    {
        SmallModels.Comfy(place.File("models"));
        string[] command = ["generate", "a cat", "--model", "models/diffusion_models/flux1-dev.safetensors", "--redux", "house.png", .. Small];
        place.Latent([.. command, "-o", "model.png"]).Expect(0);
        string[] roles = [.. GenerationRecord.Of(place.File("model.png")).Parts.Select(p => p.Role)];
        Assert.Contains("redux-model", roles);
        Assert.Contains("image-encoder", roles);
        File.Delete(place.File(Encoder));
        string error = place.Latent([.. command, "-o", "no.png"]).Expect(4).Error;
        Assert.Contains("its part SigLIP is missing", error, StringComparison.Ordinal);
        Assert.Contains("Fetch sigclip_vision_patch14_384.safetensors", error, StringComparison.Ordinal);
        File.Delete(place.File(Adapter));
        error = place.Latent([.. command, "-o", "no.png"]).Expect(4).Error;
        Assert.Contains("Fetch flux1-redux-dev.safetensors", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_or_of_another_width_is_refused_by_name()
    {
        SmallModels.Adapter(place.File("wide.safetensors"), 32);
        string wider = Shared.Path("golden/flux-variants/redux-tiny.safetensors");
        Refused(4, "flux1-redux-dev.safetensors", "--image-encoder", Encoder);
        Refused(4, "sigclip_vision_patch14_384.safetensors", "--redux-model", Adapter);
        Refused(4, "nowhere.safetensors", "--redux-model", Adapter, "--image-encoder", "nowhere.safetensors");
        Refused(5, "its tokens have 32 features", "--redux-model", wider, "--image-encoder", Encoder);
        Refused(5, "it sees 24 features; the adapter", "--redux-model", "wide.safetensors", "--image-encoder", Encoder);
        Refused(5, "SigLIP's image encoder was expected", "--redux-model", Adapter, "--image-encoder", Adapter);
        Refused(3, "the image adapter of FLUX.1 Redux was expected", "--redux-model", Encoder, "--image-encoder", Encoder);

        void Refused(int code, string why, params string[] named)
        {
            string error = place.Latent(["generate", "a cat", .. parts, "--redux", "house.png", .. named, .. Small, "-o", "no.png"]).Expect(code).Error;
            Assert.Contains(why, error, StringComparison.Ordinal);
            Assert.False(File.Exists(place.File("no.png")));
        }
    }

    // [rows, columns, 3], as Pillow has them.
    private static Pixels Levels(SafetensorsFile io)
    {
        TensorInfo info = io.Tensors["picture.levels"];
        (int rows, int columns) = ((int)info.Shape[0], (int)info.Shape[1]);
        var bytes = new byte[3 * rows * columns];
        io.ReadBytes(info, 0, bytes);
        return new Pixels([.. Enumerable.Range(0, bytes.Length).Select(i => bytes[i % (rows * columns) * 3 + i / (rows * columns)])],
            new Extent(columns, rows));
    }

    private static SafetensorsFile Golden()
        => SafetensorsFile.Open(Repository.Path("tests/LatentSharp.Tests/Models/Vision/siglip-tiny-io.safetensors"));

    private static double Apart(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();

    private void Write(string name, float[] values, params long[] shape)
        => SafetensorsWriter.Write(place.File("in.safetensors"), [SafetensorsEntry.Of(name, values, shape)]);

    private float[] Read(string file, string name)
    {
        using SafetensorsFile found = SafetensorsFile.Open(place.File(file));
        return found.Read(found.Tensors[name]);
    }
}
