// LSTM and linear-before-reset GRU of oneDNN 2.x behind five C functions, one thread, every buffer made once. The caller gives PyTorch's
// layouts: weights [gates*H, D] in the gate orders i f g o and r z n, x and dy [T, B, D], D = H.
#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

using namespace dnnl;
using dims = memory::dims;
using tag = memory::format_tag;

namespace {

constexpr auto f32 = memory::data_type::f32;

// A primitive with its arguments as the C interface takes them: nothing is built or looked up a call.
struct call {
    primitive prim;
    std::vector<dnnl_exec_arg_t> args;

    void operator()(const stream &s) const {
        error::wrap_c_api(dnnl_primitive_execute(prim.get(), s.get(), (int)args.size(), args.data()), "a primitive could not be executed");
    }
};

struct rnn {
    bool gru, training;
    int steps, batch, size, gates, biases;
    engine eng {engine::kind::cpu, 0};
    stream str {eng};
    // With one step the state is fed back: calls[0] goes from states 0 to 1, calls[1] from 1 to 0. A sequence starts from no state; but without
    // one oneDNN 2.6 gets the gradient of U wrong, so that training starts from zeros.
    std::vector<call> calls;
    int turn = 0;
    call backward;
    memory x, y, dy, dx;
    memory h[2], c[2], dh[2], dc[2];
    memory weights_layer, weights_iter, bias;
    memory diff_layer, diff_iter, diff_bias;
    std::vector<memory> kept;

    memory plain(const dims &d, tag t) {
        memory m(memory::desc(d, f32, t), eng);
        zero(m);
        return m;
    }

    static void zero(memory &m) { std::memset(m.get_data_handle(), 0, m.get_desc().get_size()); }

    memory in_layout(memory source, const memory::desc &wanted) {
        if (source.get_desc() == wanted) {
            return source;
        }
        memory m(wanted, eng);
        reorder(source, m).execute(str, source, m);
        str.wait();
        return m;
    }

    call bind(const primitive &p, const std::vector<std::pair<int, memory>> &arguments) {
        call result {p, {}};
        for (const auto &argument : arguments) {
            kept.push_back(argument.second);
            result.args.push_back({argument.first, kept.back().get()});
        }
        return result;
    }

    // Weights [gates*H, H] to [H, gates, H]; the GRU's gates from r z n to u r o.
    int gate(int ours) const { return gru ? (ours == 0 ? 1 : ours == 1 ? 0 : ours) : ours; }

    void put_weights(memory &m, const float *source) {
        float *to = (float *)m.get_data_handle();
        for (int g = 0; g < gates; g++) {
            for (int o = 0; o < size; o++) {
                for (int d = 0; d < size; d++) {
                    to[((size_t)d * gates + gate(g)) * size + o] = source[((size_t)g * size + o) * size + d];
                }
            }
        }
    }

    void get_weights(memory m, float *destination) {
        memory copy = in_layout(m, memory::desc({1, 1, size, gates, size}, f32, tag::ldigo));
        const float *from = (const float *)copy.get_data_handle();
        for (int g = 0; g < gates; g++) {
            for (int o = 0; o < size; o++) {
                for (int d = 0; d < size; d++) {
                    destination[((size_t)g * size + o) * size + d] = from[((size_t)d * gates + gate(g)) * size + o];
                }
            }
        }
    }

    // An LSTM has one bias a gate; a GRU a fourth, of the product that is reset.
    void put_bias(const float *ih, const float *hh) {
        float *to = (float *)bias.get_data_handle();
        for (int g = 0; g < gates; g++) {
            for (int o = 0; o < size; o++) {
                bool split = gru && g == 2;
                to[gate(g) * size + o] = ih[g * size + o] + (split ? 0 : hh[g * size + o]);
                if (split) {
                    to[3 * size + o] = hh[g * size + o];
                }
            }
        }
    }

