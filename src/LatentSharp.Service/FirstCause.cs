using System.Runtime.ExceptionServices;

namespace LatentSharp.Service;

/// <summary>
/// Work that several threads share fails with everything that went wrong at once; what went wrong first is the cause, the rest follows from
/// it.
/// </summary>
internal static class FirstCause
{
    /// <summary>Does the work, and throws the first cause when it fails.</summary>
    internal static T Of<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            throw;
        }
    }
}
