namespace LatentSharp.Latents;

/// <summary>
/// The linear maps from a diffusion-space latent to a rough picture that ComfyUI fitted for its previews (comfy/latent_formats.py): one row
/// for each channel, columns red, green, blue, values for pictures in [-1, 1].
/// </summary>
internal static class LatentPreviewFactors
{
    /// <summary>The factors [channels * 3] and bias [3] of a space, or null where none are known.</summary>
    public static (float[] Factors, float[] Bias)? Of(string spaceId) => spaceId switch
    {
        "flux1" => (Flux1, [-0.0329f, -0.0718f, -0.0851f]),
        "sd3" => (Sd3, [0.2394f, 0.2135f, 0.1925f]),
        "sd1" => (Sd1, [0f, 0f, 0f]),
        "sdxl" => (Sdxl, [0.1084f, -0.0175f, -0.0011f]),
        "flux2" => (Flux2, [-0.0329f, -0.0718f, -0.0851f]),
        _ => null,
    };

    private static readonly float[] Flux1 =
    [
        -0.0346f, 0.0244f, 0.0681f, 0.0034f, 0.021f, 0.0687f,
        0.0275f, -0.0668f, -0.0433f, -0.0174f, 0.016f, 0.0617f,
        0.0859f, 0.0721f, 0.0329f, 0.0004f, 0.0383f, 0.0115f,
        0.0405f, 0.0861f, 0.0915f, -0.0236f, -0.0185f, -0.0259f,
        -0.0245f, 0.025f, 0.118f, 0.1008f, 0.0755f, -0.0421f,
        -0.0515f, 0.0201f, 0.0011f, 0.0428f, -0.0012f, -0.0036f,
        0.0817f, 0.0765f, 0.0749f, -0.1264f, -0.0522f, -0.1103f,
        -0.028f, -0.0881f, -0.0499f, -0.1262f, -0.0982f, -0.0778f,
    ];

    private static readonly float[] Sd3 =
    [
        -0.0922f, -0.0175f, 0.0749f, 0.0311f, 0.0633f, 0.0954f,
        0.1994f, 0.0927f, 0.0458f, 0.0856f, 0.0339f, 0.0902f,
        0.0587f, 0.0272f, -0.0496f, -0.0006f, 0.1104f, 0.0309f,
        0.0978f, 0.0306f, 0.0427f, -0.0042f, 0.1038f, 0.1358f,
        -0.0194f, 0.002f, 0.0669f, -0.0488f, 0.013f, -0.0268f,
        0.0922f, 0.0988f, 0.0951f, -0.0278f, 0.0524f, -0.0542f,
        0.0332f, 0.0456f, 0.0895f, -0.0069f, -0.003f, -0.081f,
        -0.0596f, -0.0465f, -0.0293f, -0.1448f, -0.1463f, -0.1189f,
    ];

    private static readonly float[] Sd1 =
    [
        0.3512f, 0.2297f, 0.3227f, 0.325f, 0.4974f, 0.235f,
        -0.2829f, 0.1762f, 0.2721f, -0.212f, -0.2616f, -0.7177f,
    ];

    private static readonly float[] Sdxl =
    [
        0.3651f, 0.4232f, 0.4341f, -0.2533f, -0.0042f, 0.1068f,
        0.1076f, 0.1111f, -0.0362f, -0.3165f, -0.2492f, -0.2188f,
    ];

    // For the 32 channels that are left when the 2x2 patches of the packed 128 are laid out again.
    private static readonly float[] Flux2 =
    [
        0.0058f, 0.0113f, 0.0073f, 0.0495f, 0.0443f, 0.0836f,
        -0.0099f, 0.0096f, 0.0644f, 0.2144f, 0.3009f, 0.3652f,
        0.0166f, -0.0039f, -0.0054f, 0.0157f, 0.0103f, -0.016f,
        -0.0398f, 0.0902f, -0.0235f, -0.0052f, 0.0095f, 0.0109f,
        -0.3527f, -0.2712f, -0.1666f, -0.0301f, -0.0356f, -0.018f,
        -0.0107f, 0.0078f, 0.0013f, 0.0746f, 0.009f, -0.0941f,
        0.0156f, 0.0169f, 0.007f, -0.0034f, -0.004f, -0.0114f,
        0.0032f, 0.0181f, 0.008f, -0.0939f, -0.0008f, 0.0186f,
        0.0018f, 0.0043f, 0.0104f, 0.0284f, 0.0056f, -0.0127f,
        -0.0024f, -0.0022f, -0.003f, 0.1207f, -0.0026f, 0.0065f,
        0.0128f, 0.0101f, 0.0142f, 0.0137f, -0.0072f, -0.0007f,
        0.0095f, 0.0092f, -0.0059f, 0.0f, -0.0077f, -0.0049f,
        -0.0465f, -0.0204f, -0.0312f, 0.0095f, 0.0012f, -0.0066f,
        0.029f, -0.0034f, 0.0025f, 0.022f, 0.0169f, -0.0048f,
        -0.0332f, -0.0457f, -0.0468f, -0.0085f, 0.0389f, 0.0609f,
        -0.0076f, 0.0003f, -0.0043f, -0.0111f, -0.046f, -0.0614f,
    ];
}
