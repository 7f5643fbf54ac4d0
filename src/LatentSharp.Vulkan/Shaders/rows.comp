#version 450
#extension GL_GOOGLE_include_directive : require
// Normalisation of every position, or of every group of its channels, by itself: a workgroup a group.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OPERATION = 0u;
layout(constant_id = 2) const uint HAS_SCALE = 0u;
layout(constant_id = 3) const uint HAS_OFFSET = 0u;
#include "common.glsl"
const uint MEAN_SQUARE = 0u, VARIANCE = 1u, LENGTH = 2u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 2) readonly buffer Offset { float offset[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define ROWS WORD(0)
#define CHANNELS WORD(1)
#define EPSILON uintBitsToFloat(WORD(2))

shared float parts[256];

float sum_of(float mine)
{
    uint thread = gl_LocalInvocationIndex;
    barrier();
    parts[thread] = mine;
    for (uint half_ = gl_WorkGroupSize.x / 2u; half_ > 0u; half_ /= 2u)
    {
        barrier();
        if (thread < half_) parts[thread] += parts[thread + half_];
    }
    barrier();
    return parts[0];
}

void main()
{
    uint row = group_index(), first = row * CHANNELS;
    if (row >= ROWS) return;
    float mean = 0.0;
    if (OPERATION == VARIANCE)
    {
        float sum = 0.0;
        for (uint c = gl_LocalInvocationIndex; c < CHANNELS; c += gl_WorkGroupSize.x) sum += source[BASE(0) + first + c];
        mean = sum_of(sum) / float(CHANNELS);
    }
    float squares = 0.0;
    for (uint c = gl_LocalInvocationIndex; c < CHANNELS; c += gl_WorkGroupSize.x)
    {
        float d = source[BASE(0) + first + c] - mean;
        squares += d * d;
    }
    float all = sum_of(squares);
    float factor = OPERATION == LENGTH ? sqrt(float(CHANNELS)) / max(sqrt(all), EPSILON) : 1.0 / sqrt(all / float(CHANNELS) + EPSILON);
    for (uint c = gl_LocalInvocationIndex; c < CHANNELS; c += gl_WorkGroupSize.x)
    {
        float x = (source[BASE(0) + first + c] - mean) * factor;
        if (HAS_SCALE != 0u) x *= scale[BASE(1) + c];
        if (HAS_OFFSET != 0u) x += offset[BASE(2) + c];
        target[BASE(4) + first + c] = x;
    }
}
