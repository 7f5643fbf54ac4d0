using System.Text;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// Files that are named wrongly are refused before any work, with a message that says what to do; nothing is left behind.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class FileArgumentTests : IDisposable
{
    private readonly Workplace place = new();

    public FileArgumentTests() => File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(4, "there is no such file", "encode", "kiten.png")]
    [InlineData(4, "no file matches", "encode", "*.webp")]
    [InlineData(3, "-: the file is empty", "encode", "-")]
    [InlineData(2, "an empty name", "inspect", "")]
    [InlineData(2, "8 or 16 bits", "decode", "kitten.png", "--bits", "12")]
    [InlineData(2, "holds 8 bits", "decode", "kitten.png", "--bits", "16", "-o", "x.jpg")]
    [InlineData(4, "there is no such list", "encode", "@names.txt")]
    [InlineData(2, "standard output", "encode", "kitten.png", "-o", "-")]
    [InlineData(2, "ends in .safetensors", "encode", "kitten.png", "-o", "kitten.jpg")]
    [InlineData(4, "does not exist", "encode", "kitten.png", "-o", "missing/kitten.safetensors")]
    [InlineData(3, "there are no latents in this folder", "decode", ".")]
    [InlineData(2, "ends in .png", "decode", "kitten.png", "-o", "kitten.bmp")]
    [InlineData(3, "latent encode", "decode", "kitten.png")]
    [InlineData(2, "named twice", "encode", "kitten.png", "./kitten.png", "-o", "one.safetensors")]
    [InlineData(2, "named twice", "encode", "kitten.png", "./kitten.png")]
    [InlineData(4, "there is no such file", "roundtrip", "nothing.png")]
    [InlineData(3, "a folder is expected", "roundtrip", "kitten.png", "-o", "kitten.png")]
    [InlineData(4, "335,304,388", "encode", "kitten.png", "--ae", "ae.safetensors")]
    [InlineData(4, "Did you mean embedded?", "encode", "kitten.png", "--ae", "embeded")]
    [InlineData(4, "bytes that are not UTF-8", "encode", "bad\uFFFDname.png")]
    [InlineData(4, "bytes that are not UTF-8", "inspect", "bad\uFFFDname.safetensors")]
    [InlineData(4, "a file ", "check", "vae.safetensors", "kitten.png")]
    [InlineData(2, "whole number", "plan", "--threads", "0")]
    [InlineData(2, "900MB", "plan", "--memory", "lots")]
    [InlineData(3, "would do", "plan", "--memory", "1KB")]
    [InlineData(2, "1024x768", "plan", "--size", "0x10")]
    public void Wrong_names_are_refused(int exitCode, string says, params string[] arguments)
    {
        Workplace.Outcome outcome = place.Latent(arguments).Expect(exitCode);
        Assert.Contains(says, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["kitten.png"], place.Files);
    }

    /// <summary>The configuration beside these weights is another autoencoder's (shared/golden/faults/bugs).</summary>
    [Fact]
    public void What_may_be_wrong_with_an_autoencoder_is_said_by_the_commands_that_use_it()
    {
        string ae = Shared.Path("golden/faults/bugs/04-foreign-config/ae.safetensors");
        foreach (string[] command in (string[][])[["encode", "kitten.png"], ["decode", "kitten.latent.safetensors", "--ignore-space"],
            ["roundtrip", "kitten.png"], ["plan"]])
            Assert.Contains("config.json beside it is not its configuration and was ignored",
                place.Latent([.. command, "--ae", ae]).Expect(0).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Access denied</body></html>")]
    [InlineData("")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 335304388\n")]
    public void What_is_not_a_weight_file_is_not_taken_for_one(string content)
    {
        File.WriteAllText(place.File("ae.safetensors"), content, Encoding.UTF8);
        Workplace.Outcome outcome = place.Latent("encode", "kitten.png", "--ae", "ae.safetensors").Expect(3);
        Assert.Contains("ae.safetensors", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["ae.safetensors", "kitten.png"], place.Files);
    }

    [Theory]
    [InlineData("424D360300000000000036000000", "a BMP picture")]
    [InlineData("FF0AFA1F0190A1000000", "a JPEG XL picture")]
    [InlineData("0000000C4A584C200D0A870A", "a JPEG XL picture")]
    public void Pictures_that_are_not_read_are_named(string head, string says)
    {
        File.WriteAllBytes(place.File("photo.png"), Convert.FromHexString(head));
        Assert.Contains(says, place.Latent("encode", "photo.png").Expect(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_latent_is_looked_for_in_other_archives_by_their_own_readers()
    {
        using (FileStream file = File.Create(place.File("cache.npz")))
        using (System.IO.Compression.ZipArchive zip = new(file, System.IO.Compression.ZipArchiveMode.Create))
            zip.CreateEntry("latents_16x16.npy").Open().Dispose();
        string error = place.Latent("decode", "cache.npz").Expect(3).Error;
        Assert.Contains("cache.npz (latents_16x16.npy): as a NumPy array it cannot be read: it does not begin as one", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_a_picture_is_not_taken_for_one()
    {
        File.WriteAllText(place.File("photo.png"), "<html>not found</html>");
        Workplace.Outcome outcome = place.Latent("encode", "photo.png", "--json").Expect(3);
        Assert.Equal("bad-input", outcome.Json.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("photo.png", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["kitten.png", "photo.png"], place.Files);
    }
}
