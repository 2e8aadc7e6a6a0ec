// Y = A X as the textbook has it, left to the compiler: A sparse by rows, X and Y dense by rows.
int csr_version(void) { return __GNUC__ * 10000 + __GNUC_MINOR__ * 100; }

static void once(int rows, const int *offsets, const int *indices, const float *values, const float *x, int features, float *restrict y) {
    for (int row = 0; row < rows; row++) {
        float *restrict out = y + (long)row * features;
        for (int f = 0; f < features; f++) {
            out[f] = 0;
        }
        for (int entry = offsets[row]; entry < offsets[row + 1]; entry++) {
            const float *in = x + (long)indices[entry] * features;
            float value = values[entry];
            for (int f = 0; f < features; f++) {
                out[f] += value * in[f];
            }
        }
    }
}

void csr_multiply(int rows, const int *offsets, const int *indices, const float *values, const float *x, int features, float *y, int repeat) {
    for (int i = 0; i < repeat; i++) {
        once(rows, offsets, indices, values, x, features, y);
    }
}
