using System.IO.Compression;
using System.Text;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>Weight files as they go wrong in the world: what contradicts is said, what is something else is named.</summary>
public sealed class FaultyFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_scale_outside_the_catalogue_is_a_space_of_its_own()
    {
        string own = Diffusers("own", "\"scaling_factor\": 0.9227, \"shift_factor\": null"),
            other = Diffusers("other", "\"scaling_factor\": 0.5"), standard = Diffusers("standard", "\"scaling_factor\": 0.18215");
        using Autoencoder mine = Autoencoder.Open(own), second = Autoencoder.Open(other), usual = Autoencoder.Open(standard);
        Assert.Equal((AutoencoderFamily.Sd1, LatentSpace.Sd1), (usual.Family, usual.Space));
        Assert.Equal(AutoencoderFamily.Sd1, mine.Family);
        Assert.Equal(3, new[] { mine.Space, second.Space, usual.Space }.Distinct().Count());
        string path = folder.File("own.latent.safetensors");
        LatentFile.Save(path, mine.Encode(EmbeddedAutoencoderTests.Gradient(1, 16, 16)));
        Latent read = LatentFile.Load(path);
        Assert.Equal(mine.Space, read.Space);
        mine.Decode(read);
        Assert.Throws<LatentSpaceMismatchException>(() => usual.Decode(read));
        Assert.Throws<LatentSpaceMismatchException>(() => second.Decode(read));
    }

    [Theory]
    [InlineData("\"latent_channels\": 16", "16 latent channels")]
    [InlineData("\"block_out_channels\": [32, 64]", "2 levels")]
    public void A_foreign_configuration_is_ignored_with_a_note(string fields, string why)
    {
        using Autoencoder opened = Autoencoder.Open(Diffusers("foreign", "\"scaling_factor\": 0.3611, " + fields));
        Assert.Equal(LatentSpace.Sd1, opened.Space);
        Assert.Contains(opened.Notes,
            n => n.Contains("was ignored", StringComparison.Ordinal) && n.Contains(why, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"norm_num_groups\": 16", "norm_num_groups is 16")]
    [InlineData("\"act_fn\": \"gelu\"", "act_fn is gelu")]
    [InlineData("\"up_block_types\": [\"AttnUpDecoderBlock2D\"]", "up_block_types is AttnUpDecoderBlock2D")]
    [InlineData("\"in_channels\": 4", "in_channels is 4")]
    [InlineData("\"scaling_factor\": \"much\"", "scaling_factor has to be a number")]
    public void Configuration_that_changes_the_computation_is_refused_by_name(string fields, string rule)
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => Autoencoder.Open(Diffusers("changed", fields)).Dispose());
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("config.json", error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_as_text_byte_order_marks_and_unknown_fields_are_dealt_with()
    {
        using (Autoencoder text = Autoencoder.Open(Diffusers("text", "\"scaling_factor\": \"0.13025\""))) Assert.Equal(LatentSpace.Sdxl, text.Space);
        using (Autoencoder marked = Autoencoder.Open(Diffusers("marked", "\"scaling_factor\": 0.13025", "\uFEFF")))
            Assert.Equal(LatentSpace.Sdxl, marked.Space);
        using (Autoencoder named = Autoencoder.Open(Diffusers("named", "\"warp_factor\": 9")))
            Assert.Contains(named.Notes, n => n.Contains("warp_factor", StringComparison.Ordinal));
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => Autoencoder.Open(Diffusers("broken", "\n\"act_fn\": ,")).Dispose());
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("decoder.", "decoder.", "")]
    [InlineData("encoder.", "encoder.", "")]
    [InlineData("", "", "vae/")]
    [InlineData("", "", "generator.module.")]
    [InlineData("encoder.", "", "encoder._orig_mod.")]
    public void Names_are_found_under_what_programs_put_around_them(string from, string only, string to)
    {
        MemoryWeights weights = SmallKL.Create(16), renamed = new();
        foreach (TensorInfo tensor in weights.Tensors.Values)
            if (tensor.Name.StartsWith(only, StringComparison.Ordinal))
                renamed.Add(tensor.Name.StartsWith(from, StringComparison.Ordinal) ? to + tensor.Name[from.Length..] : tensor.Name,
                    weights.Read(tensor), tensor.Shape.Dimensions.AsSpan());
        using Autoencoder opened = Autoencoder.Open(SmallKL.Write(folder.File("renamed.safetensors"), renamed));
        Assert.Equal((only != "decoder.", only != "encoder."), (opened.CanEncode, opened.CanDecode));
    }

    [Fact]
    public void An_unfinished_download_is_told_by_its_zeros()
    {
        string path = SmallKL.Write(folder.File("cut.safetensors"), SmallKL.Create(16));
        using (FileStream file = File.OpenWrite(path))
        {
            long half = file.Length / 2;
            file.Position = half;
            file.Write(new byte[file.Length - half]);
        }
        Refused(path, "zero throughout", "the download of this file was not finished");
    }

    [Theory]
    [InlineData(float.NaN, "1 NaN and 0 infinite")]
    [InlineData(float.NegativeInfinity, "0 NaN and 1 infinite")]
    public void Weights_that_are_no_numbers_are_named(float value, string counted)
    {
        MemoryWeights weights = SmallKL.Create(16);
        weights.Read(weights.Tensors["decoder.conv_in.weight"]);
        float[] broken = weights.Read(weights.Tensors["encoder.mid.block_1.conv1.weight"]);
        broken[7] = value;
        weights.Add("encoder.mid.block_1.conv1.weight", broken, weights.Tensors["encoder.mid.block_1.conv1.weight"].Shape.Dimensions.AsSpan());
        Assert.Equal("encoder.mid.block_1.conv1.weight", Assert.Single(NonFiniteWeights.Find(weights)).Name);
        using Autoencoder opened = Autoencoder.From(weights);
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => opened.Encode(EmbeddedAutoencoderTests.Gradient(1, 16, 16)));
        Assert.Contains("encoder.mid.block_1.conv1.weight: " + counted, error.Message, StringComparison.Ordinal);
        Assert.Empty(NonFiniteWeights.Find(SmallKL.Create(16)));
    }

    [Fact]
    public void Extra_fields_null_metadata_other_types_and_trailing_bytes_do_no_harm()
    {
        string path = SmallKL.Write(folder.File("plain.safetensors"), SmallKL.Create(16));
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BitConverter.ToInt64(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length).TrimEnd();
        int data = bytes.Length - 8 - length;
        string extra = header.Replace("\"dtype\"", "\"checksum\":{\"a\":[1]},\"dtype\"", StringComparison.Ordinal)[..^1]
            + $",\"__metadata__\":null,\"other.a\":{{\"dtype\":\"F4\",\"shape\":[2,4],\"data_offsets\":[{data},{data + 4}]}}"
            + $",\"other.b\":{{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[{data + 4},{data + 12}]}}}}";
        string changed = folder.Write("changed.safetensors",
            [.. BitConverter.GetBytes((long)extra.Length), .. Encoding.UTF8.GetBytes(extra), .. bytes.AsSpan(8 + length),
                .. new byte[12 + 5]]);
        LatentSharpException error = Refused(changed, "5 trailing bytes", "Every tensor is whole", "Convert the file");
        Assert.DoesNotContain("damaged", error.Message, StringComparison.Ordinal);
        string clean = folder.File("clean.safetensors");
        using (WeightFile file = WeightFiles.OpenToConvert(changed)) WeightConversion.Convert(file, clean);
        using Autoencoder opened = Autoencoder.Open(clean), expected = Autoencoder.Open(path);
        ImageTensor picture = EmbeddedAutoencoderTests.Gradient(1, 16, 16);
        Assert.Equal(expected.Encode(picture).Values, opened.Encode(picture).Values);
    }

    [Theory]
    [InlineData("BM\u0010\0\0\0\0\0\0\0\u0036\0\0\0", "a BMP picture")]
    [InlineData("\u00FF\u000A\0\0\0\0\0\0", "a JPEG XL picture")]
    [InlineData("II*\0\u0008\0\0\0", "a TIFF picture")]
    [InlineData("\u0093NUMPY\u0001\0v\0", "a NumPy array")]
    [InlineData("Entry not found", "plain text")]
    [InlineData("Invalid username or password.\n", "plain text")]
    [InlineData("{\"error\":\"Access denied\"}", "JSON text")]
    public void Other_things_are_named_for_what_they_are(string content, string what)
    {
        foreach (string name in (string[])["a.safetensors", "a.pt", "a.gguf", "a.vae"])
        {
            LatentSharpException error = Assert.Throws<LatentSharpException>(
                () => Autoencoder.Open(folder.Write(name, Encoding.Latin1.GetBytes(content))).Dispose());
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("etch it again", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.NoCompression)]
    public void An_archive_is_to_be_unpacked(CompressionLevel level)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        using (Stream entry = zip.CreateEntry("ae.safetensors", level).Open()) entry.Write(new byte[5000]);
        LatentSharpException error = Refused(folder.Write("ae.safetensors", memory.ToArray()), "zip archive", "ae.safetensors");
        Assert.Contains("Unpack it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.diffusion_model.input_blocks.0.0.weight", "the UNet of Stable Diffusion")]
    [InlineData("lora_unet_down_blocks_0.lora_up.weight", "a LoRA")]
    [InlineData("double_blocks.0.img_attn.qkv.weight", "a FLUX.1 transformer")]
    [InlineData("text_model.encoder.layers.0.mlp.fc1.weight", "a CLIP text encoder")]
    public void Models_without_an_autoencoder_are_named(string tensor, string what)
    {
        var weights = new MemoryWeights();
        weights.Add(tensor, [1f], 1);
        Refused(SmallKL.Write(folder.File("model.safetensors"), weights), "no autoencoder that is known", what);
    }

    [Theory]
    [InlineData("02-unknown-leaves.safetensors", "LoRA")]
    [InlineData("06-trailing-bytes.safetensors", "Every tensor is whole")]
    [InlineData("10-second-half-zero.safetensors", "was not finished")]
    [InlineData("14-api-answer.safetensors", "JSON text")]
    [InlineData("14-plain-text.safetensors", "plain text")]
    [InlineData("14-bnb-nf4.safetensors", "NF4")]
    [InlineData("14-checkpoint-no-vae.safetensors", "UNet of Stable Diffusion XL")]
    [InlineData("14-qwen_image_vae.safetensors", "Qwen-Image")]
    [InlineData("14-zip-with-ae.safetensors", "Unpack it")]
    [InlineData("12-bars.bmp", "a BMP picture")]
    [InlineData("12-bars.jxl", "a JPEG XL picture")]
    [InlineData("12-lab.tiff", "a TIFF picture")]
    public void Files_of_public_reports_are_refused_with_their_reason(string name, string reason)
    => Refused(Shared.Path("golden/faults/bugs/" + name), reason, reason);

    [Theory]
    [InlineData("01-fp8-scale_weight.safetensors")]
    [InlineData("04-foreign-config/ae.safetensors")]
    [InlineData("06-extra-field.safetensors")]
    [InlineData("06-metadata-null.safetensors")]
    [InlineData("06-other-tensor-F4.safetensors")]
    [InlineData("06-other-tensor-F8_E4M3FNUZ.safetensors")]
    [InlineData("07-small_decoder.safetensors")]
    [InlineData("08-orig_mod-inside.safetensors")]
    [InlineData("08-root-vae.pt")]
    public void Files_of_public_reports_open(string name)
    {
        using Autoencoder opened = Autoencoder.Open(Shared.Path("golden/faults/bugs/" + name));
        Assert.True(opened.CanDecode);
    }

    [Fact]
    public void The_configuration_of_a_quarter_of_the_channels_is_not_that_of_FLUX_1()
    {
        // Four channels beside weights of sixteen: FLUX.2's configuration counts like that, and only FLUX.2's.
        using Autoencoder opened = Autoencoder.Open(Shared.Path("golden/faults/bugs/04-foreign-config/ae.safetensors"));
        Assert.Equal(LatentSpace.Flux1, opened.Space);
        Assert.Contains(opened.Notes, n => n.Contains("was ignored: it has 4 latent channels, the weights 16", StringComparison.Ordinal));
    }

    /// <summary>The refusal of a file, whose message has all of these parts.</summary>
    internal static LatentSharpException Refused(string path, params string[] parts)
    {
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => Autoencoder.Open(path).Dispose());
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        foreach (string part in parts) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        return error;
    }

    // A diffusers folder of an autoencoder with four channels.
    private string Diffusers(string name, string fields, string before = "")
    {
        Directory.CreateDirectory(folder.File(name));
        SmallKL.Write(folder.File(name + "/diffusion_pytorch_model.safetensors"), SmallKL.Create(4));
        File.WriteAllText(folder.File(name + "/config.json"), before + "{\"_class_name\": \"AutoencoderKL\", " + fields + "}");
        return folder.File(name);
    }
}