    rnn(bool gru, bool training, bool plain_weights, int steps, int batch, int size, const float *w_ih, const float *w_hh, const float *b_ih, const float *b_hh,
            const float *x_data, const float *dy_data)
        : gru(gru), training(training), steps(steps), batch(batch), size(size), gates(gru ? 3 : 4), biases(4) {
        bool streaming = steps == 1, states = streaming || training;
        x = plain({steps, batch, size}, tag::tnc);
        y = plain({steps, batch, size}, tag::tnc);
        std::memcpy(x.get_data_handle(), x_data, sizeof(float) * steps * batch * size);
        for (int i = 0; i < 2; i++) {
            h[i] = plain({1, 1, batch, size}, tag::ldnc);
            c[i] = plain({1, 1, batch, size}, tag::ldnc);
            dh[i] = plain({1, 1, batch, size}, tag::ldnc);
            dc[i] = plain({1, 1, batch, size}, tag::ldnc);
        }
        memory user_layer = plain({1, 1, size, gates, size}, tag::ldigo), user_iter = plain({1, 1, size, gates, size}, tag::ldigo);
        put_weights(user_layer, w_ih);
        put_weights(user_iter, w_hh);
        bias = plain({1, 1, biases, size}, tag::ldgo);
        put_bias(b_ih, b_hh);

        memory::desc sequence = x.get_desc(), state = states ? h[0].get_desc() : memory::desc();
        memory::desc any({1, 1, size, gates, size}, f32, tag::any), weights = plain_weights ? user_layer.get_desc() : any, b = bias.get_desc();
        prop_kind kind = training ? prop_kind::forward_training : prop_kind::forward_inference;
        rnn_direction direction = rnn_direction::unidirectional_left2right;
        if (gru) {
            lbr_gru_forward::primitive_desc fwd({kind, direction, sequence, state, weights, weights, b, sequence, state}, eng);
            finish_forward(fwd, lbr_gru_forward(fwd), user_layer, user_iter, streaming, states);
            return;
        }
        lstm_forward::primitive_desc fwd({kind, direction, sequence, state, state, weights, weights, b, sequence, state, state}, eng);
        memory workspace = finish_forward(fwd, lstm_forward(fwd), user_layer, user_iter, streaming, states);
        if (!training) {
            return;
        }
        dy = plain({steps, batch, size}, tag::tnc);
        dx = plain({steps, batch, size}, tag::tnc);
        std::memcpy(dy.get_data_handle(), dy_data, sizeof(float) * steps * batch * size);
        lstm_backward::primitive_desc bwd({prop_kind::backward, direction, sequence, state, state, any, any, b, sequence, state, state,
                sequence, state, state, any, any, b, sequence, state, state}, eng, fwd);
        diff_layer = memory(bwd.diff_weights_layer_desc(), eng);
        diff_iter = memory(bwd.diff_weights_iter_desc(), eng);
        diff_bias = plain({1, 1, biases, size}, tag::ldgo);
        backward = bind(lstm_backward(bwd), {{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_WEIGHTS_LAYER, in_layout(user_layer, bwd.weights_layer_desc())},
                {DNNL_ARG_WEIGHTS_ITER, in_layout(user_iter, bwd.weights_iter_desc())}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST_LAYER, y},
                {DNNL_ARG_WORKSPACE, workspace}, {DNNL_ARG_DIFF_DST_LAYER, dy}, {DNNL_ARG_DIFF_SRC_LAYER, dx},
                {DNNL_ARG_SRC_ITER, h[0]}, {DNNL_ARG_SRC_ITER_C, c[0]}, {DNNL_ARG_DST_ITER, h[1]}, {DNNL_ARG_DST_ITER_C, c[1]},
                {DNNL_ARG_DIFF_SRC_ITER, dh[0]}, {DNNL_ARG_DIFF_SRC_ITER_C, dc[0]}, {DNNL_ARG_DIFF_DST_ITER, dh[1]}, {DNNL_ARG_DIFF_DST_ITER_C, dc[1]},
                {DNNL_ARG_DIFF_WEIGHTS_LAYER, diff_layer}, {DNNL_ARG_DIFF_WEIGHTS_ITER, diff_iter}, {DNNL_ARG_DIFF_BIAS, diff_bias}});
        reset();
    }

