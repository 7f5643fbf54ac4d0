using System.Globalization;
using LatentSharp.Vulkan.Planning;

namespace LatentSharp.Vulkan.Running;

/// <summary>Values that are no numbers, or too large for the mode: they are told and never handed on.</summary>
internal static class NotFinite
{
    /// <summary>How many of some values are infinite or no numbers.</summary>
    public static int Count(ReadOnlySpan<float> values)
    {
        int count = 0;
        foreach (float value in values)
            if (!float.IsFinite(value)) count++;
        return count;
    }

    /// <summary>The error of a step whose result 16 bits cannot hold.</summary>
    public static LatentSharpException Step(VulkanPlan plan, int step) => new(ErrorKind.BadInput, plan.Graph.Name,
        string.Create(CultureInfo.InvariantCulture,
            $"{plan.Steps[step].Name} ({plan.Steps[step].Operation}) gives values beyond {(float)Half.MaxValue:#,0}, the largest of the mode {plan.Mode}."),
        "Compute in fp32, whose range is wider.");

    /// <summary>The error of results that hold such values.</summary>
    public static LatentSharpException Results(VulkanPlan plan, long count) => new(ErrorKind.BadInput, plan.Graph.Name,
        string.Create(CultureInfo.InvariantCulture,
            $"{count:N0} values of the result, computed in {plan.Mode} by {plan.Device.Name}, are infinite or no numbers."),
        "The weights or the input are damaged, or the driver computes wrongly: compare with the device cpu.");
}
