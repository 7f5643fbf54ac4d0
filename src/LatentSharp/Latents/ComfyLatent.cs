using LatentSharp.Weights;

namespace LatentSharp.Latents;

/// <summary>
/// ComfyUI's <c>.latent</c> files (SaveLatent and LoadLatent in its nodes.py): safetensors with <c>latent_tensor</c>. ComfyUI passes
/// latents between nodes in the autoencoder's own space and applies scale and shift only around the sampler (<c>process_latent_in</c>), so
/// that is the space of the stored values. FLUX.2 is the exception: there the statistics are applied within the autoencoder, and the stored
/// values are those that the diffusion model sees. Files from before the marker <c>latent_format_version_0</c> hold values that were scaled
/// by 0.18215; LoadLatent multiplies them by 1/0.18215 to the same effect.
/// </summary>
internal static class ComfyLatent
{
    public const string TensorName = "latent_tensor";
    public const string MarkerName = "latent_format_version_0";

    public static LatentFileContent Read(WeightSource file, LatentFileOptions options, bool marked)
    {
        var notes = new List<string>();
        LatentTensor tensor = LatentTensor.Read(file, file.Tensors[TensorName], options, notes);
        (float[] values, int batch, int channels, int height, int width, _) = tensor;
        (LatentSpace, string)? clue = marked ? ComfyLatentWorkflow.Clue(file.Metadata)
            : (LatentSpace.Sd1, "the old form of the file, which only Stable Diffusion 1 and 2 used");
        (LatentSpace space, bool stated) = LatentSpaceGuess.For(file, channels, options.Space, clue, notes);
        // Unmarked files were scaled by Stable Diffusion 1's factor whatever the model was; that is undone first unless it is this space's
        // own map anyway.
        if (marked ? space.Patch == 1 : space.Id != LatentSpace.Sd1.Id)
            ToDiffusionSpace(values, space, batch, height * width, marked ? 1f : 1f / LatentSpace.Sd1.ScaleOf(0));
        string[] ignored = [.. file.Tensors.Keys.Where(k => k is not TensorName and not MarkerName).Order(StringComparer.Ordinal)];
        if (ignored.Length > 0) notes.Add($"left out: {string.Join(", ", ignored)}");
        var latent = new Latent(space, values, batch, height,
            width)
        { Provenance = new Dictionary<string, string> { [LatentProvenance.Tool] = "ComfyUI" } };
        return new LatentFileContent(latent, marked ? LatentFileKind.Comfy : LatentFileKind.ComfyUnmarked, stated, notes)
        {
            IsRearranged = tensor.IsRearranged, TensorName = TensorName,
        };
    }

    private static void ToDiffusionSpace(float[] values, LatentSpace space, int batch, int plane, float multiplier)
    {
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < space.Channels; c++)
            {
                float shift = space.ShiftOf(c), scale = space.ScaleOf(c);
                foreach (ref float v in values.AsSpan((n * space.Channels + c) * plane, plane)) v = (v * multiplier - shift) * scale;
            }
    }
}
