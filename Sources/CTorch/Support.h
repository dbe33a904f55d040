// What the C++ files of this target share: errors that become a status, and owned and borrowed handles.
#pragma once
#include "ctorch.h"

#if !__has_include(<ATen/core/Tensor.h>)
#error "libtorch not found: run Scripts/bootstrap, or name libtorch's folder in LIBTORCH"
#endif

#include <ATen/core/Tensor.h>
#include <stdexcept>
#include <string>

namespace ctorch {

// A refusal of ours, as opposed to one of libtorch's.
struct Refused : std::runtime_error {
    using runtime_error::runtime_error;
};

std::string &lastError();

// Brings this thread to the process's thread count: OpenMP keeps one for each thread.
void applyThreads();

template <typename Body> ct_status guarded(Body &&body) noexcept {
    auto failed = [](ct_status status, const char *why) {
        try {
            lastError() = why;
        } catch (...) {
        }
        return status;
    };
    try {
        body();
        return CT_OK;
    } catch (const Refused &e) {
        return failed(CT_BAD_ARGUMENT, e.what());
    } catch (const c10::OutOfMemoryError &e) {
        return failed(CT_OUT_OF_MEMORY, e.what_without_backtrace());
    } catch (const c10::IndexError &e) {
        return failed(CT_INDEX_ERROR, e.what_without_backtrace());
    } catch (const c10::TypeError &e) {
        return failed(CT_TYPE_ERROR, e.what_without_backtrace());
    } catch (const c10::ValueError &e) {
        return failed(CT_VALUE_ERROR, e.what_without_backtrace());
    } catch (const c10::NotImplementedError &e) {
        return failed(CT_NOT_IMPLEMENTED, e.what_without_backtrace());
    } catch (const c10::LinAlgError &e) {
        return failed(CT_LINALG_ERROR, e.what_without_backtrace());
    } catch (const c10::Error &e) {
        // NB: the CPU allocator reports exhausted memory as a plain error, told apart by its text alone.
        std::string text = e.what_without_backtrace();
        bool memory = text.find("can't allocate memory") != std::string::npos;
        return failed(memory ? CT_OUT_OF_MEMORY : CT_RUNTIME_ERROR, text.c_str());
    } catch (const std::bad_alloc &e) {
        return failed(CT_OUT_OF_MEMORY, e.what());
    } catch (const std::exception &e) {
        return failed(CT_OTHER, e.what());
    } catch (...) {
        return failed(CT_OTHER, "an exception of an unknown type");
    }
}

inline c10::TensorImpl *implementation(ct_tensor t) { return reinterpret_cast<c10::TensorImpl *>(t); }

// A second reference to the caller's tensor; an undefined tensor for null.
inline at::Tensor borrowed(ct_tensor t) {
    if (!t) return {};
    c10::raw::intrusive_ptr::incref(implementation(t));
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(implementation(t)));
}

// The reference itself, handed to the caller.
inline ct_tensor owned(at::Tensor t) {
    return t.defined() ? reinterpret_cast<ct_tensor>(t.unsafeReleaseTensorImpl()) : nullptr;
}

} // namespace ctorch
