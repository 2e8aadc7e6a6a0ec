// Y = A X in Eigen, A sparse by rows, X and Y dense by rows.
#include <Eigen/Dense>
#include <Eigen/Sparse>

extern "C" int csr_version() { return EIGEN_WORLD_VERSION * 10000 + EIGEN_MAJOR_VERSION * 100 + EIGEN_MINOR_VERSION; }

extern "C" void csr_multiply(int rows, const int *offsets, const int *indices, const float *values, const float *x, int features, float *y, int repeat) {
    using sparse = Eigen::SparseMatrix<float, Eigen::RowMajor, int>;
    using dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<const sparse> a(rows, rows, offsets[rows], offsets, indices, values);
    Eigen::Map<const dense> in(x, rows, features);
    Eigen::Map<dense> out(y, rows, features);
    for (int i = 0; i < repeat; i++) {
        out.noalias() = a * in;
    }
}
