// The C face of libtorch: one generic operator call, tensors, gradients, generators, threads.
// No policy lives here. Every function that can fail returns a ct_status; ct_last_error() has the text.
#ifndef CTORCH_H
#define CTORCH_H
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor_impl *ct_tensor;        // one owned reference to a TensorImpl
typedef struct ct_generator_impl *ct_generator;  // one owned reference to a GeneratorImpl
typedef const struct ct_operator *ct_operator_t; // lives as long as the process

typedef enum : int32_t {
    CT_OK = 0, CT_NO_SUCH_OPERATOR, CT_BAD_ARGUMENT, CT_TYPE_ERROR, CT_INDEX_ERROR, CT_VALUE_ERROR,
    CT_NOT_IMPLEMENTED, CT_OUT_OF_MEMORY, CT_LINALG_ERROR, CT_RUNTIME_ERROR, CT_OTHER
} ct_status;

// The text of this thread's last failure, valid until its next one.
const char *ct_last_error(void);
const char *ct_version(void);
void ct_free(const void *memory);

// MARK: Operators

typedef enum : int32_t {
    CT_DEFAULT = 0, // take the schema's default; a zeroed ct_value means this
    CT_NONE, CT_BOOL, CT_INT, CT_DOUBLE, CT_COMPLEX, CT_STRING, CT_DEVICE, CT_GENERATOR, CT_TENSOR,
    CT_BOOLS, CT_INTS, CT_DOUBLES, CT_TENSORS, CT_STRINGS
} ct_tag;

// A scalar type, layout or memory format is a CT_INT; a symbolic int is a CT_INT, its list CT_INTS.
typedef struct {
    ct_tag tag;
    int32_t device_index; // of CT_DEVICE, whose type is in v.i
    int64_t count;        // elements of a list, or bytes of a string
    union {
        int64_t i;
        double d;
        double c[2];
        const char *s;
        ct_tensor t;
        ct_generator g;
        const int64_t *ints;
        const double *doubles;
        const uint8_t *bools;
        const ct_tensor *tensors; // a null entry means no tensor
        const char *const *strings;
    } v;
} ct_value;

ct_status ct_find_operator(const char *name, const char *overload, ct_operator_t *found);
const char *ct_operator_schema(ct_operator_t op); // freed with ct_free
int32_t ct_operator_arguments(ct_operator_t op);
const char *ct_operator_argument(ct_operator_t op, int32_t index); // the name, owned by the operator
bool ct_operator_has_default(ct_operator_t op, int32_t index);
// Whether the schema says that the operator writes into argument `index`.
bool ct_operator_writes(ct_operator_t op, int32_t index);
int32_t ct_operator_results(ct_operator_t op);
// Whether result `index` is a list.
bool ct_operator_gives_list(ct_operator_t op, int32_t index);
// Whether libtorch knows how to differentiate it, or that it has no derivative.
bool ct_operator_has_derivative(ct_operator_t op);
// `count` arguments in the schema's order. `results` has room for ct_operator_results of them; lists and
// strings among them are freed with ct_free, tensors are owned by the caller.
ct_status ct_call(ct_operator_t op, const ct_value *arguments, int32_t count, ct_value *results);

// MARK: Tensors

ct_tensor ct_retain(ct_tensor t);
void ct_release(ct_tensor t);
int32_t ct_dimensions(ct_tensor t);
int64_t ct_size(ct_tensor t, int32_t dimension);
int64_t ct_stride(ct_tensor t, int32_t dimension);
int64_t ct_elements(ct_tensor t);
int32_t ct_scalar_type(ct_tensor t);
int32_t ct_device_type(ct_tensor t);
int32_t ct_device_index(ct_tensor t);
// Whether there are strides at all; sparse tensors have none.
bool ct_is_strided(ct_tensor t);
// Whether the elements are the conjugate or negative of what memory holds.
bool ct_is_lazy(ct_tensor t);
bool ct_is_contiguous(ct_tensor t);
// What tells one block of memory from another, also on the meta device; null for a tensor without any.
const void *ct_storage(ct_tensor t);
// The first element's address; null for an empty tensor, or for one without memory.
const void *ct_data(ct_tensor t);
// A contiguous tensor over foreign memory, which `release(context)` gives back at the end of its life.
ct_status ct_view_bytes(const void *bytes, int32_t scalar_type, const int64_t *sizes, int32_t dimensions,
                        void (*release)(void *context), void *context, ct_tensor *view);

// MARK: Gradients

bool ct_requires_gradient(ct_tensor t);
ct_status ct_set_requires_gradient(ct_tensor t, bool required);
bool ct_gradient_mode(void); // of this thread
void ct_set_gradient_mode(bool enabled);
// d(outputs)/d(inputs), weighted by `output_gradients` (a null entry: ones, for a scalar output).
// Where an input has no part in the outputs, its gradient is null.
ct_status ct_gradients(const ct_tensor *outputs, const ct_tensor *output_gradients, int32_t output_count,
                       const ct_tensor *inputs, int32_t input_count, bool keep_graph, bool create_graph,
                       ct_tensor *gradients);

// MARK: Random numbers and threads

ct_status ct_generator_create(uint64_t seed, ct_generator *created); // on the CPU
void ct_generator_release(ct_generator g);
ct_status ct_generator_state(ct_generator g, ct_tensor *state);
ct_status ct_generator_set_state(ct_generator g, ct_tensor state);
int32_t ct_threads(void);
ct_status ct_set_threads(int32_t count);
// Keeps freed memory in the process, up to `bytes`, where the C library can. False where it cannot.
bool ct_keep_freed_memory(int64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
