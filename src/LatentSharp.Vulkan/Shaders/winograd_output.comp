#version 450
#extension GL_GOOGLE_include_directive : require
// Winograd's products [filter, tile, channel] as results of the convolution, with what follows it while it writes. A thread makes the 4 x 4
// results of a tile and channel.
layout(local_size_x_id = 0) in;
#include "common.glsl"
#include "functions.glsl"
#include "winograd.glsl"
layout(constant_id = 8) const uint HAS_BIAS = 0u;
layout(constant_id = 9) const uint HAS_RESIDUAL = 0u;
layout(constant_id = 10) const uint FUNCTION = 0u;
layout(constant_id = 11) const uint FUNCTION_IS_LAST = 0u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) readonly buffer Residual { float residual[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define TARGET_HEIGHT WORD(0)          // rows of the band
#define TARGET_WIDTH WORD(1)
#define CHANNELS WORD(2)
#define TILES_ACROSS WORD(3)
#define TILES WORD(4)

void main()
{
    uint value = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex, count = TILES * CHANNELS;
    if (value >= count) return;
    uint tile = value / CHANNELS, channel = value % CHANNELS;
    uint top = tile / TILES_ACROSS * SIDE, left = tile % TILES_ACROSS * SIDE;
    float rows[SIDE][PATCH];
    for (uint j = 0u; j < PATCH; j++)
    {
        float taken[PATCH], made[SIDE];
        for (uint i = 0u; i < PATCH; i++)
            taken[i] = is_left_out(i) || is_left_out(j) ? 0.0 : source[BASE(0) + filter_of(i, j) * count + value];
        transform_output(taken, made);
        for (uint y = 0u; y < SIDE; y++) rows[y][j] = made[y];
    }
    float start = HAS_BIAS != 0u ? bias[BASE(2) + channel] : 0.0;
    for (uint y = 0u; y < SIDE && top + y < TARGET_HEIGHT; y++)
    {
        float made[SIDE];
        transform_output(rows[y], made);
        for (uint x = 0u; x < SIDE && left + x < TARGET_WIDTH; x++)
        {
            uint at = ((top + y) * TARGET_WIDTH + left + x) * CHANNELS + channel;
            float result = made[x] + start;
            if (FUNCTION_IS_LAST == 0u) result = activate(FUNCTION, result);
            if (HAS_RESIDUAL != 0u) result += residual[BASE(3) + at];
            if (FUNCTION_IS_LAST != 0u) result = activate(FUNCTION, result);
            target[BASE(4) + at] = result;
        }
    }
}
