namespace LatentSharp.Vulkan.Api;

/// <summary>What a call of Vulkan answers; the names are the specification's, without their prefix.</summary>
internal enum Result
{
    Success = 0,
    NotReady = 1,
    Timeout = 2,
    Incomplete = 5,
    OutOfHostMemory = -1,
    OutOfDeviceMemory = -2,
    InitializationFailed = -3,
    DeviceLost = -4,
    MemoryMapFailed = -5,
    LayerNotPresent = -6,
    ExtensionNotPresent = -7,
    FeatureNotPresent = -8,
    IncompatibleDriver = -9,
    TooManyObjects = -10,
    FragmentedPool = -12,
    Unknown = -13,
    OutOfPoolMemory = -1000069000,
    InvalidShader = -1000012000,
}
