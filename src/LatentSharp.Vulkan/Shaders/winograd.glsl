// F(4x4, 3x3): 36 products for 16 results, with the points 0, 1, -1, 2, -2 and infinity. Where the source is enlarged, positions of a
// patch are equal in pairs: what belongs to the point -1 is nothing and left out, which leaves 25.
layout(constant_id = 4) const uint ENLARGED = 0u;

const uint SIDE = 4u, PATCH = 6u, POINTS = PATCH - ENLARGED;

bool is_left_out(uint point) { return ENLARGED != 0u && point == 2u; }

// The place of a product among all of a tile.
uint filter_of(uint row, uint column)
{
    uint first = ENLARGED != 0u && row > 2u ? row - 1u : row, second = ENLARGED != 0u && column > 2u ? column - 1u : column;
    return first * POINTS + second;
}

void transform_weights(float g[3], out float r[PATCH])
{
    float outer = g[0] + g[2], wide = g[0] + 4.0 * g[2], twice = 2.0 * g[1];
    r[0] = 0.25 * g[0];
    r[1] = (outer + g[1]) * (-1.0 / 6.0);
    r[2] = (outer - g[1]) * (-1.0 / 6.0);
    r[3] = (wide + twice) * (1.0 / 24.0);
    r[4] = (wide - twice) * (1.0 / 24.0);
    r[5] = g[2];
}

void transform_input(float d[PATCH], out float r[PATCH])
{
    float even = d[4] - 4.0 * d[2], odd = d[3] - 4.0 * d[1], near_even = d[4] - d[2], near_odd = 2.0 * (d[3] - d[1]);
    r[0] = 4.0 * d[0] - 5.0 * d[2] + d[4];
    r[1] = even + odd;
    r[2] = even - odd;
    r[3] = near_even + near_odd;
    r[4] = near_even - near_odd;
    r[5] = 4.0 * d[1] - 5.0 * d[3] + d[5];
}

void transform_output(float m[PATCH], out float r[SIDE])
{
    float sum12 = m[1] + m[2], difference12 = m[1] - m[2], sum34 = m[3] + m[4], difference34 = m[3] - m[4];
    r[0] = m[0] + sum12 + sum34;
    r[1] = difference12 + 2.0 * difference34;
    r[2] = sum12 + 4.0 * sum34;
    r[3] = difference12 + 8.0 * difference34 + m[5];
}
