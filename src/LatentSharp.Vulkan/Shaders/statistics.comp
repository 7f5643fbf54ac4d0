#version 450
#extension GL_GOOGLE_include_directive : require
// Mean and sum of squared differences of a group of channels over a chunk of positions: a workgroup a group and chunk. Two passes, so that
// nothing is lost where the mean is large; threads and tree in one order.
layout(local_size_x_id = 0) in;
#include "common.glsl"

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define CHANNELS WORD(0)
#define GROUPS WORD(1)
#define POSITIONS WORD(2)              // of the band
#define CHUNK WORD(3)                  // positions of a chunk

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
    uint group = group_index() % GROUPS, chunk = group_index() / GROUPS, first = chunk * CHUNK;
    if (first >= POSITIONS) return;
    uint inside = CHANNELS / GROUPS, count = min(CHUNK, POSITIONS - first) * inside;
    float sum = 0.0;
    for (uint i = gl_LocalInvocationIndex; i < count; i += gl_WorkGroupSize.x)
        sum += source[BASE(0) + (first + i / inside) * CHANNELS + group * inside + i % inside];
    float mean = sum_of(sum) / float(count);
    float squares = 0.0;
    for (uint i = gl_LocalInvocationIndex; i < count; i += gl_WorkGroupSize.x)
    {
        float d = source[BASE(0) + (first + i / inside) * CHANNELS + group * inside + i % inside] - mean;
        squares += d * d;
    }
    float all = sum_of(squares);
    if (gl_LocalInvocationIndex == 0u)
    {
        uint at = BASE(4) + (chunk * GROUPS + group) * 3u;
        target[at] = float(count);
        target[at + 1u] = mean;
        target[at + 2u] = all;
    }
}
