using LatentSharp.Weights;

namespace LatentSharp.Models.Vision;

/// <summary>The hyper-parameters of a SigLIP image encoder, read from the shapes of its tensors.</summary>
/// <param name="Width">Features of a token: 1,152.</param>
/// <param name="Patch">Pixels of a patch, each way: 14.</param>
/// <param name="Grid">Patches of a picture, each way: 27.</param>
/// <param name="Mlp">4,304.</param>
/// <param name="Layers">27.</param>
internal sealed record SiglipShapes(int Width, int Patch, int Grid, int Mlp, int Layers)
{
    /// <summary>Tokens of a picture: 729.</summary>
    public int Tokens => Grid * Grid;

    /// <summary>
    /// The side of the pictures that it is made for: 384, whose last 6 pixels belong to no patch of 14; else what the patches cover.
    /// </summary>
    public int Side => (Patch, Grid) == (14, 27) ? 384 : Patch * Grid;

    /// <summary>
    /// Heads of the published encoders: so400m, base, large, giant of SigLIP 2; null for others, whose shapes do not show them.
    /// </summary>
    public int? Heads => Width switch { 768 => 12, 1024 or 1152 or 1536 => 16, _ => null };

    /// <summary>Reads the shapes.</summary>
    /// <param name="weights">Weights under the names of transformers: <see cref="SiglipVisionModel.Weights"/>.</param>
    /// <exception cref="LatentSharpException">A tensor is missing or has a shape that no such network has.</exception>
    public static SiglipShapes From(WeightSource weights)
    {
        var w = new WeightScope(weights, SiglipVisionModel.Root);
        WeightScope embeddings = w["embeddings"];
        long[] patches = Dimensions(embeddings["patch_embedding"], 4), positions = Dimensions(embeddings["position_embedding"], 2);
        int grid = (int)Math.Sqrt(positions[0]);
        if (patches[1] != 3 || patches[2] != patches[3] || (long)grid * grid != positions[0] || positions[1] != patches[0])
            throw new LatentSharpException(ErrorKind.BadInput, weights.Name,
                "its patches or positions are not those of square pictures in three colours.", Remedy.OtherArchitecture(weights.Name));
        int layers = 0;
        while (w["encoder"]["layers"][layers].Exists) layers++;
        int mlp = (int)Dimensions(w["encoder"]["layers"][0]["mlp"]["fc1"], 2)[0];
        return new SiglipShapes((int)patches[0], (int)patches[2], grid, mlp, layers);
    }

    private static long[] Dimensions(WeightScope w, int rank)
        => w.ShapeOf("weight") is { } shape && shape.Rank == rank && shape.Dimensions.All(d => d is > 0 and <= 1 << 20)
            ? [.. shape.Dimensions]
            : throw new LatentSharpException(ErrorKind.BadInput, w.Source.Name,
                $"the tensor {w.Path}.weight of {rank} dimensions is missing.", Remedy.OtherArchitecture(w.Source.Name));
}
