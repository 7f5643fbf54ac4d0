using LatentSharp.Datasets.Engines;
using LatentSharp.Service.Files;
using LatentSharp.Weights;

namespace LatentSharp.Service.Datasets;

/// <summary>Writes what an engine runs to encode a data set on many machines.</summary>
public static class WriteClusterScript
{
    /// <summary>A batch script for Slurm.</summary>
    /// <param name="request">What is to be run.</param>
    /// <param name="time">The longest that a task may run, as Slurm writes it; null for the site's.</param>
    /// <param name="partition">The partition; null for the site's.</param>
    public static ClusterScript Slurm(ClusterScriptRequest request, string? time = null, string? partition = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        var script = new SlurmScript(request.Command, request.Parts, request.Cores, OneLine(request.Memory), OneLine(time),
            OneLine(partition));
        return Finish(request, "slurm", script.Text());
    }

    /// <summary>A manifest of an Indexed Job for Kubernetes.</summary>
    /// <param name="request">What is to be run.</param>
    /// <param name="image">The container image that has <c>latent</c>.</param>
    /// <param name="claim">The claim of the volume with the pictures, where the data set is written too.</param>
    /// <param name="mount">Where the volume is mounted.</param>
    public static ClusterScript Kubernetes(ClusterScriptRequest request, string image, string claim, string mount)
    {
        ArgumentNullException.ThrowIfNull(request);
        var job = new KubernetesJob(request.Command, request.Parts, request.Cores, OneLine(request.Memory), OneLine(image)!,
            OneLine(claim)!, OneLine(mount)!);
        return Finish(request, "kubernetes", job.Text());
    }

    /// <summary>
    /// The part that a task of a Slurm job array does when nothing was said; null outside of one.
    /// </summary>
    /// <param name="variable">Gives the value of an environment variable.</param>
    /// <exception cref="LatentSharpException">The indices of the array are no range, so that the number of parts is not known.</exception>
    public static DatasetShard? ShardOf(Func<string, string?> variable)
        => SlurmArray.Find(variable) is { } shard ? new DatasetShard(shard.Index, shard.Count) : null;

    private static ClusterScript Finish(ClusterScriptRequest request, string engine, string text)
    {
        if (request.Output is { } output)
        {
            OutputFiles.Require(output);
            AtomicFile.Write(output, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        }
        return new ClusterScript(engine, request.Parts, request.Output, text);
    }

    // A line break would begin another line of the script.
    private static string? OneLine(string? value) => value is null || !value.Any(char.IsControl) ? value
        : throw new LatentSharpException(ErrorKind.Usage, value, "this value has a line break or another control character in it.", "Leave it out.");
}

/// <summary>What is to be run on many machines.</summary>
/// <param name="Command">The command that encodes, word by word, without the part.</param>
/// <param name="Parts">How many parts there are.</param>
/// <param name="Cores">Cores of each part.</param>
/// <param name="Memory">Memory of each part, as the engine writes it; null for the engine's own.</param>
/// <param name="Output">The file to write; null not to.</param>
public sealed record ClusterScriptRequest(IReadOnlyList<string> Command, int Parts, int Cores, string? Memory, string? Output);

/// <summary>What an engine runs.</summary>
/// <param name="Engine"><c>slurm</c> or <c>kubernetes</c>.</param>
/// <param name="Parts">How many parts there are.</param>
/// <param name="Output">The file that it was written to; null when it was not.</param>
/// <param name="Text">The script or manifest.</param>
public sealed record ClusterScript(string Engine, int Parts, string? Output, string Text);
