using LatentSharp.Vulkan.Api;

namespace LatentSharp.Vulkan.Running;

/// <summary>What is said when a driver refuses something.</summary>
internal static class Failure
{
    /// <summary>The error for an answer.</summary>
    /// <param name="result">The answer.</param>
    /// <param name="call">The call that gave it.</param>
    /// <param name="card">The card.</param>
    /// <param name="doing">What was being done: the step of a network, the kernel; null where that says nothing.</param>
    public static LatentSharpException Of(Result result, string call, VulkanCard card, string? doing = null)
    {
        string where = $"vulkan:{card.Index} {card.Name}", at = doing is null ? "" : $" at {doing}";
        return result switch
        {
            Result.DeviceLost => new(ErrorKind.BadInput, where,
                $"the driver gave the card up{at} ({call}): it was reset, taken away, or ran out of memory.",
                "The next call opens it anew; where it happens again, close other programs that use the card, take a smaller picture, "
                    + "or compute on the device cpu."),
            Result.OutOfDeviceMemory or Result.OutOfHostMemory or Result.MemoryMapFailed or Result.TooManyObjects => new(
                ErrorKind.BadInput, where,
                $"the driver has no memory left{at} ({call}: {result}).",
                "Close other programs that use the card, take a smaller picture, or compute on the device cpu."),
            Result.Timeout => new(ErrorKind.BadInput, where, $"the card did not answer in time{at} ({call}).",
                "Close other programs that use the card, or compute on the device cpu."),
            _ => new(ErrorKind.BadInput, where, $"the driver ({card.Driver}) refused {call}{at}: {result}.",
                "Install the current driver, or compute on the device cpu."),
        };
    }
}
