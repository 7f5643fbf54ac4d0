using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Storages whose pixels are divided between several tensors, and which of those places are free when.</summary>
internal sealed class SharedPixels
{
    private readonly List<Place> places = [];

    /// <summary>
    /// Notes a tensor that lives in part of the pixels of <paramref name="storage"/> until node <paramref name="lastUse"/>.
    /// </summary>
    public void Add(Storage storage, PlanTensor tensor, int lastUse) => places.Add(new Place(storage, tensor) { LastUse = lastUse });

    /// <summary>
    /// Notes that the place of <paramref name="tensor"/>, if it is one of these, is used until <paramref name="lastUse"/>.
    /// </summary>
    public void Extend(PlanTensor tensor, int lastUse)
    {
        foreach (Place place in places)
            if (place.Storage == tensor.Storage && place.Tensor.ChannelOffset == tensor.ChannelOffset) place.LastUse = lastUse;
    }

    /// <summary>
    /// A free place for a tensor of the given shape, in a storage that is kept alive by another tensor anyway; null when there is none.
    /// </summary>
    public PlanTensor? Take(FeatureShape shape, int index, int lastUse)
    {
        foreach (Place place in places)
        {
            if (place.LastUse >= index || place.Tensor.Shape != shape || !places.Any(p => p.Storage == place.Storage && p.LastUse >= index))
                continue;
            place.LastUse = lastUse;
            return place.Tensor.At(shape, place.Tensor.ChannelOffset);
        }
        return null;
    }

    private sealed class Place(Storage storage, PlanTensor tensor)
    {
        public Storage Storage { get; } = storage;

        public PlanTensor Tensor { get; } = tensor;

        public int LastUse { get; set; }
    }
}
