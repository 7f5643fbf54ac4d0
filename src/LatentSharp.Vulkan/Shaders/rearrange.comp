#version 450
#extension GL_GOOGLE_include_directive : require
// Values in other places: enlargement, channels to positions and back, parts of channels, channels repeated, chosen or averaged.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OPERATION = 0u;
#include "common.glsl"
const uint UPSAMPLE = 0u, SHUFFLE = 1u, UNSHUFFLE = 2u, COPY = 3u, REPEAT = 4u, MEAN = 5u, SELECT = 6u, GATED = 7u;

layout(set = 0, binding = 0) readonly buffer Source { float source[]; };
layout(set = 0, binding = 1) readonly buffer Sources { int sources[]; };
layout(set = 0, binding = 4) writeonly buffer Target { float target[]; };

#define COUNT WORD(0)                  // values of the result in this band
#define CHANNELS WORD(1)               // that are written of each position
#define WIDTH WORD(2)                  // of the result
#define SOURCE_CHANNELS WORD(3)
#define SIZE WORD(4)
#define FIRST WORD(5)                  // channel that is read first
#define TARGET_CHANNELS WORD(6)
#define TARGET_FIRST WORD(7)           // channel that is written first

float value_at(uint p, uint c)
{
    uint y = p / WIDTH, x = p % WIDTH;
    if (OPERATION == UPSAMPLE) return source[BASE(0) + (y / 2u * (WIDTH / 2u) + x / 2u) * SOURCE_CHANNELS + c];
    if (OPERATION == SHUFFLE)
        return source[BASE(0) + (y / 2u * (WIDTH / 2u) + x / 2u) * SOURCE_CHANNELS + 4u * c + 2u * (y & 1u) + (x & 1u)];
    if (OPERATION == UNSHUFFLE)
        return source[BASE(0) + ((2u * y + (c >> 1 & 1u)) * WIDTH * 2u + 2u * x + (c & 1u)) * SOURCE_CHANNELS + c / 4u];
    uint row = BASE(0) + p * SOURCE_CHANNELS;
    if (OPERATION == COPY) return source[row + FIRST + c];
    if (OPERATION == REPEAT) return source[row + c / SIZE];
    if (OPERATION == SELECT) return sources[BASE(1) + c] < 0 ? 0.0 : source[row + uint(sources[BASE(1) + c])];
    if (OPERATION == GATED)
    {
        float g = source[row + CHANNELS + c];
        return source[row + c] * g / (1.0 + exp(-g));
    }
    float sum = 0.0;
    for (uint i = 0u; i < SIZE; i++) sum += source[row + c * SIZE + i];
    return sum / float(SIZE);
}

void main()
{
    uint i = group_index() * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    if (i >= COUNT) return;
    uint p = i / CHANNELS, c = i % CHANNELS;
    target[BASE(4) + p * TARGET_CHANNELS + TARGET_FIRST + c] = value_at(p, c);
}
