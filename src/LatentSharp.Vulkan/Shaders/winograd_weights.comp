#version 450
#extension GL_GOOGLE_include_directive : require
// The weights of a 3x3 convolution, [out, taps, in] as they are stored, as factors of Winograd's products: [filter, out, in] in float32.
// A thread transforms the nine of a pair of channels.
layout(local_size_x_id = 0) in;
#include "common.glsl"
#include "weights.glsl"
#include "winograd.glsl"

layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define COUNT WORD(0)                  // pairs of channels
#define CHANNELS WORD(1)               // of the source
#define FIRST WORD(2)                  // pair of this part, and the one behind its last
#define END WORD(3)

void main()
{
    uint pair = FIRST + group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (pair >= END) return;
    uint first = pair / CHANNELS * 9u * CHANNELS + pair % CHANNELS;
    float columns[PATCH][3];
    for (uint x = 0u; x < 3u; x++)
    {
        float taps[3], made[PATCH];
        for (uint y = 0u; y < 3u; y++) taps[y] = weight_at(first + (y * 3u + x) * CHANNELS);
        transform_weights(taps, made);
        for (uint i = 0u; i < PATCH; i++) columns[i][x] = made[i];
    }
    for (uint i = 0u; i < PATCH; i++)
    {
        if (is_left_out(i)) continue;
        float made[PATCH];
        transform_weights(columns[i], made);
        for (uint j = 0u; j < PATCH; j++) if (!is_left_out(j)) target[BASE(4) + filter_of(i, j) * COUNT + pair] = made[j];
    }
}
