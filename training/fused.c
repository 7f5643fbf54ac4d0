/*
 * GroupNorm followed by SiLU, forwards and backwards, on bf16 in channels-last order: what torch does on a CPU in six passes through memory and in float32.
 * Sums are taken per chunk of pixels in a fixed order, so results do not depend on the number of threads. Both functions have loops of their own: one loop for both
 * kinds of sums makes the way backwards 3.4 times slower, because the compiler no longer specialises it. Compiled and called by fused.py.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LARGEST = 512, BLOCK = 64, CHUNKS = 16 };

static inline float wide(uint16_t v)
{
    uint32_t bits = (uint32_t)v << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline uint16_t narrow(float f)  /* to nearest even; no NaN comes here that training survives */
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/* 1 / (1 + exp(-u)) to 3e-6: a series of 2^f for |f| <= 1/2, the whole part put into the exponent. Inline, because calls of expf cost more than all else here. */
static inline float sigmoid(float u)
{
    float x = -1.44269504f * u;
    x = x < -126 ? -126 : x > 126 ? 126 : x;
    float whole = rintf(x), f = x - whole;
    float series = 1 + f * (0.693147181f + f * (0.240226507f + f * (0.0555041087f + f * (0.00961812911f + f * 0.00133335581f))));
    uint32_t bits = (uint32_t)((int)whole + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return 1 / (1 + series * power);
}

static inline long bound(long pixels, int chunk) { return pixels * chunk / CHUNKS; }

/* x, y: [batch, pixels, channels]; mean, inverse: [batch, groups]. */
void forward(const uint16_t *x, const float *weight, const float *bias, uint16_t *y, float *mean, float *inverse, long batch, long pixels, long channels, long groups, float epsilon, int silu)
{
    int each = (int)(channels / groups), n = (int)channels;
    for (long b = 0; b < batch; b++) {
        const uint16_t *in = x + b * pixels * n;
        uint16_t *out = y + b * pixels * n;
        static double sums[CHUNKS][2][LARGEST];
#pragma omp parallel for schedule(static)
        for (int k = 0; k < CHUNKS; k++) {
            memset(sums[k], 0, sizeof sums[k]);
            for (long p = bound(pixels, k); p < bound(pixels, k + 1); p += BLOCK) {
                long end = p + BLOCK < bound(pixels, k + 1) ? p + BLOCK : bound(pixels, k + 1);
                float sum[LARGEST], square[LARGEST];
                for (int c = 0; c < n; c++) sum[c] = square[c] = 0;
                for (long q = p; q < end; q++)
                    for (int c = 0; c < n; c++) {
                        float v = wide(in[q * n + c]);
                        sum[c] += v;
                        square[c] += v * v;
                    }
                for (int c = 0; c < n; c++) { sums[k][0][c] += sum[c]; sums[k][1][c] += square[c]; }
            }
        }
        float scale[LARGEST], shift[LARGEST];
        for (long g = 0; g < groups; g++) {
            double sum = 0, square = 0, count = (double)pixels * each;
            for (int k = 0; k < CHUNKS; k++)
                for (int c = (int)g * each; c < ((int)g + 1) * each; c++) { sum += sums[k][0][c]; square += sums[k][1][c]; }
            double m = sum / count, variance = square / count - m * m;
            mean[b * groups + g] = (float)m;
            inverse[b * groups + g] = (float)(1 / sqrt((variance > 0 ? variance : 0) + epsilon));
            for (int c = (int)g * each; c < ((int)g + 1) * each; c++) {
                scale[c] = inverse[b * groups + g] * weight[c];
                shift[c] = bias[c] - (float)m * scale[c];
            }
        }
#pragma omp parallel for schedule(static)
        for (int k = 0; k < CHUNKS; k++)
            for (long q = bound(pixels, k); q < bound(pixels, k + 1); q++) {
                if (silu)
                    for (int c = 0; c < n; c++) { float u = wide(in[q * n + c]) * scale[c] + shift[c]; out[q * n + c] = narrow(u * sigmoid(u)); }
                else
                    for (int c = 0; c < n; c++) out[q * n + c] = narrow(wide(in[q * n + c]) * scale[c] + shift[c]);
            }
    }
}

static inline float slope(float g, float u, int silu)
{
    float s = sigmoid(u);
    return silu ? g * s * (1 + u * (1 - s)) : g;
}

/* g: gradient of y; dx: of x; dweight, dbias: [channels], set. */
void backward(const uint16_t *g, const uint16_t *x, const float *weight, const float *bias, const float *mean, const float *inverse, uint16_t *dx, float *dweight, float *dbias,
              long batch, long pixels, long channels, long groups, int silu)
{
    int each = (int)(channels / groups), n = (int)channels;
    double weights[LARGEST] = {0}, biases[LARGEST] = {0};
    for (long b = 0; b < batch; b++) {
        const uint16_t *in = x + b * pixels * n, *top = g + b * pixels * n;
        uint16_t *out = dx + b * pixels * n;
        float scale[LARGEST], shift[LARGEST], middle[LARGEST], width[LARGEST];
        for (int c = 0; c < n; c++) {
            middle[c] = mean[b * groups + c / each];
            width[c] = inverse[b * groups + c / each];
            scale[c] = width[c] * weight[c];
            shift[c] = bias[c] - middle[c] * scale[c];
        }
        static double sums[CHUNKS][2][LARGEST];
#pragma omp parallel for schedule(static)
        for (int k = 0; k < CHUNKS; k++) {
            memset(sums[k], 0, sizeof sums[k]);
            for (long p = bound(pixels, k); p < bound(pixels, k + 1); p += BLOCK) {
                long end = p + BLOCK < bound(pixels, k + 1) ? p + BLOCK : bound(pixels, k + 1);
                float one[LARGEST], two[LARGEST];
                for (int c = 0; c < n; c++) one[c] = two[c] = 0;
                for (long q = p; q < end; q++)
                    for (int c = 0; c < n; c++) {
                        float v = wide(in[q * n + c]), d = slope(wide(top[q * n + c]), v * scale[c] + shift[c], silu);
                        one[c] += d;
                        two[c] += d * (v - middle[c]) * width[c];
                    }
                for (int c = 0; c < n; c++) { sums[k][0][c] += one[c]; sums[k][1][c] += two[c]; }
            }
        }
        float first[LARGEST], second[LARGEST];
        for (long group = 0; group < groups; group++) {
            double one = 0, two = 0;
            for (int c = (int)group * each; c < ((int)group + 1) * each; c++) {
                double s = 0, t = 0;
                for (int k = 0; k < CHUNKS; k++) { s += sums[k][0][c]; t += sums[k][1][c]; }
                biases[c] += s;
                weights[c] += t;
                one += weight[c] * s;
                two += weight[c] * t;
            }
            for (int c = (int)group * each; c < ((int)group + 1) * each; c++) {
                first[c] = (float)(one / ((double)pixels * each));
                second[c] = (float)(two / ((double)pixels * each));
            }
        }
#pragma omp parallel for schedule(static)
        for (int k = 0; k < CHUNKS; k++)
            for (long q = bound(pixels, k); q < bound(pixels, k + 1); q++)
                for (int c = 0; c < n; c++) {
                    float v = wide(in[q * n + c]), d = slope(wide(top[q * n + c]), v * scale[c] + shift[c], silu);
                    out[q * n + c] = narrow(width[c] * (weight[c] * d - first[c] - (v - middle[c]) * width[c] * second[c]));
                }
    }
    for (int c = 0; c < n; c++) { dweight[c] = (float)weights[c]; dbias[c] = (float)biases[c]; }
}
