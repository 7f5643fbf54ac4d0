// Functions of one value. exp of the specification is exact to 3 + 2|x| ULP, which is enough for the arguments that occur here; sines
// and cosines are not, so they are computed here.
const uint NONE = 0u, SILU = 1u, RELU = 2u, TANH_CLAMP_3 = 3u, GELU = 4u, GELU_TANH = 5u, QUICK_GELU = 6u;

float sigmoid(float x) { return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x)); }

// Near 0 the difference of two exponentials would lose digits: there a polynomial (Taylor, to 1e-8).
float exact_tanh(float x)
{
    float a = abs(x);
    if (a < 0.25)
    {
        float s = x * x;
        return x * (1.0 + s * (-1.0 / 3.0 + s * (2.0 / 15.0 + s * (-17.0 / 315.0 + s * (62.0 / 2835.0)))));
    }
    float e = exp(-2.0 * a);
    return sign(x) * (1.0 - e) / (1.0 + e);
}

// The error function: its Taylor series up to 1, the continued fraction of its complement beyond, each to the last digits of a float.
float error_function(float x)
{
    float a = abs(x), s = a * a;
    if (a < 1.5)
    {
        float term = a, sum = a;
        for (int n = 1; n < 18; n++)
        {
            term *= -s / float(n);
            sum += term / float(2 * n + 1);
        }
        return sign(x) * sum * 1.1283791670955126;
    }
    if (a > 4.0) return sign(x);
    float fraction = 0.0;
    for (int n = 24; n > 0; n--) fraction = float(n) * 0.5 / (a + fraction);
    return sign(x) * (1.0 - exp(-s) * 0.5641895835477563 / (a + fraction));
}

float activate(uint kind, float x)
{
    if (kind == SILU) return x * sigmoid(x);
    if (kind == RELU) return max(x, 0.0);
    if (kind == TANH_CLAMP_3) return 3.0 * exact_tanh(x / 3.0);
    if (kind == GELU) return 0.5 * x * (1.0 + error_function(x * 0.7071067811865476));
    if (kind == GELU_TANH) return 0.5 * x * (1.0 + exact_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    if (kind == QUICK_GELU) return x * sigmoid(1.702 * x);
    return x;
}

// Sine and cosine by reduction to an eighth of a turn (pi / 2 in three parts, exact for some 10,000 turns) and polynomials.
vec2 cosine_and_sine(float x)
{
    float quarter = floor(x * 0.6366197723675814 + 0.5);
    float r = x - quarter * 1.5703125;
    r -= quarter * 4.8351287841796875e-4;
    r -= quarter * 3.13855707645416259765625e-7;
    r -= quarter * 6.07710050650619224932e-11;
    float s = r * r;
    float sine = r * (1.0 + s * (-0.16666666666 + s * (8.3333333333e-3 + s * (-1.98412698e-4 + s * 2.7557319e-6))));
    float cosine = 1.0 + s * (-0.5 + s * (4.16666666666e-2 + s * (-1.388888888e-3 + s * (2.48015873e-5 - s * 2.7557319e-7))));
    int turn = int(quarter) & 3;
    vec2 result = (turn & 1) == 0 ? vec2(cosine, sine) : vec2(sine, cosine);
    if (turn == 1 || turn == 2) result.x = -result.x;
    if (turn >= 2) result.y = -result.y;
    return result;
}
