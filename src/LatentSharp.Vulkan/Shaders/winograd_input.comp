#version 450
#extension GL_GOOGLE_include_directive : require
// The source of a 3x3 convolution as factors of Winograd's products: for a band of tiles [filter, tile, channel]. A thread transforms the
// patch of 6 x 6 positions from which a tile of 4 x 4 results of a channel is made; normalised while it is read, where that precedes.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint IS_NORMALISED = 0u;
layout(constant_id = 2) const uint FUNCTION = 0u;
#include "common.glsl"
#include "functions.glsl"
#include "winograd.glsl"

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Table { float table[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

// Height, width and channels of the whole source (as enlarged); the first of its stored rows that the band sees.
#define SOURCE_HEIGHT int(WORD(0))
#define SOURCE_WIDTH int(WORD(1))
#define CHANNELS WORD(2)
#define BAND_FIRST_ROW int(WORD(3))
#define TILES_ACROSS WORD(4)
#define FIRST_TILE_ROW WORD(5)
#define TILES WORD(6)                  // of the band

float read(uint place, uint channel)
{
    float x = source[BASE(0) + place * CHANNELS + channel];
    if (IS_NORMALISED == 0u) return x;
    x = (x - table[BASE(1) + channel]) * table[BASE(1) + CHANNELS + channel] + table[BASE(1) + 2u * CHANNELS + channel];
    return activate(FUNCTION, x);
}

void main()
{
    uint value = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex, count = TILES * CHANNELS;
    if (value >= count) return;
    uint tile = value / CHANNELS, channel = value % CHANNELS, stored_width = uint(SOURCE_WIDTH) >> ENLARGED;
    int top = int((FIRST_TILE_ROW + tile / TILES_ACROSS) * SIDE) - 1, left = int(tile % TILES_ACROSS * SIDE) - 1;
    float columns[PATCH][PATCH];
    for (uint x = 0u; x < PATCH; x++)
    {
        float taken[PATCH], made[PATCH];
        int across = left + int(x);
        for (uint y = 0u; y < PATCH; y++)
        {
            int down = top + int(y);
            taken[y] = 0.0;
            if (down < 0 || down >= SOURCE_HEIGHT || across < 0 || across >= SOURCE_WIDTH) continue;
            taken[y] = read(uint((down >> int(ENLARGED)) - BAND_FIRST_ROW) * stored_width + uint(across >> int(ENLARGED)), channel);
        }
        transform_input(taken, made);
        for (uint i = 0u; i < PATCH; i++) columns[i][x] = made[i];
    }
    for (uint i = 0u; i < PATCH; i++)
    {
        if (is_left_out(i)) continue;
        float made[PATCH];
        transform_input(columns[i], made);
        for (uint j = 0u; j < PATCH; j++) if (!is_left_out(j)) target[BASE(4) + filter_of(i, j) * count + value] = made[j];
    }
}
