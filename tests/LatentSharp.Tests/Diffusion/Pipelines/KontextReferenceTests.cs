using System.Text.Json;
using LatentSharp.Service;
using LatentSharp.Service.Generating;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Diffusion.Pipelines;

/// <summary>Sizes that BFL's program chooses and Pillow 9.4's Lanczos (shared/golden/flux-variants: tables.json, pillow-lanczos).</summary>
public sealed class KontextReferenceTests
{
    [Fact]
    public void Sizes_are_those_of_the_original()
    {
        using JsonDocument tables = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/flux-variants/tables.json")));
        JsonElement[] rows = [.. tables.RootElement.GetProperty("kontext_size").EnumerateArray()];
        Assert.Equal(13, rows.Length);
        Assert.All(rows, row => Assert.Equal(new PixelSize(Of("chosen_width", row), Of("chosen_height", row)),
            KontextReference.SizeFor(Of("width", row), Of("height", row))));

        static int Of(string name, JsonElement row) => row.GetProperty(name).GetInt32();
    }

    [Theory]
    [InlineData("53x37", 48, 64)]
    [InlineData("64x64", 64, 64)]
    [InlineData("80x96", 64, 48)]
    public void Levels_are_those_of_Pillow(string name, int width, int height)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Shared.Path("golden/flux-variants/pillow-lanczos.safetensors"));
        ImageTensor resized = KontextReference.Resize(Picture(file, name + ".in"), width, height);
        ImageTensor expected = Picture(file, $"{name}.lanczos_{width}x{height}");
        Assert.Equal((expected.Width, expected.Height), (resized.Width, resized.Height));
        Assert.Equal(expected.Values, resized.Values);
    }

    // [H, W, 3] of bytes.
    private static ImageTensor Picture(SafetensorsFile file, string name)
    {
        var info = file.Tensors[name];
        var bytes = new byte[info.ByteLength];
        file.ReadBytes(info, 0, bytes);
        (int height, int width) = ((int)info.Shape[0], (int)info.Shape[1]);
        var image = new ImageTensor(1, height, width);
        for (int i = 0; i < bytes.Length; i++) image.Values[i % 3 * height * width + i / 3] = ImageTensor.FromByte(bytes[i]);
        return image;
    }
}
