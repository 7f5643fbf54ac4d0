namespace LatentSharp.Datasets.Preprocessing;

/// <summary>How a picture is brought to another size.</summary>
internal enum ResampleFilter
{
    /// <summary>Not at all: the size is right already.</summary>
    None,
    /// <summary>The mean of what each pixel covers: OpenCV's INTER_AREA.</summary>
    Area,
    /// <summary>Pillow's BILINEAR, widened when it makes smaller.</summary>
    Bilinear,
    /// <summary>Pillow's BICUBIC, widened when it makes smaller.</summary>
    Bicubic,
    /// <summary>Pillow's LANCZOS, widened when it makes smaller.</summary>
    Lanczos,
}
