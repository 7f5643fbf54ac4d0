#version 450
#extension GL_GOOGLE_include_directive : require
// Winograd's products: for each filter those of [tile, channel] and [out, channel]. A workgroup computes a block of tiles and channels of
// the result for one filter, each thread four by four of it; sums run over channels in one order, whatever the block and the band.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint BLOCK_TILES = 64u;
layout(constant_id = 2) const uint BLOCK_CHANNELS = 64u;
#include "common.glsl"

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Factors { float factors[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define CHANNELS WORD(0)
#define TARGET_CHANNELS WORD(1)
#define TILES WORD(2)
#define CHANNEL_BLOCKS WORD(3)
#define TILE_BLOCKS WORD(4)
#define FILTERS WORD(5)                // that the buffers hold

const uint DEPTH = 16u;
const uint ROW_TILES = BLOCK_TILES + 1u, ROW_CHANNELS = BLOCK_CHANNELS + 1u;
shared float block_source[DEPTH * ROW_TILES];
shared float block_factors[DEPTH * ROW_CHANNELS];

void main()
{
    uint thread = gl_LocalInvocationIndex, threads = gl_WorkGroupSize.x, group = group_index();
    uint first_channel = group % CHANNEL_BLOCKS * BLOCK_CHANNELS, blocks = group / CHANNEL_BLOCKS;
    uint first_tile = blocks % TILE_BLOCKS * BLOCK_TILES, filter_ = blocks / TILE_BLOCKS;
    if (filter_ >= FILTERS) return;
    uint across = BLOCK_CHANNELS / 4u, my_channel = thread % across * 4u, my_tile = thread / across * 4u;
    uint from_source = BASE(0) + (filter_ * TILES + first_tile) * CHANNELS;
    uint from_factors = BASE(1) + (filter_ * TARGET_CHANNELS + first_channel) * CHANNELS;
    float sums[4][4];
    for (uint i = 0u; i < 4u; i++) for (uint j = 0u; j < 4u; j++) sums[i][j] = 0.0;
    for (uint from = 0u; from < CHANNELS; from += DEPTH)
    {
        barrier();
        for (uint e = thread; e < BLOCK_TILES * DEPTH; e += threads)
        {
            uint t = e / DEPTH, k = e % DEPTH;
            block_source[k * ROW_TILES + t] = from + k < CHANNELS && first_tile + t < TILES
                ? source[from_source + t * CHANNELS + from + k] : 0.0;
        }
        for (uint e = thread; e < BLOCK_CHANNELS * DEPTH; e += threads)
        {
            uint c = e / DEPTH, k = e % DEPTH;
            block_factors[k * ROW_CHANNELS + c] = from + k < CHANNELS && first_channel + c < TARGET_CHANNELS
                ? factors[from_factors + c * CHANNELS + from + k] : 0.0;
        }
        barrier();
        for (uint k = 0u; k < DEPTH; k++)
        {
            float a[4], b[4];
            for (uint i = 0u; i < 4u; i++) a[i] = block_source[k * ROW_TILES + my_tile + i];
            for (uint j = 0u; j < 4u; j++) b[j] = block_factors[k * ROW_CHANNELS + my_channel + j];
            for (uint i = 0u; i < 4u; i++) for (uint j = 0u; j < 4u; j++) sums[i][j] += a[i] * b[j];
        }
    }
    for (uint i = 0u; i < 4u; i++)
    {
        uint t = first_tile + my_tile + i;
        if (t >= TILES) break;
        for (uint j = 0u; j < 4u; j++)
        {
            uint c = first_channel + my_channel + j;
            if (c < TARGET_CHANNELS) target[BASE(4) + (filter_ * TILES + t) * TARGET_CHANNELS + c] = sums[i][j];
        }
    }
}
