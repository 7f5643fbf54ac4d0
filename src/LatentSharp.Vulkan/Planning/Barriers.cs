namespace LatentSharp.Vulkan.Planning;

/// <summary>
/// Decides before which commands everything earlier has to be done: where a command touches what another one since the last barrier wrote,
/// or writes what one of them touches. No barrier stands without such a reason.
/// </summary>
internal static class Barriers
{
    /// <summary>Places them, once every storage has its place.</summary>
    public static void Place(IEnumerable<Command> commands)
    {
        List<Use> since = [];
        foreach (Command command in commands)
        {
            if (command.Uses.Any(use => since.Any(use.Conflicts)))
            {
                command.HasBarrier = true;
                since.Clear();
            }
            since.AddRange(command.Uses);
        }
    }
}
