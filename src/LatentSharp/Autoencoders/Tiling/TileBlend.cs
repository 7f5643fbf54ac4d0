namespace LatentSharp.Autoencoders.Tiling;

/// <summary>Puts what a network makes of each tile together again.</summary>
internal abstract class TileBlend
{
    /// <summary>The tiles of the input, in the order in which <see cref="Add"/> takes what becomes of them.</summary>
    public abstract IReadOnlyList<TileArea> Areas { get; }

    /// <summary>Takes the result of the next tile, which it may change.</summary>
    public abstract void Add(Planes result);

    /// <summary>The whole, after the last tile.</summary>
    public abstract Planes Whole();

    /// <summary>The blending of one picture.</summary>
    /// <param name="program">Whose way it is.</param>
    /// <param name="input">What is cut into tiles.</param>
    /// <param name="output">What the network's results are put into.</param>
    /// <param name="sizes">The sizes of tiles, in pixels.</param>
    /// <param name="factor">Pixels of a position of the latent.</param>
    public static TileBlend Of(TilingProgram program, Planes input, Planes output, TileSizes sizes, int factor)
    {
        bool decodes = output.Height > input.Height;
        (int tile, int overlap) = decodes ? (sizes.Tile / factor, sizes.Overlap / factor) : (sizes.Tile, sizes.Overlap);
        var scale = new Ratio(decodes ? factor : 1, decodes ? 1 : factor);
        return program == TilingProgram.Diffusers ? new DiffusersBlend(input, output, tile, overlap, scale)
            : new ComfyBlend(input, output, tile, overlap, scale);
    }

    /// <summary>From positions of the input to those of the output; everything is a multiple of the grid.</summary>
    internal readonly record struct Ratio(int Up, int Down)
    {
        public int Of(int position) => position * Up / Down;
    }
}
