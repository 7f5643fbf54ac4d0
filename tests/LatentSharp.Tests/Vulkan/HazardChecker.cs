using LatentSharp.Vulkan.Planning;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// Replays a list of commands byte by byte range: what is read has to have been written before the last barrier, and what is written must
/// not have been touched since. It shares nothing with what placed the barriers but the list.
/// </summary>
internal static class HazardChecker
{
    /// <summary>The first conflict that no barrier stands between, or null.</summary>
    /// <param name="commands">With everything in its place.</param>
    /// <param name="without">The index of a command whose barrier is left out; -1 for none.</param>
    public static string? Find(IReadOnlyList<Command> commands, int without = -1)
    {
        // For each block the ranges since the last barrier, and who touched them.
        List<(int Block, long Start, long End, bool Writes, int By)> open = [];
        for (int i = 0; i < commands.Count; i++)
        {
            Command command = commands[i];
            if (command.HasBarrier && i != without) open.Clear();
            foreach (Use use in command.Uses)
            {
                long start = use.Storage.Offset + use.Offset, end = start + use.Length;
                foreach ((int block, long from, long to, bool wrote, int by) in open)
                {
                    bool meets = block == use.Storage.Block && from < end && start < to;
                    if (meets && (wrote || use.Writes))
                        return $"command {i} {(use.Writes ? "writes" : "reads")} {start}..{end} of block {block}, which {by} {(wrote ? "wrote" : "read")}";
                }
            }
            foreach (Use use in command.Uses)
                open.Add((use.Storage.Block, use.Storage.Offset + use.Offset, use.Storage.Offset + use.Offset + use.Length, use.Writes, i));
        }
        return null;
    }
}
