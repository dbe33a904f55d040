// Reverse-mode differentiation, by libtorch's own engine.
#include "Support.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

using namespace ctorch;

extern "C" {
bool ct_requires_gradient(ct_tensor t) { return implementation(t)->requires_grad(); }
ct_status ct_set_requires_gradient(ct_tensor t, bool required) {
    return guarded([&] { borrowed(t).requires_grad_(required); });
}
bool ct_gradient_mode(void) { return at::GradMode::is_enabled(); }
void ct_set_gradient_mode(bool enabled) { at::GradMode::set_enabled(enabled); }

ct_status ct_gradients(const ct_tensor *outputs, const ct_tensor *output_gradients, int32_t output_count,
                       const ct_tensor *inputs, int32_t input_count, bool keep_graph, bool create_graph,
                       ct_tensor *gradients) {
    return guarded([&] {
        applyThreads();
        torch::autograd::variable_list of, weights, with;
        for (int32_t i = 0; i < output_count; ++i) {
            of.push_back(borrowed(outputs[i]));
            weights.push_back(borrowed(output_gradients[i]));
        }
        for (int32_t i = 0; i < input_count; ++i) with.push_back(borrowed(inputs[i]));
        auto found = torch::autograd::grad(of, with, weights, keep_graph, create_graph, /*allow_unused=*/true);
        for (int32_t i = 0; i < input_count; ++i) gradients[i] = owned(std::move(found[i]));
    });
}
}
