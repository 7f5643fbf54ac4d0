using System.Text.Json;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Conversion;

/// <summary>
/// The <c>config.json</c> that makes a folder of diffusers out of the weights of a KL autoencoder: the fields of AutoencoderKL and
/// AutoencoderKLFlux2 (diffusers 58eb52c), read from the shapes, with the constants of the latent space.
/// </summary>
internal static class DiffusersConfig
{
    /// <summary>What diffusers calls the weights beside it.</summary>
    public const string WeightsName = "diffusion_pytorch_model.safetensors";

    private const float Flux2Epsilon = 1e-4f;

    /// <summary>The configuration as UTF-8.</summary>
    /// <param name="autoencoder">The autoencoder that is written.</param>
    /// <exception cref="LatentSharpException">
    /// It is no KL autoencoder, only half of one, or nothing says which latent space it speaks: what is only assumed is not written down.
    /// </exception>
    public static byte[] Of(Autoencoder autoencoder)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        CanonicalWeights weights = CanonicalWeights.From(autoencoder.Weights);
        if (weights.Kind != AutoencoderKind.KL || !autoencoder.CanEncode || !autoencoder.CanDecode)
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                "a folder of diffusers is written of a whole KL autoencoder; this is "
                    + (weights.Kind == AutoencoderKind.KL ? "half of one." : "another kind."), "Write a file instead.");
        if (autoencoder.Evidence is [{ Source: EvidenceSource.Assumption }, ..])
            throw new LatentSharpException(ErrorKind.BadInput, autoencoder.Name,
                "a configuration states scale and shift, and nothing in the file says which of its look-alikes it is: "
                    + $"{string.Join(", ", autoencoder.LookAlikes.Select(f => f.Id))}.",
                new Remedy(RemedyKind.GiveOption, "Say which it is", "family"));
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true })) Write(json, weights, autoencoder.Space);
        return text.ToArray();
    }

    private static void Write(Utf8JsonWriter json, CanonicalWeights weights, LatentSpace space)
    {
        var root = new WeightScope(weights);
        KLShapes encoder = KLShapes.Encoder(root["encoder"]), decoder = KLShapes.Decoder(root["decoder"]);
        bool flux2 = space.Patch > 1;
        json.WriteStartObject();
        json.WriteString("_class_name", flux2 ? "AutoencoderKLFlux2" : "AutoencoderKL");
        json.WriteString("act_fn", "silu");
        if (flux2) json.WriteNumber("batch_norm_eps", Flux2Epsilon);
        Numbers("block_out_channels", encoder.Levels.Select(l => l.Channels));
        if (!encoder.Levels.Select(l => l.Channels).SequenceEqual(decoder.Levels.Select(l => l.Channels)))
            Numbers("decoder_block_out_channels", decoder.Levels.Select(l => l.Channels));
        Texts("down_block_types", "DownEncoderBlock2D", encoder.Levels.Length);
        json.WriteBoolean("force_upcast", true);
        json.WriteNumber("in_channels", encoder.Inputs);
        json.WriteNumber("latent_channels", encoder.Outputs / 2);
        if (!flux2) Constants(json, space);
        json.WriteNumber("layers_per_block", encoder.Levels[0].Blocks);
        json.WriteBoolean("mid_block_add_attention", encoder.Attention);
        json.WriteNumber("norm_num_groups", 32);
        json.WriteNumber("out_channels", decoder.Outputs);
        if (flux2) Numbers("patch_size", [space.Patch, space.Patch]);
        Texts("up_block_types", "UpDecoderBlock2D", decoder.Levels.Length);
        json.WriteBoolean("use_post_quant_conv", KLShapes.Find(weights, "decoder.post_quant_conv", "post_quant_conv") is not null);
        json.WriteBoolean("use_quant_conv", KLShapes.Find(weights, "encoder.quant_conv", "quant_conv") is not null);
        json.WriteEndObject();

        void Numbers(string name, IEnumerable<int> values)
        {
            json.WriteStartArray(name);
            foreach (int value in values) json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        void Texts(string name, string value, int count)
        {
            json.WriteStartArray(name);
            for (int i = 0; i < count; i++) json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }

    // One scale and shift for all channels, or mean and deviation of each.
    private static void Constants(Utf8JsonWriter json, LatentSpace space)
    {
        bool one = space.Scale.Length == 1 && space.Shift.Length == 1;
        Values("latents_mean", c => space.ShiftOf(c));
        Values("latents_std", c => 1 / space.ScaleOf(c));
        json.WriteNumber("scaling_factor", one ? space.Scale[0] : 1);
        if (one && space.Shift[0] != 0) json.WriteNumber("shift_factor", space.Shift[0]);
        else json.WriteNull("shift_factor");

        void Values(string name, Func<int, float> value)
        {
            if (one)
            {
                json.WriteNull(name);
                return;
            }
            json.WriteStartArray(name);
            for (int c = 0; c < space.Channels; c++) json.WriteNumberValue(value(c));
            json.WriteEndArray();
        }
    }
}
