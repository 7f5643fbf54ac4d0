using System.Text.Json.Serialization;
using LatentSharp.Compute;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Planning;

/// <summary>What encoding and decoding a picture takes.</summary>
/// <param name="Autoencoder">With which autoencoder.</param>
/// <param name="Picture">A picture of which size.</param>
/// <param name="Encode">The plan that encodes; null where there is no encoder.</param>
/// <param name="Decode">The plan that decodes; null where there is no decoder.</param>
/// <param name="Train">A step of training; left out where it was not asked for.</param>
public sealed record PlanResult(UsedAutoencoder Autoencoder, PixelSize Picture, PlanFacts? Encode, PlanFacts? Decode,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TrainingFacts? Train = null);

/// <summary>What a step of training takes.</summary>
/// <param name="Part">What is trained.</param>
/// <param name="Parameters">How many numbers that are.</param>
/// <param name="StateBytes">Memory of the weights that are trained and of all that is remembered of them.</param>
/// <param name="Kept">When what the forward pass gives is kept.</param>
/// <param name="Again">When most of it is computed again.</param>
/// <param name="IsAgain">Whether it is computed again, as the memory budget has it.</param>
public sealed record TrainingFacts(string Part, long Parameters, long StateBytes, TrainingWay Kept, TrainingWay Again, bool IsAgain);

/// <summary>One way to compute a step.</summary>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation, for one picture.</param>
/// <param name="PeakBytes">The most memory that it takes for tensors and working memory.</param>
public sealed record TrainingWay(long MultiplyAdds, long PeakBytes);

/// <summary>A plan in figures.</summary>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation.</param>
/// <param name="PeakBytes">The most memory that it takes for tensors and working memory.</param>
/// <param name="KeptBytes">The part of it that holds weights which stay between runs.</param>
/// <param name="Threads">How many threads compute.</param>
/// <param name="Simd">The vectors it computes with.</param>
/// <param name="Steps">The steps in order.</param>
public sealed record PlanFacts(long MultiplyAdds, long PeakBytes, long KeptBytes, int Threads, string Simd,
    IReadOnlyList<PlanStepFacts> Steps);

/// <summary>A step of a plan.</summary>
/// <param name="Name">Where it stands in the network.</param>
/// <param name="Operation">What it computes.</param>
/// <param name="Height">Rows of its result.</param>
/// <param name="Width">Columns of its result.</param>
/// <param name="Channels">Channels of its result.</param>
/// <param name="MultiplyAdds">Multiply-adds of the direct evaluation.</param>
/// <param name="LiveBytes">Bytes of all tensors that exist while it runs.</param>
/// <param name="WorkingBytes">Bytes of working memory while it runs.</param>
/// <param name="WeightBytes">Bytes of its weights in the form that it computes with.</param>
/// <param name="Weights">How long they are kept in that form.</param>
public sealed record PlanStepFacts(
    string Name, string Operation, int Height, int Width, int Channels, long MultiplyAdds, long LiveBytes, long WorkingBytes,
    long WeightBytes, WeightLife Weights);
