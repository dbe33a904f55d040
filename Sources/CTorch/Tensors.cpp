// Tensor lifetime and description, views of foreign memory, generators, threads, and the last error.
#include "Support.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/from_blob.h>
#include <torch/headeronly/version.h>
#include <atomic>
#include <climits>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace ctorch;

std::string &ctorch::lastError() {
    thread_local std::string text;
    return text;
}

namespace {
std::atomic<int> requestedThreads{0};

c10::GeneratorImpl *generator(ct_generator g) { return reinterpret_cast<c10::GeneratorImpl *>(g); }
}

void ctorch::applyThreads() {
    thread_local int applied = 0;
    int requested = requestedThreads.load(std::memory_order_relaxed);
    if (requested == applied) return;
    at::set_num_threads(requested);
    applied = requested;
}

extern "C" {
const char *ct_last_error(void) { return lastError().c_str(); }
const char *ct_version(void) { return TORCH_VERSION; }
void ct_free(const void *memory) { std::free(const_cast<void *>(memory)); }

ct_tensor ct_retain(ct_tensor t) {
    c10::raw::intrusive_ptr::incref(implementation(t));
    return t;
}
void ct_release(ct_tensor t) { c10::raw::intrusive_ptr::decref(implementation(t)); }
int32_t ct_dimensions(ct_tensor t) { return int32_t(implementation(t)->dim()); }
int64_t ct_size(ct_tensor t, int32_t dimension) { return implementation(t)->size(dimension); }
int64_t ct_stride(ct_tensor t, int32_t dimension) { return implementation(t)->stride(dimension); }
int64_t ct_elements(ct_tensor t) { return implementation(t)->numel(); }
int32_t ct_scalar_type(ct_tensor t) { return int32_t(c10::typeMetaToScalarType(implementation(t)->dtype())); }
int32_t ct_device_type(ct_tensor t) { return int32_t(implementation(t)->device().type()); }
int32_t ct_device_index(ct_tensor t) { return int32_t(implementation(t)->device().index()); }
bool ct_is_strided(ct_tensor t) { return implementation(t)->layout() == c10::kStrided; }
bool ct_is_lazy(ct_tensor t) { return implementation(t)->is_conj() || implementation(t)->is_neg(); }
bool ct_is_contiguous(ct_tensor t) { return ct_is_strided(t) && implementation(t)->is_contiguous(); }
const void *ct_storage(ct_tensor t) {
    auto *tensor = implementation(t);
    return tensor->has_storage() ? tensor->unsafe_storage().unsafeGetStorageImpl() : nullptr;
}
const void *ct_data(ct_tensor t) {
    auto *tensor = implementation(t);
    return tensor->has_storage() && tensor->numel() > 0 ? tensor->data() : nullptr;
}

ct_status ct_view_bytes(const void *bytes, int32_t scalar_type, const int64_t *sizes, int32_t dimensions,
                        void (*release)(void *context), void *context, ct_tensor *view) {
    return guarded([&] {
        auto drop = [release, context](void *) {
            if (release) release(context);
        };
        auto options = at::TensorOptions().dtype(c10::ScalarType(scalar_type));
        *view = owned(at::from_blob(const_cast<void *>(bytes), c10::IntArrayRef(sizes, size_t(dimensions)), drop, options));
    });
}

ct_status ct_generator_create(uint64_t seed, ct_generator *created) {
    return guarded([&] {
        auto made = at::detail::createCPUGenerator(seed);
        *created = reinterpret_cast<ct_generator>(made.unsafeReleaseGeneratorImpl());
    });
}
void ct_generator_release(ct_generator g) { c10::raw::intrusive_ptr::decref(generator(g)); }
ct_status ct_generator_state(ct_generator g, ct_tensor *state) {
    return guarded([&] { *state = owned(at::Tensor(generator(g)->get_state())); });
}
ct_status ct_generator_set_state(ct_generator g, ct_tensor state) {
    return guarded([&] { generator(g)->set_state(*implementation(state)); });
}
int32_t ct_threads(void) {
    applyThreads();
    return at::get_num_threads();
}
ct_status ct_set_threads(int32_t count) {
    return guarded([&] {
        at::set_num_threads(count);
        requestedThreads = count;
    });
}
bool ct_keep_freed_memory(int64_t bytes) {
#ifdef __GLIBC__
    // NB: 32 MiB is the most that glibc takes for the first; larger blocks are mapped each time.
    int limit = int(std::min<int64_t>(bytes, INT_MAX));
    return mallopt(M_MMAP_THRESHOLD, 32 << 20) == 1 && mallopt(M_TRIM_THRESHOLD, limit) == 1;
#else
    return bytes == 0;
#endif
}
}
