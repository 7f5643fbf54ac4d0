#version 450
#extension GL_GOOGLE_include_directive : require
// The statistics of all chunks of a group, merged in one order, to what every channel is normalised with: mean, factor,
// offset. A workgroup of 64 a group.
layout(local_size_x_id = 0) in;
#include "common.glsl"

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 2) readonly buffer Offset { float offset[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define CHANNELS WORD(0)
#define GROUPS WORD(1)
#define CHUNKS WORD(2)
#define EPSILON uintBitsToFloat(WORD(3))

shared vec3 parts[64];

vec3 merged(vec3 a, vec3 b)
{
    float both = a.x + b.x, d = b.y - a.y;
    return b.x == 0.0 ? a : a.x == 0.0 ? b : vec3(both, a.y + d * (b.x / both), a.z + b.z + d * d * (a.x * (b.x / both)));
}

void main()
{
    uint group = group_index(), thread = gl_LocalInvocationIndex, inside = CHANNELS / GROUPS;
    if (group >= GROUPS) return;
    vec3 all = vec3(0.0);
    for (uint chunk = thread; chunk < CHUNKS; chunk += gl_WorkGroupSize.x)
    {
        uint at = BASE(0) + (chunk * GROUPS + group) * 3u;
        all = merged(all, vec3(source[at], source[at + 1u], source[at + 2u]));
    }
    parts[thread] = all;
    for (uint half_ = gl_WorkGroupSize.x / 2u; half_ > 0u; half_ /= 2u)
    {
        barrier();
        if (thread < half_) parts[thread] = merged(parts[thread], parts[thread + half_]);
    }
    barrier();
    float factor = 1.0 / sqrt(parts[0].z / parts[0].x + EPSILON);
    for (uint c = group * inside + thread; c < (group + 1u) * inside; c += gl_WorkGroupSize.x)
    {
        target[BASE(4) + c] = parts[0].y;
        target[BASE(4) + CHANNELS + c] = factor * scale[BASE(1) + c];
        target[BASE(4) + 2u * CHANNELS + c] = offset[BASE(2) + c];
    }
}