    template <typename descriptor>
    memory finish_forward(const descriptor &fwd, const primitive &p, memory user_layer, memory user_iter, bool streaming, bool states) {
        weights_layer = in_layout(user_layer, fwd.weights_layer_desc());
        weights_iter = in_layout(user_iter, fwd.weights_iter_desc());
        memory workspace;
        for (int from = 0; from < (streaming ? 2 : 1); from++) {
            std::vector<std::pair<int, memory>> arguments {{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_WEIGHTS_LAYER, weights_layer},
                    {DNNL_ARG_WEIGHTS_ITER, weights_iter}, {DNNL_ARG_BIAS, bias}, {DNNL_ARG_DST_LAYER, y}};
            if (states) {
                arguments.push_back({DNNL_ARG_SRC_ITER, h[from]});
                arguments.push_back({DNNL_ARG_DST_ITER, h[1 - from]});
                if (!gru) {
                    arguments.push_back({DNNL_ARG_SRC_ITER_C, c[from]});
                    arguments.push_back({DNNL_ARG_DST_ITER_C, c[1 - from]});
                }
            }
            if (training) {
                workspace = memory(fwd.workspace_desc(), eng);
                arguments.push_back({DNNL_ARG_WORKSPACE, workspace});
            }
            calls.push_back(bind(p, arguments));
        }
        return workspace;
    }

    void reset() {
        turn = 0;
        for (int i = 0; i < 2; i++) {
            zero(h[i]);
            zero(c[i]);
        }
        if (training) {
            zero(diff_layer);
            zero(diff_iter);
            zero(diff_bias);
        }
    }

    void run(int repeat) {
        for (int i = 0; i < repeat; i++) {
            calls[turn](str);
            turn = (turn + 1) % (int)calls.size();
            if (training) {
                backward(str);
            }
        }
        str.wait();
    }
};

float *data(const memory &m) { return (float *)m.get_data_handle(); }

}

extern "C" {

// 0 and the object in *result; else 1 and the reason in error. plain_weights: [H, gates, H] in place of the layout that oneDNN asks for, which
// takes another of its implementations; neither is the faster at every size.
int onednn_rnn_create(int gru, int training, int plain_weights, int steps, int batch, int size, const float *w_ih, const float *w_hh, const float *b_ih,
        const float *b_hh, const float *x, const float *dy, void **result, char *error, int error_length) {
    try {
        omp_set_num_threads(1);
        *result = new rnn(gru != 0, training != 0, plain_weights != 0, steps, batch, size, w_ih, w_hh, b_ih, b_hh, x, dy);
        return 0;
    } catch (const std::exception &e) {
        std::strncpy(error, e.what(), error_length - 1);
        error[error_length - 1] = 0;
        return 1;
    }
}

void onednn_rnn_destroy(void *handle) { delete (rnn *)handle; }

// States and gradients to zero: oneDNN adds to gradients.
void onednn_rnn_reset(void *handle) { ((rnn *)handle)->reset(); }

int onednn_rnn_run(void *handle, int repeat) {
    try {
        omp_set_num_threads(1);
        ((rnn *)handle)->run(repeat);
        return 0;
    } catch (const std::exception &) {
        return 1;
    }
}

// y [T, B, H]; with one step c [B, H]; with training dx [T, B, H], dw_ih, dw_hh [4H, H] and db [4H]. What does not apply is left alone.
void onednn_rnn_read(void *handle, float *y, float *c, float *dx, float *dw_ih, float *dw_hh, float *db) {
    rnn &r = *(rnn *)handle;
    std::copy_n(data(r.y), (size_t)r.steps * r.batch * r.size, y);
    if (r.steps == 1 && !r.gru) {
        std::copy_n(data(r.c[r.turn]), (size_t)r.batch * r.size, c);
    }
    if (r.training) {
        std::copy_n(data(r.dx), (size_t)r.steps * r.batch * r.size, dx);
        r.get_weights(r.diff_layer, dw_ih);
        r.get_weights(r.diff_iter, dw_hh);
        std::copy_n(data(r.diff_bias), (size_t)r.biases * r.size, db);
    }
}

// major * 10000 + minor * 100 + patch, and the instruction set in use.
int onednn_version(int *isa) {
    *isa = (int)get_effective_cpu_isa();
    const version_t *v = dnnl::version();
    return v->major * 10000 + v->minor * 100 + v->patch;
}

}
