#version 450
#extension GL_GOOGLE_include_directive : require
// Convolutions and linear layers: an implicit product of [positions, taps x channels] and the weights [out, taps x channels]. A workgroup
// computes a tile of positions and channels, each thread four by four of it; sums run over taps and channels in one order, whatever the
// tile and the band.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TILE_POSITIONS = 64u;
layout(constant_id = 2) const uint TILE_CHANNELS = 64u;
#include "common.glsl"
#include "weights.glsl"
#include "functions.glsl"
#include "halves.glsl"
layout(constant_id = 4) const uint KERNEL_HEIGHT = 3u;
layout(constant_id = 5) const uint KERNEL_WIDTH = 3u;
layout(constant_id = 6) const uint STRIDE = 1u;
layout(constant_id = 7) const uint ENLARGED = 0u;      // 1: reads every position twice each way
layout(constant_id = 8) const uint HAS_BIAS = 0u;
layout(constant_id = 9) const uint HAS_RESIDUAL = 0u;
layout(constant_id = 10) const uint FUNCTION = 0u;
layout(constant_id = 11) const uint FUNCTION_IS_LAST = 0u;
layout(constant_id = 12) const uint READS_HALVES = 0u;
layout(constant_id = 13) const uint WRITES_HALVES = 0u;

layout(set = 0, binding = 0) readonly buffer Source { uint source[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) readonly buffer Residual { float residual[]; };
layout(set = 0, binding = 4) writeonly buffer Target { uint target[]; };

// Height, width and channels of the whole source (as enlarged); what the band holds of its stored rows.
#define SOURCE_HEIGHT int(WORD(0))
#define SOURCE_WIDTH int(WORD(1))
#define CHANNELS WORD(2)
#define BAND_FIRST_ROW int(WORD(3))
#define TARGET_WIDTH WORD(4)
#define TARGET_CHANNELS WORD(5)
#define POSITIONS WORD(6)              // of the band
#define FIRST_ROW WORD(7)              // the band's, of the target
#define PADDING_TOP int(WORD(8))
#define PADDING_LEFT int(WORD(9))
#define CHANNEL_TILES WORD(10)

const uint DEPTH = 16u;
const uint ROW_POSITIONS = TILE_POSITIONS + 1u, ROW_CHANNELS = TILE_CHANNELS + 1u;
shared float tile_source[DEPTH * ROW_POSITIONS];
shared float tile_weights[DEPTH * ROW_CHANNELS];
shared ivec2 places[TILE_POSITIONS];

void main()
{
    uint thread = gl_LocalInvocationIndex, threads = gl_WorkGroupSize.x, group = group_index();
    uint first_channel = group % CHANNEL_TILES * TILE_CHANNELS, first_position = group / CHANNEL_TILES * TILE_POSITIONS;
    if (first_position >= POSITIONS) return;
    uint across = TILE_CHANNELS / 4u, my_channel = thread % across * 4u, my_position = thread / across * 4u;

    for (uint p = thread; p < TILE_POSITIONS; p += threads)
    {
        uint at = first_position + p;
        places[p] = at < POSITIONS
            ? ivec2(int((FIRST_ROW + at / TARGET_WIDTH) * STRIDE) - PADDING_TOP, int(at % TARGET_WIDTH * STRIDE) - PADDING_LEFT)
            : ivec2(-1 << 28);
    }
    float sums[4][4];
    for (uint i = 0u; i < 4u; i++) for (uint j = 0u; j < 4u; j++) sums[i][j] = 0.0;

    uint stored_width = uint(SOURCE_WIDTH) >> ENLARGED, row = CHANNELS * KERNEL_HEIGHT * KERNEL_WIDTH;
    for (uint tap = 0u; tap < KERNEL_HEIGHT * KERNEL_WIDTH; tap++)
    {
        ivec2 shift = ivec2(int(tap / KERNEL_WIDTH), int(tap % KERNEL_WIDTH));
        for (uint from = 0u; from < CHANNELS; from += DEPTH)
        {
            barrier();
            for (uint e = thread; e < TILE_POSITIONS * DEPTH; e += threads)
            {
                uint p = e / DEPTH, k = e % DEPTH;
                ivec2 at = places[p] + shift;
                float value = 0.0;
                if (from + k < CHANNELS && at.x >= 0 && at.x < SOURCE_HEIGHT && at.y >= 0 && at.y < SOURCE_WIDTH)
                {
                    uint place = uint((at.x >> int(ENLARGED)) - BAND_FIRST_ROW) * stored_width + uint(at.y >> int(ENLARGED));
                    uint i = place * CHANNELS + from + k;
                    value = READS_HALVES != 0u ? half_of(source[BASE(0) + (i >> 1)], i) : uintBitsToFloat(source[BASE(0) + i]);
                }
                tile_source[k * ROW_POSITIONS + p] = value;
            }
            for (uint e = thread; e < TILE_CHANNELS * DEPTH; e += threads)
            {
                uint c = e / DEPTH, k = e % DEPTH;
                tile_weights[k * ROW_CHANNELS + c] = from + k < CHANNELS && first_channel + c < TARGET_CHANNELS
                    ? weight_at((first_channel + c) * row + tap * CHANNELS + from + k) : 0.0;
            }
            barrier();
            for (uint k = 0u; k < DEPTH; k++)
            {
                float a[4], b[4];
                for (uint i = 0u; i < 4u; i++) a[i] = tile_source[k * ROW_POSITIONS + my_position + i];
                for (uint j = 0u; j < 4u; j++) b[j] = tile_weights[k * ROW_CHANNELS + my_channel + j];
                for (uint i = 0u; i < 4u; i++) for (uint j = 0u; j < 4u; j++) sums[i][j] += a[i] * b[j];
            }
        }
    }
    for (uint i = 0u; i < 4u; i++)
    {
        uint p = first_position + my_position + i;
        if (p >= POSITIONS) break;
        float before = 0.0;
        for (uint j = 0u; j < 4u; j++)
        {
            uint c = first_channel + my_channel + j;
            if (c >= TARGET_CHANNELS) break;
            float value = sums[i][j];
            if (HAS_BIAS != 0u) value += bias[BASE(2) + c];
            if (FUNCTION_IS_LAST == 0u) value = activate(FUNCTION, value);
            if (HAS_RESIDUAL != 0u) value += residual[BASE(3) + p * TARGET_CHANNELS + c];
            if (FUNCTION_IS_LAST != 0u) value = activate(FUNCTION, value);
            uint at = p * TARGET_CHANNELS + c;
            if (WRITES_HALVES == 0u) target[BASE(4) + at] = floatBitsToUint(value);
            else if ((c & 1u) != 0u) target[BASE(4) + (at >> 1)] = halves_of(before, value);
            before = value;
        }
    }
}
