namespace LatentSharp.Server.Access;

/// <summary>What a key allows. Each scope holds those before it.</summary>
public enum AccessScope
{
    /// <summary>Lists, facts, results of jobs.</summary>
    Read,

    /// <summary>Everything that computes.</summary>
    Compute,

    /// <summary>Changes to what the service knows: registering, forgetting, choosing the default.</summary>
    Admin,
}
