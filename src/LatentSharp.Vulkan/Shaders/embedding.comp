#version 450
#extension GL_GOOGLE_include_directive : require
// The row of a table for every token.
layout(local_size_x_id = 0) in;
#include "common.glsl"
#include "weights.glsl"

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define COUNT WORD(0)
#define CHANNELS WORD(1)
#define ROWS WORD(2)

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= COUNT) return;
    uint row = min(uint(max(source[BASE(0) + i / CHANNELS], 0.0)), ROWS - 1u);
    target[BASE(4) + i] = weight_at(row * CHANNELS + i % CHANNELS);
}
