#version 450
#extension GL_GOOGLE_include_directive : require
// Convolutions whose channels do not mix across groups: a thread computes one value.
layout(local_size_x_id = 0) in;
#include "common.glsl"
#include "weights.glsl"
layout(constant_id = 4) const uint KERNEL_HEIGHT = 3u;
layout(constant_id = 5) const uint KERNEL_WIDTH = 3u;
layout(constant_id = 6) const uint STRIDE = 1u;
layout(constant_id = 8) const uint HAS_BIAS = 0u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define SOURCE_HEIGHT int(WORD(0))
#define SOURCE_WIDTH int(WORD(1))
#define CHANNELS WORD(2)
#define BAND_FIRST_ROW int(WORD(3))
#define TARGET_WIDTH WORD(4)
#define TARGET_CHANNELS WORD(5)
#define POSITIONS WORD(6)
#define FIRST_ROW WORD(7)
#define PADDING_TOP int(WORD(8))
#define PADDING_LEFT int(WORD(9))
#define GROUPS WORD(10)

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= POSITIONS * TARGET_CHANNELS) return;
    uint p = i / TARGET_CHANNELS, c = i % TARGET_CHANNELS, inside = CHANNELS / GROUPS, first = c / (TARGET_CHANNELS / GROUPS) * inside;
    int y = int((FIRST_ROW + p / TARGET_WIDTH) * STRIDE) - PADDING_TOP, x = int(p % TARGET_WIDTH * STRIDE) - PADDING_LEFT;
    float sum = 0.0;
    for (uint tap = 0u; tap < KERNEL_HEIGHT * KERNEL_WIDTH; tap++)
    {
        int sy = y + int(tap / KERNEL_WIDTH), sx = x + int(tap % KERNEL_WIDTH);
        if (sy < 0 || sy >= SOURCE_HEIGHT || sx < 0 || sx >= SOURCE_WIDTH) continue;
        uint at = BASE(0) + (uint(sy - BAND_FIRST_ROW) * uint(SOURCE_WIDTH) + uint(sx)) * CHANNELS + first;
        uint w = (c * KERNEL_HEIGHT * KERNEL_WIDTH + tap) * inside;
        for (uint k = 0u; k < inside; k++) sum += source[at + k] * weight_at(w + k);
    }
    if (HAS_BIAS != 0u) sum += bias[BASE(2) + c];
    target[BASE(4) + i] = sum;
}
