using LatentSharp.Latents;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files;

namespace LatentSharp.Cli.Inspection;

/// <summary>A file of pictures as raw numbers.</summary>
internal static class TensorImageFacts
{
    internal static void Add(FileFacts facts, WeightFile file)
    {
        ImageTensor image = TensorImageFile.Read(file);
        facts.AddKind("image tensor");
        facts.Add("pictures", image.Batch);
        facts.Add("width", image.Width);
        facts.Add("height", image.Height);
        facts.Add("element_type", file.Tensors[TensorImageFile.TensorName].Type.Name());
        facts.AddMetadata(file.Metadata);
        if (file.Tensors.Count > 1) facts.Note($"{file.Tensors.Count - 1} other tensors are in the file; --tensors lists them");
    }
}
